// SPDX-License-Identifier: Apache-2.0
// What the taps of a deformable convolution see, of images in any layout.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_deform(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    const window& win = b.s.win;
    const int group = x.dims.c / attr.groups;
    // The lanes of a vector have one offset.
    const bool has_pixels = is_image_view(b, x) && is_image_view(b, y)
        && (attr.groups == 1 || !b.target.blocks_channels() || group % b.target.channel_block == 0);
    const int lanes = has_pixels ? image_lanes(b, group) : 1;
    b.input(x);
    b.input(s.inputs[1]);
    const bool modulated = s.inputs.size() > 2;
    if (modulated) b.input(s.inputs[2]);
    b.output(y);
    b.define("PIXELS", has_pixels);
    b.define("MODULATED", modulated);
    b.number("TAPS", win.kernel_h * win.kernel_w);
    b.number("KW", win.kernel_w);
    b.number("GROUPS", attr.groups);
    b.number("GROUP", group);
    number_window(b, win);
    b.number("X_H", x.dims.h);
    b.number("X_W", x.dims.w);
    b.address("offsets", s.inputs[1]);
    if (modulated) b.address("factors", s.inputs[2]);
    if (has_pixels) {
        image_strides(b, "X_S", x, lanes);
        pixels(b, y, lanes);
    } else {
        b.define("VW", 1);
        b.address("x", x);
        b.address("y", y);
        b.elements(y);
    }
    b.element_tactics();
    b.finish("deform");
    return true;
}

inline constexpr family_row deform_family{
    .kind = op::deform, .select = select_deform, .reads = input_form::image};

}  // namespace lamina::planner
