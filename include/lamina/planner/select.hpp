// SPDX-License-Identifier: Apache-2.0
// Step -> launch: tries the families that serve the step's op, fastest first. A selector that does not
// support the step on this target returns false without side effects, and the next is tried.
#pragma once
#include <lamina/kernels/families.hpp>
#include <lamina/planner/verify.hpp>

namespace lamina::planner {

inline constexpr int most_families = 6;  ///< of one op

/// The families of an op by rank.
struct op_families {
    family_row rows[most_families] = {};
    int count = 0;
};

struct family_table {
    op_families of[static_cast<int>(op::end)] = {};
    /// False if two families of an op have one rank, or an op with steps lacks one of rank takes_all.
    bool is_sound = true;

    constexpr family_table() {
        for (const family_row& row : all_families) add(of[static_cast<int>(row.kind)], row);
        for (int kind = 0; kind < static_cast<int>(op::end); ++kind) {
            const op_families& found = of[kind];
            const int last = found.count ? found.rows[found.count - 1].rank : 0;
            if ((last == takes_all) != has_steps(static_cast<op>(kind))) is_sound = false;
        }
    }

    constexpr void add(op_families& to, const family_row& row) {
        int at = to.count++;
        for (; at > 0 && to.rows[at - 1].rank >= row.rank; --at) {
            if (to.rows[at - 1].rank == row.rank) is_sound = false;
            to.rows[at] = to.rows[at - 1];
        }
        to.rows[at] = row;
    }

    /// True if steps of the op reach this stage: those of views and of most chains do not.
    static constexpr bool has_steps(op kind) {
        const op_traits& traits = traits_of(kind);
        return !traits.is_given && !is_further(kind) && traits.view == view_rule::none
            && (traits.chain == chain_form::none || traits.chain == chain_form::function);
    }
};

inline constexpr family_table families;
static_assert(families.is_sound,
    "an op with steps needs a family of rank takes_all, and ranks of one op must differ");

constexpr bool select_step(launch_builder& b) {
    const op_families& asked = families.of[static_cast<int>(b.s.kind)];
    for (int i = 0; i < asked.count; ++i)
        if (asked.rows[i].select(b)) return true;
    return false;
}

/// Errors   a step that no family accepts: module::fault names it.
constexpr void select(module& m, const lamina::target& target) {
    m.launches.reserve(m.steps.size());
    for (const step& s : m.steps) {
        launch_builder b(m, target, s);
        if (select_step(b)) continue;
        m.fault = planner_fault("select", "no kernel takes the step of ",
            m.net->nodes[at(s.anchor)].layer, " '", m.net->nodes[at(s.anchor)].at.view(), "'");
        return;
    }
}

}  // namespace lamina::planner
