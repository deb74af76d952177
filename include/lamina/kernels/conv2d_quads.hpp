// SPDX-License-Identifier: Apache-2.0
// conv2d of int8 plans on blocks of channels, or rows of a picture: u8 by s8, four input channels at a time,
// sums in int32.
#pragma once
#include <lamina/kernels/conv2d_blocked.hpp>
#include <lamina/planner/byte_recipes.hpp>

namespace lamina::planner {

constexpr bool select_conv2d_quads(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view x = s.inputs[0], y = s.output;
    const int block = b.target.channel_block;
    const int in = x.dims.c;
    const bool rows = x.lay.block == 1;
    if (y.lay.block != block || y.shift || !x.is_straight() || n.attr.groups != 1 || s.depth.in)
        return false;
    if (rows ? in > 4 : x.lay.block != block || (x.dims.w > 1 && x.lay.stride[3] != block))
        return false;
    const window& win = b.s.win;
    const bool single = is_single(win), copies = !single || rows;
    int ih = x.dims.h, iw = x.dims.w, oh = y.dims.h, ow = y.dims.w;
    if (single && win.stride_h == 1 && win.stride_w == 1 && is_one_row(s)) {
        iw *= ih;
        ow *= oh;
        ih = oh = 1;
    }
    const int out_blocks = (y.dims.c + block - 1) / block, quads = (in + 3) / 4;
    const int taps = win.kernel_h * win.kernel_w;

    // w[O / block][kh][kw][I / 4][block o][4]
    weight_recipe r = byte_recipe(b, byte_form::weight);
    r.dims = {y.dims.c, in, win.kernel_h, win.kernel_w};
    r.set_order({0, 4, 5, 6, 7, 2, 1, 3});
    r.inner[0] = block;
    r.inner[1] = 4;
    r.type = dtype::i8;
    b.input(x);
    b.weights(b.pack(r));
    b.weights(pack_line(b, byte_form::factor, y.dims.c, block));
    b.weights(pack_line(b, byte_form::shift, y.dims.c, block));
    if (copies) b.weights(pack_zero_point(b));
    b.output(y);
    b.define("VW", block);
    b.define("COPIES", copies);
    b.define("ROWS", rows);
    if (rows) {
        b.define("IC", in);
        b.number("XS_W", pixel_stride(x));
    }
    define_row_window(b, win, ih, iw, ow);
    b.number("QUADS", quads);
    b.number("OCB", out_blocks);
    b.number("WS_O", taps * quads * 4 * block);
    b.number("WS_T", quads * 4 * block);
    const std::int64_t weight_bytes = std::int64_t{taps} * quads * 4 * out_blocks * block;
    const std::int64_t input_bytes = std::int64_t{x.dims.c} * ih * iw;
    const bool inputs_once = weight_bytes <= 786432 && input_bytes > 524288;
    b.number("INNER", weight_bytes > 1048576 ? y.dims.n : 1);
    b.number("ORDER", inputs_once ? 3 : 2);  // never 0 or 1: an argument, not another program
    input_blocks(b, x);
    output_blocks(b, y);
    b.out.extents[0] = ow;
    b.out.extents[1] = oh;
    b.out.extents[2] = y.dims.n * out_blocks;
    b.out.flops = 2 * y.dims.count() * in * taps;
    add_blocked_tactics(b, ow, out_blocks);
    prefer_dots(b, ability::avx512_vnni);
    b.finish("conv2d_quads");
    return true;
}

inline constexpr family_row conv2d_quads_family{.kind = op::conv2d,
    .select = select_conv2d_quads,
    .rank = 60,
    .reads = input_form::picture,
    .on = family_targets::blocks,
    .inputs = {dtype::u8},
    .outputs = {dtype::u8, dtype::f32, dtype::f16, dtype::bf16}};

}  // namespace lamina::planner
