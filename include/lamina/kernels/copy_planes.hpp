// SPDX-License-Identifier: Apache-2.0
// The planner's copies of floats from blocks of channels into planes: results, and what detectors join by pixels.
#pragma once
#include <lamina/kernels/copy_lanes.hpp>

namespace lamina::planner {

constexpr bool select_copy_planes(launch_builder& b) {
    const step& s = b.s;
    const int rank = s.output.dims.rank, block = b.target.channel_block;
    if (!s.is_copy || s.on_ints || (rank != 3 && rank != 4)
        || b.target.numbers.storage != dtype::f32)
        return false;
    const view x = rank == 3 ? as_one_row(s.operands[0].seen) : s.operands[0].seen;
    const view y = rank == 3 ? as_one_row(s.output) : s.output;
    if (x.lay.block != block || y.lay.block > 1 || !x.is_straight() || x.type != dtype::f32
        || y.type != dtype::f32 || y.lay.stride[3] != 1)
        return false;
    int rows = y.dims.h, columns = y.dims.w;
    if (y.lay.stride[2] == columns && x.lay.stride[2] == columns * x.lay.stride[3]) {
        columns *= rows;
        rows = 1;
    }
    if (columns < block) return false;
    const int blocks = (y.dims.c + block - 1) / block;
    b.input(x);
    b.output(y);
    b.define("VW", block);
    b.number("CHANNELS", y.dims.c);
    b.number("W", columns);
    b.number("XB", blocks);
    input_blocks(b, x);
    b.number("XS_W", x.lay.stride[3]);
    finish_rows(b, y, {columns, rows, y.dims.n * blocks}, "copy_planes");
    return true;
}

inline constexpr family_row copy_planes_family{.kind = op::pointwise,
    .select = select_copy_planes,
    .rank = 20,
    .on = family_targets::blocks,
    .takes = takes_copy_lanes};

}  // namespace lamina::planner
