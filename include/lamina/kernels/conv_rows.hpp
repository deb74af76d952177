// SPDX-License-Identifier: Apache-2.0
// conv2d and conv_transpose2d of few output channels, which are stored as rows.
#pragma once
#include <lamina/kernels/conv2d_blocked.hpp>
#include <lamina/planner/few_channels.hpp>

namespace lamina::planner {

/// True if the epilogue's tensors can be read along a row: channels are one stride apart.
constexpr bool has_operands_in_columns(const step& s) {
    for (const resolved_operand& o : s.operands)
        if (o.weight < 0 && o.seen.lay.block > 1
            && (o.seen.shift || o.seen.dims.c > o.seen.lay.block))
            return false;
    return true;
}

/// Tiles of `lines` vectors, as many as a row holds, and narrower ones for the tuner; a work-item takes
/// as many tiles as make its launch cheap beside `work`, the FMAs of a vector.
constexpr void add_row_tactics(
    launch_builder& b, int width, int lines, bool fixed, int at_once, int work) {
    const int block = b.target.channel_block;
    while (!fixed && lines > 1 && lines * block > width) lines /= 2;
    for (int pick = 0; pick < (fixed || lines == 1 ? 1 : 2); ++pick, lines = (lines + 1) / 2) {
        const int tile = lines * block;
        int run = 1;
        while (run < 16 && run * 2 * tile <= width && run * lines * work < 2048) run *= 2;
        tactic made;
        made.label.append("row").append(run).append('x').append(tile);
        made.defines.append("#define OB ").append(at_once);
        made.defines.append("\n#define LINES ").append(lines);
        made.defines.append("\n#define RUN ").append(run).append('\n');
        made.tile[0] = run * tile;
        b.tactic_of(made);
    }
}

constexpr bool select_conv_rows(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const window& win = b.s.win;
    const int block = b.target.channel_block, groups = n.attr.groups;
    const bool transposed = s.kind == op::conv_transpose2d;
    const bool blocks = x.lay.block > 1;
    const int lines = transposed ? win.stride_w : 1;
    if (s.row >= 0 || y.lay.block > 1 || y.lay.stride[3] != 1 || y.dims.w / lines < block || x.shift
        || !has_operands_in_columns(s) || (blocks && (groups > 1 || !is_image_view(b, x))))
        return false;
    const int in = x.dims.c / groups, out = y.dims.c;
    const int in_blocks = (in + block - 1) / block, taps = win.kernel_h * win.kernel_w;

    int ih = x.dims.h, iw = x.dims.w, oh = y.dims.h, ow = y.dims.w;
    const bool pads = win.pad_left || win.pad_right || win.pad_top || win.pad_bottom;
    if (taps == 1 && !pads && win.stride_h == 1 && win.stride_w == 1 && oh == ih && ow == iw
        && is_one_row(s)) {
        iw *= ih;
        ow *= oh;
        ih = oh = 1;
    }

    // Rows: w[O][I][kh][kw]; blocks: w[O][I / block][kh][kw][block i]. Groups lie in O.
    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.type = b.target.numbers.storage;
    if (transposed) {
        r.dims = {groups, in, out / groups, win.kernel_h, win.kernel_w};
        r.axis = 2;
        if (blocks) r.inner[1] = block;
        r.set_order({0, 1, 4, 5, 2, 6, 7, 8, 9, 3});
    } else {
        r.dims = {out, in, win.kernel_h, win.kernel_w};
        if (blocks) r.inner[1] = block;
        r.set_order({0, 1, 2, 4, 5, 6, 7, 3});
    }
    weighted_buffers(b, x, r, out, 1, y);
    b.define("VW", block);
    b.define("BLOCKS", blocks);
    b.define("TRANSPOSED", transposed);
    b.define("GROUPED", groups > 1);
    b.define("IN_FLOAT", !blocks && x.type == dtype::f32);
    define_row_window(b, win, ih, iw, ow);
    b.number("OC", out);
    if (blocks) {
        b.number("ICB", in_blocks);
    } else {
        b.number("CG", in);
        b.number("OG", out / groups);
        b.number("XS_W", x.lay.stride[3]);
    }
    input_blocks(b, x);
    b.number("YS_N", y.lay.stride[0]);
    b.number("YS_C", y.lay.stride[1]);
    b.number("YS_H", y.lay.stride[2]);
    b.epilogue(epilogue_coordinates::columns, block);
    b.out.extents[0] = ow;
    b.out.extents[1] = oh;
    b.out.extents[2] = y.dims.n;
    b.out.flops = 2 * (transposed ? x.dims.count() * (out / groups) : y.dims.count() * in) * taps;
    // Eight sums at a time hide the latency of their FMAs.
    if (blocks) {
        const int at_once = block > 4 || out > 4 ? 1 : out;
        add_row_tactics(b, ow, lines, true, at_once, block * in_blocks * taps * out);
    } else {
        const int at_once = groups > 1 ? 1 : out;
        add_row_tactics(b, ow, transposed ? lines : (8 + at_once - 1) / at_once, transposed,
            at_once, in * taps * out);
    }
    b.finish("conv_rows");
    return true;
}

/// Few output channels; the selector refuses those that lie in blocks among others.
constexpr bool takes_conv_rows(
    const module& m, const lamina::target& target, const fusion_group& w) {
    return may_write_rows(*m.net, m.net->nodes[at(w.anchor)], target);
}

inline constexpr family_row conv_rows_family{.kind = op::conv2d,
    .select = select_conv_rows,
    .rank = 5,
    .reads = input_form::image,
    .on = family_targets::blocks,
    .outputs = real_or_bytes,
    .takes = takes_conv_rows};
inline constexpr family_row conv_rows_transposed_family{.kind = op::conv_transpose2d,
    .select = select_conv_rows,
    .rank = 5,
    .reads = input_form::image,
    .on = family_targets::blocks,
    .takes = takes_conv_rows};

}  // namespace lamina::planner
