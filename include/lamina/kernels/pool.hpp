// SPDX-License-Identifier: Apache-2.0
// Pools of images and volumes: a vector of channels per work-item, or a work-group where few windows are wide.
#pragma once
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/tile_cost.hpp>

namespace lamina::planner {

constexpr bool select_pool(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output, *indices = s.further_view(1);
    const bool planes = has_planes(b, x, y);
    if (!planes && (!is_image_view(b, x) || !is_image_view(b, y))) return false;
    const auto kind = static_cast<pool_kind>(n.attr.kind);
    const bool is_adaptive = kind == pool_kind::adaptive_average || kind == pool_kind::adaptive_max;
    const bool is_maximum = kind == pool_kind::max || kind == pool_kind::adaptive_max;
    const window& win = b.s.win;
    const int lanes = planes ? 1 : image_lanes(b, y.dims.c);
    const int in = s.depth.in ? s.depth.in : 1, out = s.depth.in ? s.depth.out : 1;
    const std::int64_t window_size = is_adaptive
        ? std::int64_t{in} * x.dims.h * x.dims.w / (out * y.dims.h * y.dims.w)
        : std::int64_t{win.kernel_d} * win.kernel_h * win.kernel_w;
    const bool is_split
        = !b.target.is_cpu() && !indices && window_size >= 32 && y.dims.count() / lanes < 65536;
    // Work-items that share a window, and vectors of channels of a group: as wide as there are channels
    // but so narrow that each unit has two groups, then as deep as the window and 256 work-items allow,
    // NVIDIA's limit for a kernel.
    int split = is_split ? 16 : 1, split_lanes = 16;
    const auto groups = [&] {
        return std::int64_t{(y.dims.c + lanes * split_lanes - 1) / (lanes * split_lanes)} * y.dims.n
            * y.dims.h * y.dims.w;
    };
    while (is_split && split_lanes > 4 && split_lanes / 2 * lanes >= y.dims.c) split_lanes /= 2;
    while (is_split && split_lanes > 1 && groups() < 2 * tile_units) split_lanes /= 2;
    while (is_split && split * split_lanes < 256 && split * 8 <= window_size) split *= 2;

    byte_input(b, x);
    b.output(y);
    if (indices) {
        b.output(*indices);
        b.define("INDEX", 1);
        b.define("WHOLE_TENSOR", n.attr.indices == index_space::tensor);
        b.number("X_C", x.dims.c);
        b.address("at", *indices);
    }
    b.define("MAXIMUM", is_maximum);
    b.define("ADAPTIVE", is_adaptive);
    b.define("PADDING", n.attr.count_include_pad);
    b.number("DIVISOR", is_maximum ? 0 : bits_of(n.attr.scalars[0]));
    b.define("HAS_DIVISOR", !is_maximum && n.attr.scalars[0] != 0);
    b.define("SPLIT", split);
    b.define("SPLIT_LANES", split_lanes);
    b.number("X_H", x.dims.h);
    b.number("X_W", x.dims.w);
    define_depth(b);
    if (s.depth.in) b.number("PB", win.pad_back);
    if (!is_adaptive) {
        b.number("KH", win.kernel_h);
        b.number("KW", win.kernel_w);
        b.number("STRIDE_H", win.stride_h);
        b.number("STRIDE_W", win.stride_w);
        b.number("PAD_TOP", win.pad_top);
        b.number("PAD_LEFT", win.pad_left);
        b.number("PAD_BOTTOM", win.pad_bottom);
        b.number("PAD_RIGHT", win.pad_right);
        b.number("DILATION_H", win.dilation_h);
        b.number("DILATION_W", win.dilation_w);
    }
    image_strides(b, "X_S", x, lanes);
    const text<40> valid = pixels(b, y, lanes, split);
    b.epilogue(epilogue_coordinates::image, lanes, valid.view());
    if (split > 1) {
        tactic t;
        t.label.append("split").append(split).append('x').append(split_lanes);
        t.tile[0] = t.local[0] = split_lanes;
        t.local[1] = split;
        t.local_bytes = split * split_lanes * lanes * 4;
        b.tactic_of(t);
    } else {
        b.element_tactics();
    }
    b.finish("pool");
    return true;
}

inline constexpr family_row pool_family{.kind = op::pool,
    .select = select_pool,
    .reads = input_form::planes,
    .inputs = real_or_bytes,
    .outputs = type_set{dtype::f32, dtype::f16, dtype::bf16, dtype::i32, dtype::u8}};

}  // namespace lamina::planner
