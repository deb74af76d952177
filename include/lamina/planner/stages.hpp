// SPDX-License-Identifier: Apache-2.0
// The ordered list of stages, the only definition of their order.
#pragma once
#include <lamina/planner/assign_layouts.hpp>
#include <lamina/planner/choose_families.hpp>
#include <lamina/planner/encode.hpp>
#include <lamina/planner/fold.hpp>
#include <lamina/planner/fuse.hpp>
#include <lamina/planner/plan_memory.hpp>
#include <lamina/planner/schedule.hpp>
#include <lamina/planner/select.hpp>
#include <lamina/planner/verify.hpp>
#include <lamina/planner/verify_launches.hpp>
#include <lamina/planner/verify_memory.hpp>

#include <type_traits>

namespace lamina::planner {

/// Whether postconditions are verified: always at run time; by the compiler, where it takes a second for
/// ResNet-50, only if LAMINA_VERIFY_PLAN is defined. Truncated texts are always detected.
constexpr bool verifies_stages() {
#ifdef LAMINA_VERIFY_PLAN
    return true;
#else
    return !std::is_constant_evaluated();
#endif
}

/// Graph -> module with every launch, offset and recipe. The network must have passed check.
/// Errors   a violated postcondition ends the run; module::fault has the message.
constexpr module run_stages(const network& net, const lamina::target& target) {
    module m;
    m.net = &net;
    // Growing would copy everything several times, which is expensive in constant evaluation.
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
    make_groups(m);
    fold(m);
    if (verify && !holds(verify_groups(m, boundary::fold))) return m;
    fuse(m);
    if (verify && !holds(verify_groups(m, boundary::fuse))) return m;
    schedule(m);
    if (verify && !holds(verify_groups(m, boundary::schedule))) return m;
    choose_families(m, target);
    if (!m.fault.empty()) return m;
    assign_layouts(m, target);
    if (!m.fault.empty()) return m;
    if (verify && !holds(verify_steps(m, target))) return m;
    select(m, target);
    if (!m.fault.empty()) return m;
    if (!holds(verify ? verify_launches(m) : verify_texts(m))) return m;
    plan_memory(m);
    if (verify) holds(verify_memory_plan(m));
    return m;
}

}  // namespace lamina::planner
