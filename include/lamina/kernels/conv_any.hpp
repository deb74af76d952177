// SPDX-License-Identifier: Apache-2.0
// Accepts every convolution that no faster family does.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// Packs a convolution's weight as w[o / VW][kd][ky][kx][c][o % VW], c within the group.
constexpr int pack_conv_any(launch_builder& b, const node& n, int lanes) {
    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.type = b.target.numbers.storage;
    const shape& dims = b.m.net->parameters[at(r.source)].dims;
    const window& win = b.s.win;
    const int rows = win.kernel_d * win.kernel_h;  // of all slices
    if (n.kind == op::conv2d) {
        // The output's channels are those of all layers side by side.
        r.dims = {b.s.output.dims.c, dims.c, rows, win.kernel_w};
        r.inner[0] = lanes;
        r.order_size = 8;
        const int order[8] = {0, 4, 5, 6, 7, 2, 3, 1};
        for (int i = 0; i < 8; ++i) r.order[i] = order[i];
        return b.pack(r);
    }
    // [groups][C / groups][O / groups][kd ky][kx]
    r.dims = {n.attr.groups, dims.n / n.attr.groups, dims.c, rows, win.kernel_w};
    r.axis = 2;
    r.inner[2] = lanes;
    r.order_size = 10;
    const int order[10] = {0, 1, 4, 6, 7, 8, 9, 2, 3, 5};
    for (int i = 0; i < 10; ++i) r.order[i] = order[i];
    return b.pack(r);
}

constexpr bool select_conv_any(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const bool is_blocked = b.target.blocks_channels();
    const bool is_transposed = s.kind == op::conv_transpose2d;
    const int group_in = x.dims.c / n.attr.groups, group_out = y.dims.c / n.attr.groups;
    const bool is_float = b.is_wide(x);
    const bool is_depthwise = !is_transposed && group_in == 1 && group_out == 1 && n.attr.groups > 1
        && is_image_view(b, x) && !is_float;
    const bool has_pixels = is_image_view(b, y)
        && (n.attr.groups == 1 || is_depthwise || !is_blocked
            || group_out % b.target.channel_block == 0);
    const int lanes = !has_pixels ? 1 : image_lanes(b, is_depthwise ? y.dims.c : group_out);

    b.input(x);
    b.weights(pack_conv_any(b, n, lanes));
    const int shift = b.pack_shift(y.dims.c, lanes);
    if (shift >= 0) b.weights(shift);
    b.output(y);
    b.define("X_FLOAT", is_float);
    b.define("BIAS", shift >= 0);
    b.define("TRANSPOSED", is_transposed);
    b.define("DEPTHWISE", is_depthwise);
    b.define("GROUPED", n.attr.groups > 1);
    b.define("PIXELS", has_pixels);
    const window& win = b.s.win;
    b.number("KH", win.kernel_h);
    b.number("KW", win.kernel_w);
    number_window(b, win);
    b.number("CG", group_in);
    b.number("OG", group_out);
    b.number("X_H", x.dims.h);
    b.number("X_W", x.dims.w);
    define_depth(b);
    view slice = x;
    if (s.depth.in) {
        b.number("X_D", x.lay.stride[0]);
        slice.dims.n = 1;
    }
    b.address("x", slice);
    if (has_pixels) {
        const text<40> valid = pixels(b, y, lanes);
        b.epilogue(epilogue_coordinates::image, lanes, valid.view());
    } else {
        b.address("y", y);
        b.elements(y);
        b.epilogue(epilogue_coordinates::elements, 1);
    }
    b.out.flops = 2 * (is_transposed ? x.dims.count() * group_out : y.dims.count() * group_in)
        * win.kernel_d * win.kernel_h * win.kernel_w;
    b.element_tactics();
    b.finish("conv_any");
    return true;
}

inline constexpr family_row conv_any_family{.kind = op::conv2d,
    .select = select_conv_any,
    .reads = input_form::picture,
    .outputs = real_or_bytes};
inline constexpr family_row conv_any_transposed_family{
    .kind = op::conv_transpose2d, .select = select_conv_any, .reads = input_form::image};

}  // namespace lamina::planner
