// SPDX-License-Identifier: Apache-2.0
// Step -> launch: by the family that choose_families picked, or the next that accepts the same layouts. A
// selector that does not support the step returns false without side effects, and the next is tried.
#pragma once
#include <lamina/planner/choose_families.hpp>

namespace lamina::planner {

constexpr bool select_step(launch_builder& b) {
    const op_families& asked = families.of[static_cast<int>(b.s.kind)];
    const auto selects = [&](int i) {
        b.needs = asked.rows[i].needs;
        if (!(b.s.families >> i & 1u) || !asked.rows[i].select(b)) return false;
        b.m.launches.back().family = i;
        return true;
    };
    if (const packing_choice* wanted = guided(b.m, b.s.anchor))
        if (wanted->family < asked.count && selects(wanted->family)) return true;
    for (int i = 0; i < asked.count; ++i)
        if (selects(i)) return true;
    return false;
}

/// Errors   a step that no family accepts: module::fault names it.
constexpr void select(module& m, const lamina::target& target) {
    m.launches.reserve(m.steps.size());
    for (const step& s : m.steps) {
        const lamina::target own = target.computing(s.numbers);
        launch_builder b(m, own, s);
        if (select_step(b)) continue;
        m.fault = no_family(m, "select", s.anchor);
        return;
    }
}

}  // namespace lamina::planner
