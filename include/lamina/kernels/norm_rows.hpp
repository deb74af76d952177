// SPDX-License-Identifier: Apache-2.0
// Layer and rms normalisation over a dense last axis on the `cpu` class.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// True if a step on vectors of 16 may see this view as rows of a dense last axis; sets their
/// stride.
constexpr bool are_dense_rows(const launch_builder& b, const view& v, int& stride) {
    const int last = v.dims.rank - 1;
    return v.lay.block == 1 && (v.type == b.target.numbers.storage || &v == &b.s.output)
        && merged_rows(v.lay, v.dims, stride) && (v.dims[last] == 1 || v.lay.stride[last] == 1);
}

/// A step of the `cpu` class on rows: input and output are dense rows, operands are rows.
constexpr bool takes_rows(const launch_builder& b, int& x_stride, int& y_stride) {
    if (!are_dense_rows(b, b.s.inputs[0], x_stride) || !are_dense_rows(b, b.s.output, y_stride))
        return false;
    int stride = 0;
    for (const resolved_operand& o : b.s.operands)
        if (o.weight < 0 && (o.seen.lay.block > 1 || !merged_rows(o.seen.lay, o.seen.dims, stride)))
            return false;
    return true;
}

constexpr bool select_norm_rows(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const auto kind = static_cast<norm_kind>(n.attr.kind);
    const int last = y.dims.rank - 1, columns = y.dims[last];
    int x_stride = 0, y_stride = 0;
    if ((kind != norm_kind::layer && kind != norm_kind::rms) || n.attr.axis != last
        || !takes_rows(b, x_stride, y_stride))
        return false;
    for (const resolved_operand& o : s.operands)
        if (o.weight >= 0 && o.axis >= 0 && o.axis != last) return false;
    b.define("VW", 16);
    norm_buffers(b, x, columns, 1, y);
    const int rows = static_cast<int>(y.dims.count() / columns);
    b.define("CENTRED", kind != norm_kind::rms);
    b.define("TAIL", columns % 16);
    b.number("EPS", bits_of(n.attr.scalars[0]));
    b.number("R", rows);
    b.number("COLUMNS", columns);
    b.number("XS_R", x_stride);
    b.number("YS_R", y_stride);
    b.epilogue(epilogue_coordinates::rows, 16, columns % 16 ? "COLUMNS-(i1)" : "");
    b.out.extents[0] = rows;
    tactic made;
    made.label.append("rows8");
    made.defines.append("#define ROWS 8\n");
    made.tile[0] = 8;
    b.tactic_of(made);
    b.finish("norm_rows");
    return true;
}

inline constexpr family_row norm_rows_family{.kind = op::normalize,
    .select = select_norm_rows,
    .rank = 10,
    .on = family_targets::cpu,
    .outputs = real_or_bytes};

}  // namespace lamina::planner
