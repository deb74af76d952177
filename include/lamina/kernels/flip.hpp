// SPDX-License-Identifier: Apache-2.0
// Axes in reverse order, turned and repeated ones, of a tensor of any layout and element type.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// The kernel of both: define_from(axis, x, y) writes FROM0 ..., the index in x of an index of the output.
template <class Define> constexpr bool select_turned(launch_builder& b, const Define& define_from) {
    const view &x = b.s.inputs[0], &y = b.s.output;
    b.input(x);
    b.output(y);
    define_moved(b, y.type);
    for (int axis = 0; axis < max_rank; ++axis) define_from(axis, x, y);
    b.address("x", x);
    b.address("y", y);
    b.elements(y);
    b.element_tactics();
    b.finish("flip");
    return true;
}

constexpr bool select_flip(launch_builder& b) {
    const unsigned mask = b.m.net->nodes[at(b.s.anchor)].attr.mask;
    return select_turned(b, [&](int axis, const view&, const view& y) {
        const bool turns = mask >> axis & 1u;
        if (turns) b.number("LAST", axis, y.dims[axis] - 1);
        b.put("#define FROM", axis);
        b.put(turns ? phrase("(i) (LAST") : phrase("(i) (i"), turns ? axis : -1);
        b.end(turns ? phrase("-(i))") : phrase(")"));
    });
}

constexpr bool select_wrap(launch_builder& b) {
    const attributes& attr = b.m.net->nodes[at(b.s.anchor)].attr;
    return select_turned(b, [&](int axis, const view& x, const view& y) {
        const bool is_same = x.dims[axis] == y.dims[axis] && !attr.starts[axis];
        if (!is_same) {
            b.number("START", axis, attr.starts[axis]);
            b.number("X_N", axis, x.dims[axis]);
        }
        b.put("#define FROM", axis);
        b.put(is_same ? phrase("(i) (i") : phrase("(i) ((i+START"), is_same ? -1 : axis);
        if (!is_same) b.put(")%X_N", axis);
        b.end(")");
    });
}

inline constexpr family_row flip_family{
    .kind = op::flip, .select = select_flip, .inputs = all_types, .outputs = all_types};
inline constexpr family_row wrap_family{
    .kind = op::wrap, .select = select_wrap, .inputs = all_types, .outputs = all_types};

}  // namespace lamina::planner
