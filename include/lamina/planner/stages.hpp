// SPDX-License-Identifier: Apache-2.0
// The ordered list of stages, the only definition of their order.
#pragma once
#include <lamina/planner/assign_layouts.hpp>
#include <lamina/planner/choose_families.hpp>
#include <lamina/planner/encode.hpp>
#include <lamina/planner/fault.hpp>
#include <lamina/planner/fold.hpp>
#include <lamina/planner/fuse.hpp>
#include <lamina/planner/fuse_concats.hpp>
#include <lamina/planner/fuse_pools.hpp>
#include <lamina/planner/halve_batches.hpp>
#include <lamina/planner/keep_sums.hpp>
#include <lamina/planner/plan_memory.hpp>
#include <lamina/planner/round_stores.hpp>
#include <lamina/planner/schedule.hpp>
#include <lamina/planner/select.hpp>

namespace lamina::planner {

/// Leaves the postconditions out: they take the compiler a second for ResNet-50, and their messages a tenth
/// of a second in every network's file. Texts that were cut are detected all the same.
struct unverified {
    static constexpr sentence groups(const module&, boundary) { return {}; }
    static constexpr sentence steps(const module&, const lamina::target&) { return {}; }
    static constexpr sentence launches(const module& m) { return verify_texts(m); }
    static constexpr sentence memory(const module&) { return {}; }
};

/// Graph -> module with every launch, offset and recipe. The network must have passed check. With a `guide`,
/// weights are packed as the plan packed them that it was made of, where the shapes allow it.
/// Errors   a violated postcondition ends the run; module::fault has the message.
template <class Verifier>
constexpr module run_stages(
    const network& net, const lamina::target& target, const packing_guide* guide = nullptr) {
    module m;
    m.net = &net;
    m.guide = guide;
    // Growing would copy everything several times, which is expensive in constant evaluation.
    m.weights.reserve(net.parameters.size() + 1);
    m.folds.reserve(net.nodes.size());
    m.storages.reserve(net.nodes.size());
    m.steps.reserve(net.nodes.size());
    m.kernels.reserve(64);
    m.tactics.reserve(64);
    const auto holds = [&](const sentence& found) {
        if (found.empty()) return true;
        m.fault = found;
        return false;
    };
    make_groups(m);
    absorb_dequantize(m);
    fold(m);
    if (!holds(Verifier::groups(m, boundary::fold))) return m;
    fuse(m);
    fuse_pools(m, target);
    fuse_concats(m, target);
    if (!holds(Verifier::groups(m, boundary::fuse))) return m;
    schedule(m);
    if (!holds(Verifier::groups(m, boundary::schedule))) return m;
    keep_sums(m, target);
    choose_families(m, target);
    if (!m.fault.empty()) return m;
    assign_layouts(m, target);
    if (!m.fault.empty()) return m;
    halve_batches(m, target);
    if (!holds(Verifier::steps(m, target))) return m;
    round_stores(m, target);
    select(m, target);
    if (!m.fault.empty()) return m;
    if (!holds(Verifier::launches(m))) return m;
    plan_memory(m);
    holds(Verifier::memory(m));
    return m;
}

}  // namespace lamina::planner
