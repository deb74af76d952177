// SPDX-License-Identifier: Apache-2.0
// conv_transpose2d on blocks of channels: dense, or grouped with whole blocks in each group.
#pragma once
#include <lamina/kernels/conv2d_blocked.hpp>

namespace lamina::planner {

constexpr bool select_conv_transpose_blocked(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const window& win = b.s.win;
    const int block = b.target.channel_block, groups = n.attr.groups;
    const int in = x.dims.c / groups, out = y.dims.c / groups;
    if (!is_image_view(b, x) || !is_image_view(b, y) || (groups > 1 && (in % block || out % block))
        || y.dims.w < win.stride_w)
        return false;
    const int in_blocks = (in + block - 1) / block, out_blocks = (y.dims.c + block - 1) / block;
    // Windows that neither overlap nor are cut never leave the input.
    const bool edges = !b.target.stores_floats() || win.pad_left || win.dilation_w != 1
        || win.kernel_w > win.stride_w || y.dims.w > x.dims.w * win.stride_w;

    const int rows = win.kernel_d * win.kernel_h;  // of all slices
    weight_recipe r;  // w[O / block][kd kh][kw][I / block][block i][block o]; groups lie in O.
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.dims = {groups, in, out, rows, win.kernel_w};
    r.axis = 2;
    r.inner[1] = r.inner[2] = block;
    r.type = b.target.numbers.storage;
    r.set_order({0, 1, 4, 6, 7, 8, 9, 2, 3, 5});
    weighted_buffers(b, x, r, y.dims.c, block, y);
    b.define("VW", block);
    b.define("EDGES", edges);
    b.number("KH", win.kernel_h);
    b.number("KW", win.kernel_w);
    b.number("SH", win.stride_h);
    b.number("SW", win.stride_w);
    b.number("DH", win.dilation_h);
    b.number("DW", win.dilation_w);
    b.number("PT", win.pad_top);
    b.number("PL", win.pad_left);
    b.number("IH", x.dims.h);
    b.number("IW", x.dims.w);
    b.number("OW", y.dims.w);
    b.number("ICB", in_blocks);
    b.number("OCB", out_blocks);
    b.number("OCB_GROUP", groups > 1 ? out / block : out_blocks);
    b.number("WS_O", in_blocks * rows * win.kernel_w * block * block);
    define_depth(b);
    input_blocks(b, x);
    output_blocks(b, y);
    const int width = y.dims.w / win.stride_w;
    b.out.extents[0] = (y.dims.w + win.stride_w - 1) / win.stride_w;
    b.out.extents[1] = y.dims.h * win.stride_w;
    b.out.extents[2] = y.dims.n * out_blocks;
    b.out.flops = 2 * x.dims.count() * out * rows * win.kernel_w;
    add_blocked_tactics(b, width, groups > 1 ? out / block : out_blocks);
    b.finish("conv_transpose_blocked");
    return true;
}

inline constexpr family_row conv_transpose_blocked_family{.kind = op::conv_transpose2d,
    .select = select_conv_transpose_blocked,
    .rank = 10,
    .reads = input_form::image,
    .on = family_targets::blocks};

}  // namespace lamina::planner
