// SPDX-License-Identifier: Apache-2.0
// Running sums and products along an axis of any layout.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_scan(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    const int count = x.dims[attr.axis];
    b.input(x);
    b.output(y);
    if (y.type == dtype::i32) b.define("INTS", 1);
    b.define("PRODUCT", static_cast<scan_kind>(attr.kind) == scan_kind::product);
    b.define("EXCLUSIVE", attr.exclusive);
    b.define("BACKWARDS", attr.backwards);
    b.number("COUNT", count);
    b.address("x", x);
    b.address("y", y);
    line(b, "x", attr.axis);
    line(b, "y", attr.axis);
    view all = y;
    all.dims.at(attr.axis) = 1;
    lines(b, all, choose_parts(b, count, all.dims.count()));
    b.finish("scan");
    return true;
}

inline constexpr family_row scan_family{
    .kind = op::scan, .select = select_scan, .inputs = stored_types, .outputs = stored_types};

}  // namespace lamina::planner
