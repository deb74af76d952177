// SPDX-License-Identifier: Apache-2.0
// op::state and op::update on the CPU: a value that is kept, and rows put into it.
#pragma once
#include <lamina/reference/spread.hpp>

#include <cmath>

namespace lamina::reference_op {

/// Calls visit(element of the state, element of the rows, place is known) for the rows inside.
template <class Visit> void for_each_row(const node& n, const operands& in, Visit visit) {
    const bool has_position = in.inputs.size() > 2;
    const int axis = n.attr.axis;
    for_each_place(in[1].dims, [&](const place& at, std::size_t from) {
        place to = at;
        bool is_known = true;
        if (has_position) {
            const std::size_t which = in[2].size() > 1 ? static_cast<std::size_t>(at[0]) : 0;
            const std::int64_t first = in[2].indices[which];
            const std::int64_t row = first + at[static_cast<std::size_t>(axis)];
            is_known = in[2].spread.empty() || !std::isinf(in[2].spread[which]);
            if (first < 0 || row >= n.dims[axis]) return;
            to[static_cast<std::size_t>(axis)] = static_cast<int>(row);
        }
        visit(flat(n.dims, to), from, is_known);
    });
}

inline void update(const node& n, const operands& in, reference_tensor& out) {
    out.values = in[0].values;
    out.indices = in[0].indices;
    for_each_row(
        n, in, [&](std::size_t to, std::size_t from, bool) { copy_element(in[1], from, out, to); });
}

/// Spreads move with the values; where a place is unknown, so is the whole state.
inline void update_spread(
    const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    bool all_known = true;
    out.spread = in[0].spread;
    for_each_row(n, in, [&](std::size_t to, std::size_t from, bool is_known) {
        all_known = all_known && is_known;
        out.spread[to] = in[1].spread[from];
    });
    if (!all_known) out.spread.assign(out.spread.size(), unknown);
}

inline constexpr reference_row state_row{op::state, nothing, given_spread};
inline constexpr reference_row update_row{op::update, update, update_spread};

}  // namespace lamina::reference_op
