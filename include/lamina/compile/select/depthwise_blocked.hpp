// SPDX-License-Identifier: Apache-2.0
// conv2d with as many groups as channels, on blocks of 16 channels.
#pragma once
#include <lamina/compile/select/positions.hpp>

namespace lamina::compile {

constexpr bool select_depthwise_blocked(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    if (b.goal.images != image_order::blocked || b.goal.channel_block != 16
        || n.attr.groups != x.dims.c || y.dims.c != x.dims.c || x.dims.c == 1
        || x.lay.block != 16 || y.lay.block != 16 || y.shift)
        return false;
    const window& win = n.attr.win;
    const int blocks = (x.dims.c + 15) / 16;

    weight_recipe r; // w[C/16][kh][kw][16]
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.dims = {x.dims.c, win.kernel_h, win.kernel_w};
    r.inner[0] = 16;
    r.type = b.goal.storage;
    r.set_order({0, 2, 3, 4, 5, 1});
    weighted_buffers(b, x, r, x.dims.c, 16, y);
    b.define("VW", 16);
    define_window(b, win);
    b.number("PT", win.pad_top);
    b.number("PL", win.pad_left);
    b.number("IH", x.dims.h);
    b.number("IW", x.dims.w);
    b.number("OW", y.dims.w);
    b.number("CB", blocks);
    b.number("XS_N", x.lay.stride[0]);
    b.number("XS_C", x.lay.stride[1]);
    b.number("XS_H", x.lay.stride[2]);
    b.number("YS_N", y.lay.stride[0]);
    b.number("YS_C", y.lay.stride[1]);
    b.number("YS_H", y.lay.stride[2]);
    if (y.dims.c % 16)
        b.define("TAIL", y.dims.c);
    b.epilogue(frame::image, 16, y.dims.c % 16 ? "TAIL-(i1)*16" : "");
    b.out.extents[0] = y.dims.w;
    b.out.extents[1] = y.dims.h;
    b.out.extents[2] = y.dims.n * blocks;
    b.out.flops = 2 * y.dims.count() * win.kernel_h * win.kernel_w;
    for (int tw : {14, 16, 8, 7, 4}) { // widest without waste first, the rest for the tuner
        if (y.dims.w % tw && tw != 4)
            continue;
        tactic made;
        made.label.append("pixels").append(tw);
        made.defines.append("#define TW ").append(tw).append('\n');
        made.tile[0] = tw;
        b.tactic_of(made);
    }
    b.finish("depthwise_blocked");
    return true;
}

} // namespace lamina::compile
