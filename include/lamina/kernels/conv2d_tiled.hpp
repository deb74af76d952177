// SPDX-License-Identifier: Apache-2.0
// Selects conv2d_tiled for convolutions of channels-last images: all of one group, and groups of at
// least 16 channels; transposed ones of one group.
#pragma once
#include <lamina/kernels/gemm.hpp>
#include <lamina/kernels/mma.hpp>
#include <lamina/planner/fuse_concats.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/tile_cost.hpp>

namespace lamina::planner {

/// A convolution as the tiled kernel sees it.
struct tiled_convolution {
    int groups;          ///< the third launch dimension
    int depth, out;      ///< channels of a group
    int height, width;   ///< of the grid of output pixels
    window win;          ///< taps, steps and what is before the first
    int row_of_weights;  ///< elements from one depth to the next, or from one channel
    bool row_taps;       ///< as the kernel says
    bool pools;          ///< of four pixels the greatest is the output's, in height and width each
    bool joins;          ///< the last channels are those of the step's second input
    bool along_depth;    ///< weights of a channel lie side by side, depth_slice of them where that
                         ///< divides the channels of the input
    constexpr bool is_sliced() const { return along_depth && depth % depth_slice == 0; }
    std::int64_t flops;
};

/// Offers a convolution of one group to a library: one of 1x1 in steps of 1 is a product as it is,
/// others unroll the image into patches first.
constexpr void conv2d_gemm_tactic(launch_builder& b, const tiled_convolution& c, bool has_bias) {
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    const window& win = c.win;
    if (b.s.depth.in || c.groups > 1 || c.row_taps || c.pools || c.joins || c.is_sliced()
        || win.dilation_h < 1 || win.dilation_w < 1)
        return;
    const std::int64_t rows = std::int64_t{y.dims.n} * c.height * c.width;
    const std::int64_t depth = std::int64_t{c.depth} * win.kernel_h * win.kernel_w;
    if (rows * depth > most_gemm_scratch) return;
    const int x_row = pixel_stride(x.lay, x.dims), y_row = pixel_stride(y.lay, y.dims);
    const bool is_product = win.kernel_h * win.kernel_w == 1 && win.stride_h * win.stride_w == 1
        && x.dims.h == c.height && x.dims.w == c.width && win.pad_top == 0 && win.pad_left == 0
        && x_row >= 0;
    const bool finishes = has_bias || !b.s.epilogue.empty() || y_row < 0;
    gemm_tactic(b,
        {static_cast<int>(rows), c.out, static_cast<int>(depth), {1, 1, 1, 1},
            {x_row, x.lay.stride[1]},
            {c.along_depth ? 1 : c.row_of_weights, c.along_depth ? c.row_of_weights : 1},
            {y_row, y.lay.stride[1]}, has_bias ? 3 : 2, !is_product, finishes});
}

/// Whether output pixel p is made of input pixel p alone, and both can be named by their number: no size is divided by.
constexpr bool counts_pixels(const launch_builder& b, const tiled_convolution& c) {
    const view& x = b.s.inputs[0];
    const window& win = c.win;
    return c.groups == 1 && !c.row_taps && !c.pools && !c.joins && win.kernel_h * win.kernel_w == 1
        && win.stride_h * win.stride_w == 1 && !win.pad_top && !win.pad_left && x.dims.h == c.height
        && x.dims.w == c.width && pixel_stride(x.lay, x.dims) >= 0;
}

/// Arguments, defines and tactics: `r` is the recipe of the weights.
constexpr void finish_conv2d_tiled(
    launch_builder& b, const tiled_convolution& c, const weight_recipe& r) {
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    const window& win = c.win;
    const int chunk = chunk_elements(b.target);
    b.out.arguments.reserve(8);
    b.input(x);
    if (c.joins) b.input(b.s.inputs[1]);
    b.weights(b.pack(r));
    const int bias = b.pack_shift(y.dims.c, 4);
    if (bias >= 0) b.weights(bias);
    b.output(y);
    const std::int64_t rows = std::int64_t{y.dims.n} * c.height * c.width;
    const std::int64_t deep = std::int64_t{c.depth} * win.kernel_d * win.kernel_h * win.kernel_w;
    const auto all_read
        = [&](auto holds) { return holds(x) && (!c.joins || holds(b.s.inputs[1])); };
    const auto copies_at_once = [&](const view& v) {
        return v.dims.c / b.m.net->nodes[at(b.s.anchor)].attr.groups % chunk == 0
            && is_aligned(b.m, v, 1, chunk) && v.type == b.target.numbers.storage;
    };
    mma_ways ways;
    if (c.row_of_weights % chunk == 0) {
        const int a_copies = all_read(copies_at_once) ? 0 : 2, b_copies = c.along_depth ? 0 : 1;
        ways = find_mma_ways(b, rows, c.out, deep, c.groups, b_copies, r.tf32, reads_rounded(b));
        pass_mma(b, ways, a_copies, b_copies);
    }

    const bool by_four
        = c.depth % 4 == 0 && all_read([](const view& v) { return v.lay.stride[1] == 1; });
    b.define("BIAS", bias >= 0);
    b.define("A_WAY", by_four ? 0 : 2);
    b.define("B_WAY", c.along_depth ? 0 : 1);
    b.define("SLICED", c.is_sliced());
    define_asking(b, ways, rows, c.out);
    b.define("ROW_TAPS", c.row_taps);
    if (c.pools) b.define("POOLED", 1);
    if (c.joins) {
        b.define("JOINED", 1);
        b.define("X_CHANNELS", x.dims.c);
        constexpr const char* z_strides[] = {"Z_N", "Z_C", "Z_H", "Z_W"};
        for (int axis = 0; axis < 4; ++axis)
            b.define(z_strides[axis], b.s.inputs[1].lay.stride[axis]);
    }
    b.define("IN_FLOAT", b.is_wide(x));
    b.define(
        "ALIGNED_X", by_four && all_read([&](const view& v) { return is_aligned(b.m, v, 1); }));
    // Taps of a transposed convolution step backwards.
    const auto stays_inside
        = [](int before, int out_, int stride, int kernel, int dilation, int in) {
              return before == 0 && (dilation > 0 || kernel == 1)
                  && (out_ - 1) * stride + (kernel - 1) * dilation < in;
          };
    const bool crosses_depth = b.s.depth.in
        && !stays_inside(
            win.pad_front, b.s.depth.out, win.stride_d, win.kernel_d, win.dilation_d, b.s.depth.in);
    b.define("PADDED",
        crosses_depth
            || !stays_inside(
                win.pad_top, c.height, win.stride_h, win.kernel_h, win.dilation_h, x.dims.h)
            || !stays_inside(
                win.pad_left, c.width, win.stride_w, win.kernel_w, win.dilation_w, x.dims.w));
    // Slices of volumes are found by extents that functions use, as constants.
    const bool varies = !b.has_constant_sizes() && !b.s.depth.in;
    b.numbers_pixels
        = varies && !c.pools && win.dilation_h > 0 && win.dilation_w > 0 && counts_outputs(b);
    const bool numbers_inputs = b.numbers_pixels && counts_pixels(b, c);
    // Channels are the same at all shapes of a network.
    const bool shares_channels = numbers_inputs && b.target.sizes == size_form::arguments;
    if (varies) b.define("SIZES_VARY", 1);
    if (numbers_inputs)
        b.define("PIXELS_BY_NUMBER", 1);
    else if (b.numbers_pixels)
        b.define("OUTPUTS_BY_NUMBER", 1);
    const auto put = [&b](bool is_argument, const phrase& key, int value) {
        if (is_argument)
            b.number(key, value);
        else
            b.define(key, value);
    };
    put(varies, "ROWS", static_cast<int>(rows));
    put(shares_channels, "CI", c.depth);
    put(shares_channels, "OG", c.out);
    put(shares_channels, "ROW_OF_WEIGHTS", c.row_of_weights);
    if (numbers_inputs) {
        b.define("IH", 1);
        b.define("IW", "ROWS");
        b.define("OH", 1);
        b.define("OW", "ROWS");
    } else {
        put(varies, "IH", x.dims.h);
        put(varies, "IW", x.dims.w);
        put(varies, "OH", c.height);
        put(varies, "OW", c.width);
    }
    define_window(b, win);
    define_depth(b, true);
    b.define("PT", win.pad_top);
    b.define("PL", win.pad_left);
    constexpr const char* x_strides[] = {"X_N", "X_C", "X_H", "X_W"};
    constexpr const char* y_strides[] = {"Y_N", "Y_C", "Y_H", "Y_W"};
    const auto stride_of = [](const view& v, int axis, bool by_number) {
        return !by_number || axis == 1 ? v.lay.stride[axis]
            : axis == 3                ? pixel_stride(v.lay, v.dims)
                                       : 0;
    };
    // From a pixel to the next are the channels, where they are innermost.
    const auto changes = [&](const view& v, int axis) {
        return varies
            && (axis != 3 || v.lay.stride[1] != 1 || b.target.sizes == size_form::arguments);
    };
    for (int axis = 0; axis < 4; ++axis) {
        put(changes(x, axis), x_strides[axis], stride_of(x, axis, numbers_inputs));
        put(changes(y, axis), y_strides[axis], stride_of(y, axis, b.numbers_pixels));
    }
    const int lanes = tile_lanes(c.out, y.lay.stride[1]);
    b.define("VW", lanes);
    if (lanes == 4) define_alignment(b, 1);
    b.epilogue(epilogue_coordinates::image, lanes);

    b.out.flops = c.flops;
    mma_tactics(b, ways);
    tile_tactics(b, rows, c.out, deep, c.groups);
    conv2d_gemm_tactic(b, c, bias >= 0);
    b.finish("conv2d_tiled");
}

/// Windows over floats whose columns lie side by side, such as the patches of a caller's picture: four taps
/// are read at once.
constexpr bool reads_row_taps(const launch_builder& b) {
    const view& x = b.s.inputs[0];
    const window& win = b.s.win;
    if (b.s.depth.in) return false;
    for (int axis : {0, 1, 2})
        if (x.lay.stride[axis] % 4) return false;
    return b.m.net->nodes[at(b.s.anchor)].attr.groups == 1 && x.type == dtype::f32
        && x.lay.stride[3] == 1 && x.lay.stride[1] != 1 && win.kernel_w % 4 == 0
        && win.stride_w % 4 == 0 && win.dilation_w == 1 && win.pad_top == 0 && win.pad_left == 0
        && (b.s.output.dims.h - 1) * win.stride_h + (win.kernel_h - 1) * win.dilation_h < x.dims.h
        && (b.s.output.dims.w - 1) * win.stride_w + win.kernel_w <= x.dims.w;
}

constexpr bool select_conv2d_tiled(launch_builder& b) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    const window& win = b.s.win;
    const int groups = n.attr.groups;
    const bool joins = reads_concat(b.s.kind, b.s.inputs.size());
    const int depth = (x.dims.c + (joins ? b.s.inputs[1].dims.c : 0)) / groups,
              out = y.dims.c / groups;
    if (groups > 1 && (depth < 16 || out < 16 || out % 4)) return false;

    weight_recipe r;
    r.source = n.parameters[weight_slot];
    const int rows = win.kernel_d * win.kernel_h;  // of all slices
    r.dims = {y.dims.c, depth, rows, win.kernel_w};
    r.type = b.target.numbers.storage;
    r.folds = b.folds();
    // kh counts the rows of all slices: [kh][kw][I][O], or [group][kh][kw][I][O of a group]; for matrix units
    // that take floats, which must lie along the depth, [kh][kw][I / 16][O][16], or [O][kh][kw][I]
    const int pad = b.target.may_use_matrix_units() ? chunk_elements(b.target) : 4;
    const bool pools = ends_in_pool(*b.m.net, b.s.kind, b.s.node);
    const bool row_taps = !pools && !joins && reads_row_taps(b);
    const int height = pools ? y.dims.h * 2 : y.dims.h, width = pools ? y.dims.w * 2 : y.dims.w;
    const bool along_depth = groups == 1 && !row_taps && depth % 4 == 0
        && b.target.may_use_matrix_units() && b.target.stores_floats();
    const int row_of_weights = along_depth ? depth * rows * win.kernel_w
        : groups == 1                      ? (out + pad - 1) / pad * pad
                                           : out;
    r.inner[0] = along_depth ? 1 : groups == 1 ? pad : out;
    r.tf32 = along_depth;
    if (row_taps)
        r.set_order({2, 3, 4, 5, 6, 7, 0, 1});
    else if (along_depth && depth % depth_slice == 0) {
        r.inner[1] = depth_slice;
        r.set_order({4, 5, 6, 7, 2, 0, 1, 3});
    } else if (along_depth)
        r.set_order({0, 1, 4, 5, 6, 7, 2, 3});
    else if (groups == 1)
        r.set_order({4, 5, 6, 7, 2, 3, 0, 1});
    else
        r.set_order({0, 4, 5, 6, 7, 2, 3, 1});
    b.define("UP_H", 1);
    b.define("UP_W", 1);
    finish_conv2d_tiled(b,
        {groups, depth, out, height, width, win, row_of_weights, row_taps, pools, joins,
            along_depth,
            2 * std::int64_t{y.dims.n} * height * width * y.dims.c * depth * rows * win.kernel_w},
        r);
    return true;
}

/// Transposed convolutions of one group: output pixel p is of residue (p + pad) % stride, and the
/// taps t of its residue, tap t * stride + residue of the window, meet the input pixels q - t with
/// q = (p + pad) / stride. Taps beyond the window weigh zero.
constexpr bool select_conv_transpose_tiled(launch_builder& b) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    const window& win = b.s.win;
    if (b.s.depth.in || n.attr.groups > 1 || win.dilation_h != 1 || win.dilation_w != 1
        || win.stride_h * win.stride_w == 1)
        return false;
    weight_recipe r;  // [residue h][residue w][tap h][tap w][I][O]
    r.source = n.parameters[weight_slot];
    r.dims = {x.dims.c, y.dims.c, win.kernel_h, win.kernel_w};
    r.type = b.target.numbers.storage;
    r.folds = b.folds();
    r.axis = 1;
    const int pad = b.target.may_use_matrix_units() ? chunk_elements(b.target) : 4;
    r.inner[1] = pad;
    r.inner[2] = win.stride_h;
    r.inner[3] = win.stride_w;
    r.set_order({5, 7, 4, 6, 0, 1, 2, 3});
    b.define("UP_H", win.stride_h);
    b.define("UP_W", win.stride_w);
    b.define("CUT_H", win.pad_top);
    b.define("CUT_W", win.pad_left);
    b.define("END_H", y.dims.h);
    b.define("END_W", y.dims.w);
    window taps = win;
    taps.kernel_h = (win.kernel_h + win.stride_h - 1) / win.stride_h;
    taps.kernel_w = (win.kernel_w + win.stride_w - 1) / win.stride_w;
    taps.stride_h = taps.stride_w = 1;
    taps.dilation_h = taps.dilation_w = -1;
    taps.pad_top = taps.pad_left = 0;
    finish_conv2d_tiled(b,
        {win.stride_h * win.stride_w, x.dims.c, y.dims.c,
            (y.dims.h + win.pad_top + win.stride_h - 1) / win.stride_h,
            (y.dims.w + win.pad_left + win.stride_w - 1) / win.stride_w, taps,
            (y.dims.c + pad - 1) / pad * pad, false, false, false, false,
            2 * x.dims.count() * y.dims.c * win.kernel_h * win.kernel_w},
        r);
    return true;
}

inline constexpr family_row conv2d_tiled_family{.kind = op::conv2d,
    .select = select_conv2d_tiled,
    .rank = 50,
    .reads = input_form::picture,
    .on = family_targets::channels_last,
    .outputs = real_or_bytes,
    .pools = true,
    .joins = true};
inline constexpr family_row conv_transpose_tiled_family{.kind = op::conv_transpose2d,
    .select = select_conv_transpose_tiled,
    .rank = 20,
    .reads = input_form::image,
    .on = family_targets::channels_last};

}  // namespace lamina::planner
