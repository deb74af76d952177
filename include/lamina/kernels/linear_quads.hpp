// SPDX-License-Identifier: Apache-2.0
// linear of int8 plans on CPUs: u8 by s8, four inputs at a time, sums in int32.
#pragma once
#include <lamina/kernels/conv2d_quads.hpp>
#include <lamina/kernels/tiles.hpp>

namespace lamina::planner {

/// Work for a quad of inputs and `rows` rows of a panel, all visits of a tile of `tr` rows together; 0 if its sums do
/// not fit the registers.
constexpr int quads_work(const launch_builder& b, int tr, int rows, int ob, bool by_avx2) {
    const int visits = (rows + tr - 1) / tr;
    if (by_avx2) return visits * avx2_cost(tr, 2);
    if (!b.target.holds(b.target.registers_of_16(tr * ob + ob))) return 0;
    const int issue = tr * ob > 8 ? tr * ob : 8;
    return visits * (issue + ob);
}

/// A tile of TR rows, least work on rows beyond the last; 64 rows or so for each pass over a panel.
constexpr void linear_quads_tactic(launch_builder& b, int rows, int ob, bool by_avx2) {
    int best = 1, least = 0;
    for (int tr = 14 < rows ? 14 : rows; tr >= 1; --tr) {
        const int work = quads_work(b, tr, rows, ob, by_avx2);
        if (!work || (least && work >= least)) continue;
        least = work;
        best = tr;
    }
    const int tiles = (rows + best - 1) / best, most = (63 + best) / best;
    const int height = (tiles < most ? tiles : most) * best;
    tactic made;
    if (by_avx2) {
        made.label.append("pairs_");
        made.defines.append("#define DOTS 2\n");
        made.needs = ability::avx2;
    }
    made.label.append("rows").append(best).append("_of").append(height);
    made.defines.append("#define TR ").append(best).append("\n#define RB ").append(height);
    made.defines.append('\n');
    made.tile[0] = height;
    b.tactic_of(made);
}

constexpr bool select_linear_quads(launch_builder& b) {
    const step& s = b.s;
    const view &x = s.inputs[0], &y = s.output;
    const int last = y.dims.rank - 1;
    int stride = 0;
    if (!merged_rows(y.lay, y.dims, stride) || (y.dims[last] > 1 && y.lay.stride[last] != 1))
        return false;
    const int rows = x.dims.n, depth = x.dims.c, columns = y.dims[last];
    const int blocks = (columns + 15) / 16, ob = blocks > 1 ? 2 : 1;
    const int panels = (blocks + ob - 1) / ob;

    weight_recipe r = byte_recipe(b, byte_form::weight);  // w[O/P][K/4][P][4]
    r.dims = {columns, depth};
    r.inner[0] = 16 * ob;
    r.inner[1] = 4;
    r.type = dtype::i8;
    r.set_order({0, 2, 1, 3});
    b.input(x);
    b.weights(b.pack(r));
    b.weights(pack_line(b, byte_form::factor, columns, 16 * ob));
    b.weights(pack_line(b, byte_form::shift, columns, 16 * ob));
    b.output(y);
    b.define("VW", 16);
    b.define("OB", ob);
    b.define("REST", depth % 4);
    b.define("TAIL", columns % 16);
    b.number("R", rows);
    b.number("QUADS", depth / 4);
    b.number("COLUMNS", columns);
    b.number("XS_R", x.lay.stride[0]);
    b.number("YS_R", stride);
    b.epilogue(epilogue_coordinates::rows, 16, columns % 16 ? "COLUMNS-(i1)" : "");
    b.out.extents[0] = rows;
    b.out.extents[1] = panels;
    b.out.flops = 2ll * rows * columns * depth;
    if (b.target.channel_block >= 8) linear_quads_tactic(b, rows, ob, true);
    linear_quads_tactic(b, rows, ob, false);
    prefer_dots(b, ability::avx512_vnni);
    if (ob == 2 && depth % 4 == 0) {
        b.number("PANELS_AND_1", panels + 1);  // an argument whatever it is, not another program
        prefer_tiles(b, rows, depth / 4, panels);
    }
    b.finish("linear_quads");
    return true;
}

inline constexpr family_row linear_quads_family{.kind = op::linear,
    .select = select_linear_quads,
    .rank = 60,
    .reads = input_form::matrix,
    .writes = output_form::rows,  // a part of a concat may have rows that are not evenly apart
    .on = family_targets::cpu,
    .inputs = {dtype::u8},
    .outputs = {dtype::u8, dtype::f32, dtype::f16, dtype::bf16}};

}  // namespace lamina::planner
