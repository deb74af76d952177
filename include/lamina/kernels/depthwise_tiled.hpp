// SPDX-License-Identifier: Apache-2.0
// Selects depthwise convolutions (one channel per group, one output each) of channels-last images.
#pragma once
#include <lamina/planner/byte_recipes.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/tile_cost.hpp>

namespace lamina::planner {

/// Pixels along w that a work-item computes: more while the device stays full, because they share input
/// (less of it where windows move by more than 1).
constexpr void depthwise_tactics(launch_builder& b, int vectors, int width, int rows, int stride) {
    const std::int64_t all = std::int64_t{vectors} * width * rows;
    const std::int64_t full = std::int64_t{tile_units} * 512;
    const int wanted = width >= 4 && all / 4 >= full && stride == 1 ? 4
        : width >= 2 && all / 2 >= full                             ? 2
                                                                    : 1;
    int across = 1;
    while (across < vectors && across < 32) across *= 2;
    for (int pass = 0; pass < 2; ++pass)
        for (int pixels : {1, 2, 4, 8}) {
            if ((pixels == wanted) != (pass == 0)) continue;
            int along = 1;
            while (along * across < 128 && along * pixels < width) along *= 2;
            int deep = 1;  // at most 64: NVIDIA's limit along the third axis
            while (deep < 64 && across * along * deep < 128) deep *= 2;
            tactic t;
            t.label.append("row").append(pixels);
            t.defines.append("#define TW ").append(pixels).append('\n');
            t.tile[0] = t.local[0] = across;
            t.tile[1] = along * pixels;
            t.local[1] = along;
            t.tile[2] = t.local[2] = deep;
            b.tactic_of(t);
        }
    b.out.extents[0] = vectors;
    b.out.extents[1] = width;
    b.out.extents[2] = rows;
}

/// One channel per group and windows that registers hold; of bytes, which no other family reads, all windows that
/// byte_values has.
constexpr bool takes_depthwise_tiled(
    const module& m, const lamina::target&, const fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    const window win = window_of(n);
    return n.attr.groups == n.dims.c && m.net->nodes[at(w.inputs[0])].dims.c == n.dims.c
        && (m.net->nodes[at(w.inputs[0])].type == dtype::u8
            || (win.kernel_h * win.kernel_w <= 121 && win.kernel_w * win.dilation_w <= 64))
        && !is_picture(*m.net, w.inputs[0]);
}

constexpr bool select_depthwise_tiled(launch_builder& b) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    const view& x = b.s.inputs[0];
    const view& y = b.s.output;
    const window& win = b.s.win;
    const int channels = y.dims.c;
    if (b.s.row >= 0 || b.s.depth.in
        || (channels > 1 && (x.lay.stride[1] != 1 || y.lay.stride[1] != 1)) || b.is_wide(x))
        return false;

    const bool bytes = x.type == dtype::u8;
    weight_recipe r;
    if (bytes) {
        r = byte_recipe(b, byte_form::weight);
    } else {
        r.source = n.parameters[weight_slot];
        r.folds = b.folds();
    }
    r.dims = {channels, 1, win.kernel_h, win.kernel_w};
    r.inner[0] = 4;
    r.type = bytes ? dtype::i8 : b.target.numbers.storage;
    r.set_order({4, 5, 6, 7, 2, 3, 0, 1});

    b.out.arguments.reserve(8);
    if (bytes) {
        const int shift = b.pack_shift(channels, 4);
        byte_input(b, x);
        b.weights(b.pack(r));
        b.weights(pack_line(b, byte_form::factor, channels, 4));
        b.weights(pack_zero_point(b));
        if (shift >= 0) b.weights(shift);
        b.output(y);
        b.define("BIAS", shift >= 0);
    } else {
        weighted_buffers(b, x, r, channels, 4, y);
    }
    b.define("N", y.dims.n);
    b.define("C", channels);
    b.define("IH", x.dims.h);
    b.define("IW", x.dims.w);
    b.define("OH", y.dims.h);
    b.define("OW", y.dims.w);
    define_window(b, win);
    b.define("PT", win.pad_top);
    b.define("PL", win.pad_left);
    b.define("X_N", x.lay.stride[0]);
    b.define("X_H", x.lay.stride[2]);
    b.define("X_W", x.lay.stride[3]);
    b.define("Y_N", y.lay.stride[0]);
    b.define("Y_H", y.lay.stride[2]);
    b.define("Y_W", y.lay.stride[3]);
    const int lanes = tile_lanes(channels, 1);
    b.define("VW", lanes);
    if (lanes == 4 && is_aligned(b.m, x, 1)) define_alignment(b, 1);
    b.epilogue(epilogue_coordinates::image, lanes);
    b.out.flops = 2 * y.dims.count() * win.kernel_h * win.kernel_w;
    depthwise_tactics(b, channels / lanes, y.dims.w, y.dims.n * y.dims.h, win.stride_w);
    b.finish("depthwise_tiled");
    return true;
}

inline constexpr family_row depthwise_tiled_family{.kind = op::conv2d,
    .select = select_depthwise_tiled,
    .rank = 40,
    .reads = input_form::image,
    .on = family_targets::channels_last,
    .inputs = real_or_bytes,
    .outputs = real_or_bytes,
    .takes = takes_depthwise_tiled};

}  // namespace lamina::planner
