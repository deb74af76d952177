// SPDX-License-Identifier: Apache-2.0
// The planner's copies between blocks of channels where lanes move.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// The end of a launch whose work-items copy rows of `extents` (columns, rows, blocks of all images), 64 pixels each.
constexpr void finish_rows(
    launch_builder& b, const view& y, const int (&extents)[3], const char* family) {
    b.number("YS_N", y.lay.stride[0]);
    b.number("YS_C", y.lay.stride[1]);
    b.number("YS_H", y.lay.stride[2]);
    for (int i = 0; i < 3; ++i) b.out.extents[i] = extents[i];
    tactic t;
    t.label.append("run64");
    t.defines.append("#define RUN 64\n");
    t.tile[0] = 64;
    b.tactic_of(t);
    b.finish(family);
}

constexpr bool select_copy_lanes(launch_builder& b) {
    const step& s = b.s;
    if (!s.is_copy || s.on_ints || s.output.lay.block == 1 || is_volume(s.output.dims))
        return false;
    const bool is_sequence = s.output.dims.rank == 3;
    const view x = is_sequence ? as_one_row(s.operands[0].seen) : s.operands[0].seen;
    const view y = is_sequence ? as_one_row(s.output) : s.output;
    const int block = b.target.channel_block;
    if (x.lay.block != block || y.lay.block != block || !y.lanes.is_plain()
        || (x.type != s.numbers.storage && x.type != dtype::u8) || y.type != x.type
        || (x.is_straight() && y.is_straight() && y.clean))
        return false;
    const int blocks = (y.shift + y.dims.c + block - 1) / block;
    b.input(x);
    b.output(y);
    b.define("VW", block);
    if (x.type == dtype::u8) {
        b.define("REAL_BYTES", 1);
        b.define("OUT_QUANTIZED", 1);
    }
    b.define("PLAIN", x.lanes.is_plain());
    if (!x.lanes.is_plain()) {
        b.define("EXTENT", x.lanes.extent);
        b.number("OUTER", x.lanes.outer);
        b.number("INNER", x.lanes.inner);
    }
    b.define("CLEAN", y.clean);
    b.number("FROM", x.shift);
    b.number("TO", y.shift);
    b.number("CHANNELS", y.dims.c);
    b.number("W", y.dims.w);
    b.number("YB", blocks);
    input_blocks(b, x);
    b.number("XS_W", x.lay.stride[3]);
    b.number("YS_W", y.lay.stride[3]);
    finish_rows(b, y, {y.dims.w, y.dims.h, y.dims.n * blocks}, "copy_lanes");
    return true;
}

/// Copies are the planner's own: no group of the network is one.
constexpr bool takes_copy_lanes(const module&, const lamina::target&, const fusion_group&) {
    return false;
}

inline constexpr family_row copy_lanes_family{.kind = op::pointwise,
    .select = select_copy_lanes,
    .rank = 10,
    .on = family_targets::blocks,
    .takes = takes_copy_lanes};

}  // namespace lamina::planner
