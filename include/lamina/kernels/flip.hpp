// SPDX-License-Identifier: Apache-2.0
// Axes in reverse order, of a tensor of any layout and element type.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_flip(launch_builder& b) {
    const step& s = b.s;
    const unsigned mask = b.m.net->nodes[at(s.anchor)].attr.mask;
    const view &x = s.inputs[0], &y = s.output;
    b.input(x);
    b.output(y);
    if (y.type == dtype::i32) b.define("INTS", 1);
    if (size_bytes(y.type) == 1) b.define("REAL_BYTES", 1);
    for (int axis = 0; axis < max_rank; ++axis) {
        const bool turns = mask >> axis & 1u;
        if (turns) b.number("LAST", axis, y.dims[axis] - 1);
        b.put("#define FROM", axis);
        b.put(turns ? phrase("(i) (LAST") : phrase("(i) (i"), turns ? axis : -1);
        b.end(turns ? phrase("-(i))") : phrase(")"));
    }
    b.address("x", x);
    b.address("y", y);
    b.elements(y);
    b.element_tactics();
    b.finish("flip");
    return true;
}

inline constexpr family_row flip_family{
    .kind = op::flip, .select = select_flip, .inputs = all_types, .outputs = all_types};

}  // namespace lamina::planner
