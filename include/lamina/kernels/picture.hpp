// SPDX-License-Identifier: Apache-2.0
// Pictures to another size, order of channels, layout and scale: a pixel per work-item.
#pragma once
#include <lamina/graph/picture_rule.hpp>
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_picture(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const attributes& attr = n.attr;
    const view &x = s.inputs[0], &y = s.output;
    const int from = attr.axis, to = attr.order[0];
    const int rows = from == 1 ? 2 : 1;
    b.input(x);
    b.output(y);
    b.define("X_BYTES", x.type == dtype::u8);
    b.define("IN_FLOAT", b.is_wide(x));
    if (y.type == dtype::u8) b.define("OUT_BYTES", 1);
    b.define("MODE",
        static_cast<resize_kind>(attr.kind) == resize_kind::nearest                      ? 1
            : attr.win.kernel_h == x.dims[rows] && attr.win.kernel_w == x.dims[rows + 1] ? 0
                                                                                         : 2);
    b.define("ROUNDED", static_cast<int>(attr.rounded));
    b.define("CHANNELS", y.dims[to]);
    b.define("X_C", x.dims[from]);
    b.number("X_H", x.dims[rows]);
    b.number("X_W", x.dims[rows + 1]);
    b.number("R_H", attr.win.kernel_h);
    b.number("R_W", attr.win.kernel_w);
    b.number("TOP", attr.win.pad_top);
    b.number("LEFT", attr.win.pad_left);
    b.number("PAD", bits_of(attr.scalars[0]));
    for (int c = 0; c < 4; ++c) {
        b.define(c == 0  ? "ORDER0"
                : c == 1 ? "ORDER1"
                : c == 2 ? "ORDER2"
                         : "ORDER3",
            n.numbers[at(detail::picture_order + c)]);
        b.number("FACTOR", c, n.numbers[at(detail::picture_factor + c)]);
        b.number("SUMMAND", c, n.numbers[at(detail::picture_summand + c)]);
    }
    b.address("x", x);
    b.address("y", y);
    b.define("ROW", to == 1 ? "i2" : "i1");
    b.define("COLUMN", to == 1 ? "i3" : "i2");
    b.define("FROM(r,q,c)", from == 1 ? "AT_x(i0,(c),(r),(q),0,0)" : "AT_x(i0,(r),(q),(c),0,0)");
    b.define("TO(c)", to == 1 ? "AT_y(i0,(c),i2,i3,0,0)" : "AT_y(i0,i1,i2,(c),0,0)");
    view pixels_ = y;
    pixels_.dims.at(to) = 1;
    b.elements(pixels_);
    b.element_tactics();
    b.finish("picture");
    return true;
}

inline constexpr family_row picture_family{.kind = op::picture,
    .select = select_picture,
    .reads = input_form::rows,
    .writes = output_form::rows,
    .inputs = all_types,
    .outputs = all_types};

}  // namespace lamina::planner
