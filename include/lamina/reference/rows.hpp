// SPDX-License-Identifier: Apache-2.0
// The rows of all ops as one table.
#pragma once
#include <lamina/reference/all.hpp>

#include <algorithm>

namespace lamina::reference_op {

struct reference_table {
    reference_row of[static_cast<int>(op::end)] = {};
    bool is_complete = true;  ///< each op has one row, for several outputs if it may have them

    constexpr reference_table() {
        for (const reference_row& row : all_rows) {
            reference_row& to = of[static_cast<int>(row.kind)];
            if (!to.is_empty()
                || (traits_of(row.kind).outputs > 1) != (row.compute_several != nullptr))
                is_complete = false;
            to = row;
        }
        for (const reference_row& row : of)
            if (row.is_empty()) is_complete = false;
    }
};

inline constexpr reference_table rows;
static_assert(rows.is_complete,
    "each op needs one reference_row, computing all outputs if it may have several");

inline const reference_row& reference_of(op kind) { return rows.of[static_cast<int>(kind)]; }

/// Fills all outputs of a node.
inline void compute(const node& n, const operands& in, outputs out) {
    if (out[0].dims.is_empty()) return;
    const reference_row& row = reference_of(n.kind);
    if (row.compute_several)
        row.compute_several(n, in, out);
    else
        row.compute(n, in, out[0]);
}

/// Fills the spreads of outputs whose values are computed.
inline void spread(const node& n, const operands& in, const arithmetic& by, outputs out) {
    for (reference_tensor& each : out)
        each.spread.assign(std::max(each.values.size(), each.indices.size()), 0.0f);
    if (out[0].dims.is_empty()) return;
    const reference_row& row = reference_of(n.kind);
    if (row.spread_several)
        row.spread_several(n, in, by, out);
    else
        row.spread(n, in, by, out[0]);
}

}  // namespace lamina::reference_op
