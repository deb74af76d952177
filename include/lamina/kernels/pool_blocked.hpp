// SPDX-License-Identifier: Apache-2.0
// Pools over sliding windows, on blocks of channels.
#pragma once
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/packing_guide.hpp>

namespace lamina::planner {

/// Tiles of TW pixels: the widest that the row has, and a narrower one for the tuner.
constexpr void add_strip_tactics(launch_builder& b, int width) {
    constexpr int rows = 8;
    for (int pixels : {14, 7, 4, 2, 1}) {
        if (pixels > width || b.tactics.size() == at(tactics_of(b.m, 2))) continue;
        tactic made;
        made.label.append("tile").append(rows).append('x').append(pixels);
        made.defines.append("#define TH ").append(rows);
        made.defines.append("\n#define TW ").append(pixels).append('\n');
        made.tile[0] = pixels;
        made.tile[1] = rows;
        b.tactic_of(made);
    }
}

constexpr bool select_pool_blocked(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const window& win = b.s.win;
    const auto kind = static_cast<pool_kind>(n.attr.kind);
    // Larger windows are rare, and their unrolled text would be long.
    if (!is_image_view(b, x) || !is_image_view(b, y)
        || (kind != pool_kind::max && kind != pool_kind::average) || win.kernel_h > 7
        || win.kernel_w > 7 || win.stride_w > 4 || win.dilation_w > 2)
        return false;
    // A window that follows from the image is another one at each shape, and so is its text: networks with dims
    // take the family whose windows are arguments.
    const bool is_whole = win.kernel_h == x.dims.h && win.kernel_w == x.dims.w;
    if (b.m.guide && (is_whole || n.attr.adapts)) return false;
    const bool is_maximum = kind == pool_kind::max;
    const int block = b.target.channel_block;
    byte_input(b, x);
    b.output(y);
    b.define("VW", block);
    b.define("MAXIMUM", is_maximum);
    b.define("PADDING", n.attr.count_include_pad);
    b.number("DIVISOR", is_maximum ? 0 : bits_of(n.attr.scalars[0]));
    b.define("HAS_DIVISOR", !is_maximum && n.attr.scalars[0] != 0);
    define_window(b, win);
    define_depth(b);
    if (s.depth.in) b.number("PB", win.pad_back);
    b.number("PT", win.pad_top);
    b.number("PL", win.pad_left);
    b.number("PAD_BOTTOM", win.pad_bottom);
    b.number("PAD_RIGHT", win.pad_right);
    b.number("IH", x.dims.h);
    b.number("IW", x.dims.w);
    b.number("OH", y.dims.h);
    b.number("OW", y.dims.w);
    tiles_of_blocks(b, x, y);
    add_strip_tactics(b, y.dims.w);
    b.finish("pool_blocked");
    return true;
}

inline constexpr family_row pool_blocked_family{.kind = op::pool,
    .select = select_pool_blocked,
    .rank = 10,
    .reads = input_form::planes,
    .on = family_targets::blocks,
    .inputs = real_or_bytes,
    .outputs = real_or_bytes};

}  // namespace lamina::planner
