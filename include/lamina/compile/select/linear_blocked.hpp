// SPDX-License-Identifier: Apache-2.0
// linear on the `cpu` class: weights packed in blocks of 16 columns.
#pragma once
#include <lamina/compile/select/positions.hpp>

#include <utility>

namespace lamina::compile {

constexpr bool select_linear_blocked(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    if (b.goal.images != image_order::blocked || b.goal.channel_block != 16)
        return false;
    const view &x = s.inputs[0], &y = s.output;
    const int last = y.dims.rank - 1;
    int stride = 0;
    if (!merged_rows(y.lay, y.dims, stride) || (y.dims[last] > 1 && y.lay.stride[last] != 1))
        return false;
    const int rows = x.dims.n, depth = x.dims.c, columns = y.dims[last];
    const int blocks = (columns + 15) / 16;

    weight_recipe r; // w[O/16][K][16]
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.dims = {columns, depth};
    r.inner[0] = 16;
    r.type = b.goal.storage;
    r.set_order({0, 2, 3, 1});
    weighted_buffers(b, x, r, columns, 16, y);
    b.define("VW", 16);
    b.define("TAIL", columns % 16);
    b.number("R", rows);
    b.number("K", depth);
    b.number("COLUMNS", columns);
    b.number("XS_R", x.lay.stride[0]);
    b.number("YS_R", stride);
    b.epilogue(frame::rows, 16, columns % 16 ? "COLUMNS-(i1)" : "");
    b.out.extents[0] = rows;
    b.out.extents[1] = blocks;
    b.out.flops = 2ll * rows * columns * depth;
    // Few rows: several columns share each broadcast; many rows: each weight vector is used more.
    for (const auto& [tr, ob] : {std::pair{12, 2}, {8, 2}, {6, 4}, {4, 4}, {2, 4}, {1, 4}, {1, 1}}) {
        if (blocks % ob || (tr > rows && tr > 1))
            continue;
        tactic made;
        made.label.append("rows").append(tr).append("_blocks").append(ob);
        made.defines.append("#define TR ").append(tr).append("\n#define OB ").append(ob).append('\n');
        made.tile[0] = tr;
        made.tile[1] = ob;
        b.tactic_of(made);
    }
    b.finish("linear_blocked");
    return true;
}

} // namespace lamina::compile
