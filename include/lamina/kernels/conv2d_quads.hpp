// SPDX-License-Identifier: Apache-2.0
// conv2d of int8 plans on blocks of channels, or rows of a picture: u8 by s8, four input channels at a time,
// sums in int32.
#pragma once
#include <lamina/kernels/conv2d_blocked.hpp>
#include <lamina/kernels/tiles.hpp>
#include <lamina/planner/byte_recipes.hpp>

namespace lamina::planner {

/// What a tile of `rows` pixels or rows and `vectors` vectors of 8 outputs takes with AVX2 for a quad of inputs, in
/// sevenths of a cycle of a Zen 3 core: two products and two sums for each pixel and vector, two broadcasts and half
/// a vector of inputs to convert for a pixel, three instructions to extend the signs of a vector of weights. 0 if it
/// exceeds 16 registers.
constexpr int avx2_cost(int rows, int vectors) {
    constexpr int registers = 16, held_beside = 2;  // a broadcast, products
    if ((rows + 2) * vectors + held_beside > registers) return 0;
    return rows * (9 * vectors + 4) + 7 * vectors;
}

/// Puts tactics for AVX2 before the launch's others: the two tiles that should be fastest.
constexpr void prefer_avx2(launch_builder& b, int width, int blocks) {
    const int vectors = b.target.channel_block / 8;
    if (!vectors) return;
    const std::size_t others = b.tactics.size();
    tactic base;
    base.label.append("pairs_");
    base.defines.append("#define DOTS 2\n");
    base.needs = ability::avx2;
    constexpr int widths[] = {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    add_pixel_tactics(b, base, 2, widths, [&](int tw, int ob) {
        const int cost = avx2_cost(tw, ob * vectors);
        if (!cost || tw > width || blocks % ob) return tile_estimate{};
        const int visited = (width + tw - 1) / tw * tw;
        return tile_estimate{
            static_cast<int>(std::int64_t{cost * 1000 / (tw * ob)} * visited / width) * 64 + tw * 4
                + ob,
            cost};
    });
    b.put_first(others);
}

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
    // Of a picture, quads of neighbouring pixels of a channel are read in place; those of a pixel's channels are copied.
    const int row_quads = (win.kernel_w + 3) / 4;
    // Tiles take the latter.
    const bool tiles_rows = rows && block == 16 && win.dilation_w == 1 && win.kernel_w > 1
        && y.dims.w >= 4 && tile_words(win.kernel_w);
    const bool along = rows && win.dilation_w == 1 && pixel_stride(x) == 1
        && in * win.kernel_h * row_quads <= taps && !(tiles_rows && b.target.has(ability::amx));
    const int line_quads = along ? row_quads : quads, lines = along ? in * win.kernel_h : taps;

    // w[O / block][kh][kw][I / 4][block o][4]
    weight_recipe r = byte_recipe(b, byte_form::weight);
    r.dims = {y.dims.c, in, win.kernel_h, win.kernel_w};
    r.set_order({0, 4, 5, 6, 7, 2, 1, 3});
    r.inner[0] = block;
    r.inner[1] = 4;
    if (along) {  // w[O / block][I][kh][kw / 4][block o][4]
        r.set_order({0, 2, 3, 4, 5, 6, 1, 7});
        r.inner[1] = 1;
        r.inner[3] = 4;
    }
    r.type = dtype::i8;
    b.input(x);
    b.weights(b.pack(r));
    b.weights(pack_line(b, byte_form::factor, y.dims.c, block));
    b.weights(pack_line(b, byte_form::shift, y.dims.c, block));
    if (copies) b.weights(pack_zero_point(b));
    b.output(y);
    b.define("VW", block);
    b.define("COPIES", copies);
    b.define("ROWS", along ? 2 : rows);
    if (rows) b.define("IC", in);
    if (rows && !along) b.number("XS_W", pixel_stride(x));
    define_row_window(b, win, ih, iw, ow);
    b.number("QUADS", quads);
    b.number("N", y.dims.n);
    b.number("OCB", out_blocks);
    b.number("WS_O", lines * line_quads * 4 * block);
    b.number("WS_T", line_quads * 4 * block);
    const std::int64_t weight_bytes = std::int64_t{lines} * line_quads * 4 * out_blocks * block;
    const std::int64_t input_bytes = std::int64_t{x.dims.c} * ih * iw;
    const bool inputs_once = weight_bytes <= 786432 && input_bytes > 524288;
    b.number("INNER", weight_bytes > 1048576 ? y.dims.n : 1);
    b.number("ORDER", inputs_once ? 3 : 2);  // never 0 or 1: an argument, not another program
    const int run = y.dims.n > 1 && weight_bytes > 1048576
        ? 1
        : groups_of_an_item(lines * line_quads, 96, (ow + 13) / 14 * oh, y.dims.n, out_blocks);
    input_blocks(b, x);
    output_blocks(b, y);
    b.out.extents[0] = ow;
    b.out.extents[1] = oh;
    const int groups = y.dims.n * out_blocks;
    b.out.extents[2] = (groups + run - 1) / run;
    b.out.flops = 2 * y.dims.count() * in * taps;
    add_blocked_tactics(b, ow, out_blocks);
    prefer_avx2(b, ow, out_blocks);
    prefer_dots(b, ability::avx512_vnni);
    if (rows ? tiles_rows && !along : block == 16) {
        b.number("OH_AND_1", oh + 1);  // an argument whatever it is, not another program
        prefer_tiles(b,
            {win, oh, ow, y.dims.n, (in + 15) / 16, 4, out_blocks, rows ? win.kernel_w : quads,
                rows});
    }
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
