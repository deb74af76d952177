// SPDX-License-Identifier: Apache-2.0
// Selects convolutions and linear layers of int8 plans on the gpu class: u8 by s8, sums in int32.
#pragma once
#include <lamina/kernels/mma.hpp>
#include <lamina/kernels/pairs.hpp>
#include <lamina/planner/byte_recipes.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/tile_cost.hpp>

namespace lamina::planner {

/// Channels of a tap that the kernel reads at once.
inline constexpr int byte_chunk = 16;

/// A convolution as the kernel sees it; a linear layer is one of images of one pixel.
struct byte_product {
    shape in, out;   ///< images
    int x[4], y[4];  ///< strides
    window win;
    epilogue_coordinates coordinates;
    int dense;  ///< axis of the step's output along which its channels lie
};

/// Buffers, defines and tactics.
constexpr bool finish_quads_tiled(launch_builder& b, const byte_product& p) {
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    const window& win = p.win;
    weight_recipe r = byte_recipe(b, byte_form::weight);  // w[kh][kw][I / 16][O][16]
    r.dims = {p.out.c, p.in.c, win.kernel_h, win.kernel_w};
    r.inner[1] = byte_chunk;
    r.set_order({4, 5, 6, 7, 2, 0, 1, 3});
    r.type = dtype::i8;
    const auto stays_inside
        = [](int before, int out, int stride, int kernel, int dilation, int in) {
              return before == 0 && (out - 1) * stride + (kernel - 1) * dilation < in;
          };
    const bool pads
        = !stays_inside(win.pad_top, p.out.h, win.stride_h, win.kernel_h, win.dilation_h, p.in.h)
        || !stays_inside(win.pad_left, p.out.w, win.stride_w, win.kernel_w, win.dilation_w, p.in.w);
    b.out.arguments.reserve(10);
    b.input(x);
    b.weights(b.pack(r));
    b.weights(pack_line(b, byte_form::factor, p.out.c, 4));
    b.weights(pack_line(b, byte_form::shift, p.out.c, 4));
    if (pads) b.weights(pack_zero_point(b));
    b.output(y);
    const auto is_by
        = [&](int count) { return p.in.c % count == 0 && is_aligned(b.m, x, 1, count); };
    const int aligned = is_by(byte_chunk) ? byte_chunk : is_by(4) ? 4 : 1;
    const std::int64_t rows = std::int64_t{p.out.n} * p.out.h * p.out.w;
    const std::int64_t chunks
        = std::int64_t{win.kernel_h} * win.kernel_w * ((p.in.c + byte_chunk - 1) / byte_chunk);
    const mma_ways ways = find_mma_ways(b, 1, rows, p.out.c, chunks * byte_chunk, 1, {});
    pass_mma(b, ways, aligned == byte_chunk ? 0 : 2, 0);
    b.define("A_WAY", 0);
    b.define("B_WAY", 0);
    define_asking(b, ways, rows, p.out.c);
    b.define("ALIGNED_X", aligned);
    b.define("PADDED", pads);
    b.define("ROWS_ALONE", p.coordinates == epilogue_coordinates::rows);
    b.numbers_pixels = p.coordinates == epilogue_coordinates::image && !b.has_constant_sizes()
        && counts_outputs(b);
    if (b.numbers_pixels) b.define("OUTPUTS_BY_NUMBER", 1);
    b.number("ROWS", static_cast<int>(rows));
    b.define("CI", p.in.c);
    b.define("OG", p.out.c);
    b.number("IH", p.in.h);
    b.number("IW", p.in.w);
    b.number("OH", p.out.h);
    b.number("OW", p.out.w);
    define_window(b, win);
    b.define("PT", win.pad_top);
    b.define("PL", win.pad_left);
    constexpr const char* x_strides[] = {"X_N", "X_C", "X_H", "X_W"};
    constexpr const char* y_strides[] = {"Y_N", "Y_C", "Y_H", "Y_W"};
    for (int axis = 0; axis < 4; ++axis) {
        const int stride = !b.numbers_pixels || axis == 1 ? p.y[axis]
            : axis == 3                                   ? pixel_stride(y.lay, y.dims)
                                                          : 0;
        if (axis == 3) {  // channels
            b.define(x_strides[axis], p.x[axis]);
            b.define(y_strides[axis], stride);
        } else {
            b.number(x_strides[axis], p.x[axis]);
            b.number(y_strides[axis], stride);
        }
    }
    const int lanes = tile_lanes(p.out.c, p.y[1]);
    b.define("VW", lanes);
    if (lanes == 4) define_alignment(b, p.dense);
    b.epilogue(p.coordinates, lanes);
    b.out.flops = 2 * rows * p.out.c * p.in.c * win.kernel_h * win.kernel_w;
    tile_tactics(b, rows, p.out.c, chunks * (byte_chunk / 4), 1);
    prefer_dots(b, ability::dp4a);
    const dynamic_array<int> portable = b.tactics;
    b.tactics.clear();
    mma_tactics(b, ways, 1);
    b.tactics.append(portable.begin(), portable.end());
    b.finish("quads_tiled");
    return true;
}

constexpr bool select_conv2d_quads_tiled(launch_builder& b) {
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    if (b.m.net->nodes[at(b.s.anchor)].attr.groups != 1 || b.s.depth.in || b.s.row >= 0)
        return false;
    byte_product p{x.dims, y.dims, {}, {}, b.s.win, epilogue_coordinates::image, 1};
    for (int axis = 0; axis < 4; ++axis) {
        p.x[axis] = x.lay.stride[axis];
        p.y[axis] = y.lay.stride[axis];
    }
    return finish_quads_tiled(b, p);
}

constexpr bool select_linear_quads_tiled(launch_builder& b) {
    const view& x = b.s.inputs[0];  // rows x depth, by as_matrix
    const view& y = b.s.output;
    const int last = y.dims.rank - 1;
    int row = 0;
    if (x.dims.rank != 2 || b.s.row >= 0 || !merged_rows(y.lay, y.dims, row)
        || (y.dims[last] > 1 && y.lay.stride[last] != 1))
        return false;
    return finish_quads_tiled(b,
        {{x.dims.n, x.dims[1], 1, 1}, {x.dims.n, y.dims[last], 1, 1},
            {x.lay.stride[0], x.lay.stride[1], 0, 0}, {row, 1, 0, 0}, {},
            epilogue_coordinates::rows, last});
}

inline constexpr family_row conv2d_quads_tiled_family{.kind = op::conv2d,
    .select = select_conv2d_quads_tiled,
    .rank = 61,
    .reads = input_form::image,
    .on = family_targets::channels_last,
    .inputs = {dtype::u8},
    .outputs = real_or_bytes};
inline constexpr family_row linear_quads_tiled_family{.kind = op::linear,
    .select = select_linear_quads_tiled,
    .rank = 61,
    .reads = input_form::matrix,
    .writes = output_form::rows,
    .on = family_targets::channels_last,
    .inputs = {dtype::u8},
    .outputs = real_or_bytes};

}  // namespace lamina::planner
