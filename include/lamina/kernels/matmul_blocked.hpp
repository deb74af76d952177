// SPDX-License-Identifier: Apache-2.0
// Product of two activations on the `cpu` class.
#pragma once
#include <lamina/kernels/attention_blocked.hpp>
#include <lamina/kernels/linear_blocked.hpp>

namespace lamina::planner {

/// The view with its last two axes exchanged.
constexpr view turned(const view& v) {
    view out = v;
    const int last = v.dims.rank - 1;
    out.dims.at(last) = v.dims[last - 1];
    out.dims.at(last - 1) = v.dims[last];
    out.lay.stride[last] = v.lay.stride[last - 1];
    out.lay.stride[last - 1] = v.lay.stride[last];
    return out;
}

constexpr bool select_matmul_blocked(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view& y = s.output;
    const int last = y.dims.rank - 1, rows = y.dims[last - 1], columns = y.dims[last];
    if (y.lay.block > 1 || (columns > 1 && y.lay.stride[last] != 1)) return false;
    for (const view& input : s.inputs)
        if (input.lay.block > 1 || input.type != b.target.numbers.storage) return false;
    const view a = attr.transpose_a ? turned(s.inputs[0]) : s.inputs[0];
    const view c = attr.transpose_b ? turned(s.inputs[1]) : s.inputs[1];
    const int depth = a.dims[a.dims.rank - 1];
    const auto way = [](const view& v, int sum_axis, int other) {
        return v.lay.stride[sum_axis] == 1 ? 0 : v.lay.stride[other] == 1 ? 1 : 2;
    };
    b.input(s.inputs[0]);
    b.input(s.inputs[1]);
    b.output(y);
    b.define("VW", 16);
    const int blocks = (columns + 15) / 16, ob = panel_blocks(b.target, rows, blocks);
    const int panels = (blocks + ob - 1) / ob;
    b.define("OB", ob);
    b.define("TAIL", columns % 16 > 0);
    b.define("A_WAY", way(a, a.dims.rank - 1, a.dims.rank - 2));
    b.define("B_WAY", way(c, c.dims.rank - 2, c.dims.rank - 1));
    b.number("M", rows);
    b.number("K", depth);
    b.number("COLUMNS", columns);
    b.number("PANELS", panels);
    matrix_strides(b, "A", a, y.dims);
    matrix_strides(b, "B", c, y.dims);
    matrix_strides(b, "Y", y, y.dims);
    b.define("A_SUM", "A_COLUMN");
    b.define("B_SUM", "B_ROW");
    const int batches = leading_extents(b, y.dims);
    b.epilogue(epilogue_coordinates::rows, 16, columns % 16 ? "COLUMNS-(i1)" : "");
    b.out.extents[0] = rows;
    b.out.extents[1] = panels;
    b.out.extents[2] = batches;
    b.out.flops = 2ll * batches * rows * columns * depth;
    linear_tactics(b, rows, ob, panels, batches);
    b.finish("matmul_blocked");
    return true;
}

inline constexpr family_row matmul_blocked_family{.kind = op::matmul,
    .select = select_matmul_blocked,
    .rank = 10,
    .reads = input_form::strided,
    .on = family_targets::cpu};

}  // namespace lamina::planner
