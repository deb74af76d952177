// SPDX-License-Identifier: Apache-2.0
// The ordered list of stages: the one place that knows the order.
#pragma once
#include <lamina/compile/arrange.hpp>
#include <lamina/compile/encode.hpp>
#include <lamina/compile/fold.hpp>
#include <lamina/compile/fuse.hpp>
#include <lamina/compile/order.hpp>
#include <lamina/compile/place.hpp>
#include <lamina/compile/select.hpp>
#include <lamina/compile/verify.hpp>
#include <lamina/compile/verify_launches.hpp>
#include <lamina/compile/verify_memory.hpp>

#include <type_traits>

namespace lamina::compile {

/// Whether the waists are verified: always at run time; by the compiler, where it costs ResNet-50
/// a second, if LAMINA_VERIFY_PLAN is defined. Texts that were cut are always looked for.
constexpr bool verifies_stages() {
#ifdef LAMINA_VERIFY_PLAN
    return true;
#else
    return !std::is_constant_evaluated();
#endif
}

/// Graph -> module with every launch, offset and recipe. The network must have passed check.
/// Errors   a stage that broke a promise ends the run, and its sentence is module::fault.
constexpr module run_stages(const network& net, const target& goal) {
    module m;
    m.net = &net;
    // Growing would copy everything several times, which constant evaluation pays for in full.
    m.weights.reserve(net.parameters.size() + 1);
    m.folds.reserve(net.nodes.size());
    m.storages.reserve(net.nodes.size());
    m.steps.reserve(net.nodes.size());
    m.kernels.reserve(64);
    m.tactics.reserve(64);
    const bool verify = verifies_stages();
    const auto holds = [&](const sentence& found) {
        m.fault = found;
        return found.empty();
    };
    make_works(m);
    fold(m);
    if (verify && !holds(verify_works(m, waist::fold))) return m;
    fuse(m);
    if (verify && !holds(verify_works(m, waist::fuse))) return m;
    order(m);
    if (verify && !holds(verify_works(m, waist::order))) return m;
    arrange(m, goal);
    if (!m.fault.empty()) return m;
    if (verify && !holds(verify_steps(m, goal))) return m;
    select(m, goal);
    if (!holds(verify ? verify_launches(m) : verify_texts(m))) return m;
    place(m);
    if (verify) holds(verify_places(m));
    return m;
}

}  // namespace lamina::compile
