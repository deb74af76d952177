// SPDX-License-Identifier: Apache-2.0
// Elements added around a tensor of any layout.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_pad(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    b.input(x);
    b.output(y);
    const auto kind = static_cast<pad_kind>(attr.kind);
    b.define("KIND", kind == pad_kind::constant ? 0 : kind == pad_kind::reflect ? 1 : 2);
    if (kind == pad_kind::constant) b.number("VALUE", bits_of(attr.scalars[0]));
    for (int axis = 0; axis < max_rank; ++axis) {
        b.number("BEFORE", axis, axis < x.dims.rank ? attr.starts[axis] : 0);
        b.number("X_N", axis, x.dims[axis]);
    }
    b.address("x", x);
    b.address("y", y);
    b.elements(y);
    b.element_tactics();
    b.finish("pad");
    return true;
}

inline constexpr family_row pad_family{.kind = op::pad, .select = select_pad};

}  // namespace lamina::planner
