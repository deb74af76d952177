// SPDX-License-Identifier: Apache-2.0
// linear with weights of 4 or 8 bits in groups (network::quantize_weights): linear_groups on the `cpu` class,
// matvec_groups on `gpu`.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// A part of the layer's weights, in panels of `wide` columns.
constexpr int pack_groups(launch_builder& b, rounded_part part, const shape& weight, int wide) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.groups = n.rounded;
    r.part = part;
    r.type = part == rounded_part::scale ? dtype::f32 : dtype::i8;
    r.dims = weight;
    r.inner[0] = wide;
    if (part == rounded_part::numbers) {  // w[O/P][K/W][P][W]
        r.inner[1] = n.rounded.per_word();
        r.set_order({0, 2, 1, 3});
    } else {  // [O/P][groups][P]
        r.dims.c = n.rounded.count(weight.c);
        r.set_order({0, 2, 3, 1});
    }
    return b.pack(r);
}

/// Buffers and numbers that both kernels have. Returns false, without side effects, if rows of the output do not lie
/// evenly.
constexpr bool pass_groups(launch_builder& b, int wide) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    const view &x = b.s.inputs[0], &y = b.s.output;
    const int last = y.dims.rank - 1;
    int stride = 0;
    if (!merged_rows(y.lay, y.dims, stride) || (y.dims[last] > 1 && y.lay.stride[last] != 1))
        return false;
    const int rows = x.dims.n, depth = x.dims.c, columns = y.dims[last];
    const int per = n.rounded.per_word();
    const shape weight{columns, depth};
    const int shift = b.pack_shift(columns, wide);
    b.input(x);
    b.weights(pack_groups(b, rounded_part::numbers, weight, wide));
    b.weights(pack_groups(b, rounded_part::scale, weight, wide));
    if (n.rounded.zero_points) b.weights(pack_groups(b, rounded_part::zero, weight, wide));
    if (shift >= 0) b.weights(shift);
    b.output(y);
    b.define("BIAS", shift >= 0);
    b.define("BITS", n.rounded.bits);
    b.define("ZEROS", n.rounded.zero_points);
    b.define("REST", depth % per);
    b.number("R", rows);
    b.number("WORDS", depth / per);
    b.number("GROUP", n.rounded.group);
    b.number("GROUPS", n.rounded.count(depth));
    b.number("COLUMNS", columns);
    b.number("XS_R", x.lay.stride[0]);
    b.number("YS_R", stride);
    b.out.flops = 2ll * rows * columns * depth;
    return true;
}

/// Tiles of TR rows: making floats of a vector of numbers takes about as long as four products, whatever TR is.
constexpr void linear_groups_tactic(launch_builder& b, int rows, int ob, int panels) {
    int best = 1;
    std::int64_t least = -1;
    for (int tr = 12; tr >= 1; --tr) {
        if (tr > rows || !b.target.holds(b.target.registers_of_16((tr + 3) * ob))) continue;
        const std::int64_t cost = std::int64_t{(rows + tr - 1) / tr} * (4 + tr);
        if (least >= 0 && cost >= least) continue;
        least = cost;
        best = tr;
    }
    const int tiles = (rows + best - 1) / best;
    // One row waits for its sums unless there are four vectors of them; threads need work-items.
    const int pp
        = best == 1 && panels >= 16 && b.target.holds(b.target.registers_of_16(16)) ? 2 : 1;
    int high = (tiles * panels + 15) / 16;  // 16 work-items or more
    high = high > 16 ? 16 : high > tiles ? tiles : high;
    tactic made;
    made.label.append("rows").append(best).append("_of").append(best * high);
    made.defines.append("#define TR ").append(best).append("\n#define RB ").append(best * high);
    made.defines.append("\n#define PP ").append(pp).append("\n#define CP ").append(pp).append('\n');
    made.tile[0] = best * high;
    made.tile[1] = pp;
    const int share = b.target.registers_of_16(16);
    made.cost = item_cost::divisible(1, 8 * ob, share * ob * (4 + best) / best, best, pp);
    b.tactic_of(made);
}

constexpr bool select_linear_groups(launch_builder& b) {
    const view& y = b.s.output;
    const int columns = y.dims[y.dims.rank - 1], blocks = (columns + 15) / 16;
    const int ob = blocks > 1 ? 2 : 1, panels = (blocks + ob - 1) / ob;
    if (!pass_groups(b, 16 * ob)) return false;
    b.define("VW", 16);
    b.define("OB", ob);
    b.define("TABLE", b.target.channel_block == 16);
    b.define("TAIL", columns % 16);
    b.number("PANELS", panels);
    b.epilogue(epilogue_coordinates::rows, 16, columns % 16 ? "COLUMNS-(i1)" : "");
    b.out.extents[0] = b.s.inputs[0].dims.n;
    b.out.extents[1] = panels;
    linear_groups_tactic(b, b.s.inputs[0].dims.n, ob, panels);
    b.finish("linear_groups");
    return true;
}

constexpr bool select_matvec_groups(launch_builder& b) {
    const view& y = b.s.output;
    const int rows = b.s.inputs[0].dims.n, columns = y.dims[y.dims.rank - 1];
    if (!pass_groups(b, 32)) return false;
    b.define("VW", 1);
    b.epilogue(epilogue_coordinates::rows, 1);
    b.out.extents[0] = columns;
    b.out.extents[1] = rows;
    constexpr int lanes = 8;
    tactic t;
    const int tr = rows < 8 ? rows : 8;
    t.label.append("rows").append(tr);
    t.defines.append("#define TR ").append(tr).append("\n#define KL ").append(lanes).append('\n');
    t.tile[0] = 32;
    t.tile[1] = tr;
    t.local[0] = 32 * lanes;
    t.local_bytes = tr * lanes * 32 * 4;
    b.tactic_of(t);
    b.finish("matvec_groups");
    return true;
}

inline constexpr family_row linear_groups_family{.kind = op::linear,
    .select = select_linear_groups,
    .rank = 30,
    .reads = input_form::matrix,
    .writes = output_form::rows,  // a part of a concat may have rows that are not evenly apart
    .on = family_targets::cpu,
    .outputs = real_or_bytes,
    .rounded = true};
inline constexpr family_row matvec_groups_family{.kind = op::linear,
    .select = select_matvec_groups,
    .rank = 31,
    .reads = input_form::matrix,
    .writes = output_form::rows,
    .on = family_targets::gpu,
    .outputs = real_or_bytes,
    .rounded = true};

}  // namespace lamina::planner
