// SPDX-License-Identifier: Apache-2.0
// The rows of all ops as one table.
#pragma once
#include <lamina/reference/all.hpp>

#include <algorithm>

namespace lamina::reference_op {

struct reference_table {
    reference_row of[static_cast<int>(op::end)] = {};
    bool is_complete = true;  ///< each op has one row, with as many functions as it has outputs

    constexpr reference_table() {
        for (const reference_row& row : all_rows) {
            reference_row& to = of[static_cast<int>(row.kind)];
            if (to.compute || traits_of(row.kind).outputs != (row.compute_second ? 2 : 1))
                is_complete = false;
            to = row;
        }
        for (const reference_row& row : of)
            if (!row.compute) is_complete = false;
    }
};

inline constexpr reference_table rows;
static_assert(rows.is_complete, "each op needs one reference_row, an op of two outputs both in it");

inline const reference_row& reference_of(op kind) { return rows.of[static_cast<int>(kind)]; }

/// Fills an output of a node; `n` is the node that has the inputs, `output` its number.
inline void compute(const node& n, const operands& in, int output, reference_tensor& out) {
    if (out.dims.is_empty()) return;
    const reference_row& row = reference_of(n.kind);
    (output ? row.compute_second : row.compute)(n, in, out);
}

/// Fills `out.spread` of an output whose values are computed.
inline void spread(
    const node& n, const operands& in, int output, const arithmetic& by, reference_tensor& out) {
    out.spread.assign(std::max(out.values.size(), out.indices.size()), 0.0f);
    if (out.dims.is_empty()) return;
    const reference_row& row = reference_of(n.kind);
    (output ? row.spread_second : row.spread)(n, in, by, out);
}

}  // namespace lamina::reference_op
