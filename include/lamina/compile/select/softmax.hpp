// SPDX-License-Identifier: Apache-2.0
// Softmax along an axis of any layout.
#pragma once
#include <lamina/compile/select/positions.hpp>

namespace lamina::compile {

constexpr bool select_softmax(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    if (y.lay.block > 1)
        return false;
    b.input(x);
    b.output(y);
    b.define("LOGARITHM", attr.log);
    b.number("COUNT", y.dims[attr.axis]);
    b.address("x", x);
    b.address("y", y);
    line(b, "x", attr.axis);
    line(b, "y", attr.axis);
    view all = y;
    all.dims.at(attr.axis) = 1;
    lines(b, all, choose_parts(b, y.dims[attr.axis], all.dims.count()));
    b.finish("softmax");
    return true;
}

} // namespace lamina::compile
