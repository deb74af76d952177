// SPDX-License-Identifier: Apache-2.0
// Softmax along an axis of any layout.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// On the `cpu` class, where elements or lines lie side by side.
constexpr bool select_softmax_lanes(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    const int last = y.dims.rank - 1, count = y.dims[attr.axis], width = y.dims[last];
    const bool along = attr.axis == last;
    if (x.lay.block > 1 || y.lay.block > 1 || x.type != b.target.numbers.storage
        || x.lay.stride[last] != 1 || y.lay.stride[last] != 1 || (!along && width < 16))
        return false;
    view from = x, to = y, all = y;
    all.dims.at(attr.axis) = 1;
    b.input(x);
    b.output(y);
    b.define("VW", 16);
    b.define("ALONG", along);
    b.define("LOGARITHM", attr.log);
    b.number("COUNT", count);
    if (along) {
        b.define("SHORT", count < 16);
        b.number("TAIL", count % 16);
    } else {
        from.lay.stride[last] = to.lay.stride[last] = 16;
        all.dims.at(last) = (width + 15) / 16;
        text<8> column;
        column.append('i').append(last);
        b.define("COLUMN", column);
        b.number("WIDTH", width);
    }
    b.address("x", from);
    b.address("y", to);
    line(b, "x", attr.axis);
    line(b, "y", attr.axis);
    b.elements(all);
    tactic made;
    made.label.append("line");
    b.tactic_of(made);
    b.finish("softmax_lanes");
    return true;
}

constexpr bool select_softmax(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    if (y.lay.block > 1) return false;
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

inline constexpr family_row softmax_lanes_family{
    .kind = op::softmax, .select = select_softmax_lanes, .rank = 10, .on = family_targets::cpu};
inline constexpr family_row softmax_family{.kind = op::softmax, .select = select_softmax};

}  // namespace lamina::planner
