// SPDX-License-Identifier: Apache-2.0
// Takes convolutions of channels-last images for conv2d_tiled: all of one group, and groups of at
// least 16 channels. Asked by select.hpp before the generic convolution.
#pragma once
#include <lamina/compile/select/mma.hpp>
#include <lamina/compile/select/positions.hpp>
#include <lamina/compile/select/tile.hpp>

namespace lamina::compile {

constexpr bool select_conv2d_tiled(launch_builder& b) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    const window& win = n.attr.win;
    const int groups = n.attr.groups;
    const int depth = x.dims.c / groups, out = y.dims.c / groups;
    if (b.goal.images != image_order::channels_last
        || (groups > 1 && (depth < 16 || out < 16 || out % 4)))
        return false;

    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.dims = {y.dims.c, depth, win.kernel_h, win.kernel_w};
    r.type = b.goal.storage;
    r.folds = b.folds();
    // [kh][kw][I][O], or [group][kh][kw][I][O of a group]
    const int lanes16 = chunk_elements(b.goal);
    const int pad = b.goal.may_use_matrix_units() ? lanes16 : 4;
    const int row_of_weights = groups == 1 ? (out + pad - 1) / pad * pad : out;
    r.inner[0] = groups == 1 ? pad : out;
    const int alone[] = {4, 5, 6, 7, 2, 3, 0, 1}, grouped[] = {0, 4, 5, 6, 7, 2, 3, 1};
    r.order_size = 8;
    for (int i = 0; i < 8; ++i)
        r.order[i] = groups == 1 ? alone[i] : grouped[i];

    b.out.arguments.reserve(8);
    b.input(x);
    b.weights(b.pack(r));
    const int bias = b.pack_shift(y.dims.c, 4);
    if (bias >= 0)
        b.weights(bias);
    b.output(y);
    const std::int64_t rows = std::int64_t{y.dims.n} * y.dims.h * y.dims.w;
    const std::int64_t deep = std::int64_t{depth} * win.kernel_h * win.kernel_w;
    mma_ways ways;
    if (row_of_weights % lanes16 == 0) {
        ways = find_mma_ways(b.goal, rows, out, deep, groups);
        const bool copies = depth % lanes16 == 0 && is_aligned(b.m, x, 1, lanes16)
            && (x.type == b.goal.storage);
        pass_mma(b, ways, copies ? 0 : 2, 1);
    }

    const bool by_four = depth % 4 == 0 && x.lay.stride[1] == 1;
    b.define("BIAS", bias >= 0);
    b.define("A_WAY", by_four ? 0 : 2);
    b.define("IN_FLOAT", x.type == dtype::f32 && b.goal.storage != dtype::f32);
    b.define("ALIGNED_X", by_four && is_aligned(b.m, x, 1));
    const auto stays_inside = [](int before, int out_, int stride, int kernel, int dilation,
                                 int in) {
        return before == 0 && (out_ - 1) * stride + (kernel - 1) * dilation < in;
    };
    b.define("PADDED",
             !stays_inside(win.pad_top, y.dims.h, win.stride_h, win.kernel_h, win.dilation_h,
                           x.dims.h)
                 || !stays_inside(win.pad_left, y.dims.w, win.stride_w, win.kernel_w,
                                  win.dilation_w, x.dims.w));
    b.define("ROWS", y.dims.n * y.dims.h * y.dims.w);
    b.define("CI", depth);
    b.define("OG", out);
    b.define("ROW_OF_WEIGHTS", row_of_weights);
    b.define("IH", x.dims.h);
    b.define("IW", x.dims.w);
    b.define("OH", y.dims.h);
    b.define("OW", y.dims.w);
    define_window(b, win);
    b.define("PT", win.pad_top);
    b.define("PL", win.pad_left);
    constexpr const char* x_strides[] = {"X_N", "X_C", "X_H", "X_W"};
    constexpr const char* y_strides[] = {"Y_N", "Y_C", "Y_H", "Y_W"};
    for (int axis = 0; axis < 4; ++axis) {
        b.define(x_strides[axis], x.lay.stride[axis]);
        b.define(y_strides[axis], y.lay.stride[axis]);
    }
    const int lanes = tile_lanes(out, y.lay.stride[1]);
    b.define("VW", lanes);
    if (lanes == 4)
        define_alignment(b, 1);
    b.epilogue(frame::image, lanes);

    b.out.flops = 2 * rows * y.dims.c * deep;
    mma_tactics(b, ways);
    tile_tactics(b, rows, out, deep, groups);
    b.finish("conv2d_tiled");
    return true;
}

} // namespace lamina::compile
