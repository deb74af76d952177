// SPDX-License-Identifier: Apache-2.0
// The families of each op by rank, and which of them a target has. Used by choose_families and select.
#pragma once
#include <lamina/kernels/families.hpp>

namespace lamina::planner {

inline constexpr int most_families = 10;  ///< of one op

/// The families of an op by rank.
struct op_families {
    family_row rows[most_families] = {};
    int count = 0;

    /// Puts a row in its place. False if the rank is another row's.
    constexpr bool add(const family_row& row) {
        int at = count++;
        bool is_alone = true;
        for (; at > 0 && rows[at - 1].rank >= row.rank; --at) {
            is_alone = is_alone && rows[at - 1].rank != row.rank;
            rows[at] = rows[at - 1];
        }
        rows[at] = row;
        return is_alone;
    }

    /// True if the last one takes every step, in any layout that the others may have asked for.
    constexpr bool has_last_resort() const {
        if (!count) return false;
        const family_row& last = rows[count - 1];
        bool is_good = last.rank == takes_all && last.on == family_targets::all && !last.takes
            && last.needs == ability::none;
        for (int i = 0; i < count; ++i) is_good = is_good && accepts(last.reads, rows[i].reads);
        return is_good;
    }
};

struct family_table {
    op_families of[static_cast<int>(op::end)] = {};
    /// False if two families of an op have one rank, or an op with steps lacks a last resort.
    bool is_sound = true;

    constexpr family_table() {
        for (const family_row& row : all_families)
            is_sound = of[static_cast<int>(row.kind)].add(row) && is_sound;
        for (int kind = 0; kind < static_cast<int>(op::end); ++kind)
            if (of[kind].has_last_resort() != has_steps(static_cast<op>(kind))) is_sound = false;
    }

    /// True if steps of the op reach select: those of views and of most chains do not.
    static constexpr bool has_steps(op kind) {
        const op_traits& traits = traits_of(kind);
        return !traits.is_given && !is_further(kind) && traits.view == view_rule::none
            && (traits.chain == chain_form::none || traits.chain == chain_form::function);
    }
};

inline constexpr family_table families;
static_assert(families.is_sound,
    "an op with steps needs a family of rank takes_all that takes every step in every layout that its "
    "other families read, and ranks of one op must differ");

/// True if the family has kernels for the target.
constexpr bool is_for(const family_row& row, const lamina::target& target) {
    switch (row.on) {
    case family_targets::all:
        break;
    case family_targets::cpu:
        if (!target.is_cpu()) return false;
        break;
    case family_targets::gpu:
        if (target.is_cpu()) return false;
        break;
    case family_targets::blocks:
        if (!target.blocks_channels()) return false;
        break;
    case family_targets::channels_last:
        if (target.blocks_channels()) return false;
    }
    return row.needs == ability::none || target.has(row.needs);
}

}  // namespace lamina::planner
