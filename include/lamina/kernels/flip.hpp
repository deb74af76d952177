// SPDX-License-Identifier: Apache-2.0
// Axes in reverse order, turned and repeated ones, of a tensor of any layout and element type.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// The kernel of both: define_from(axis, x, y) writes FROM0 ..., the index in x of an index of the output. On CPUs
/// a last axis that `keeps_last` is copied as a whole where it lies side by side.
template <class Define>
constexpr bool select_turned(launch_builder& b, bool keeps_last, const Define& define_from) {
    const view &x = b.s.inputs[0], &y = b.s.output;
    const int last = y.dims.rank - 1;
    const bool by_lines = keeps_last && b.target.is_cpu() && last > 0 && y.dims[last] >= 8
        && x.lay.block == 1 && y.lay.block == 1 && x.lay.stride[last] == 1
        && y.lay.stride[last] == 1;
    b.input(x);
    b.output(y);
    define_moved(b, y.type);
    for (int axis = 0; axis < max_rank; ++axis) define_from(axis, x, y);
    b.address("x", x);
    b.address("y", y);
    view visited = y;
    if (by_lines) {
        b.number("LINE", y.dims[last]);
        visited.dims.at(last) = 1;
    } else {
        b.define("LINE", 1);
    }
    b.elements(visited);
    b.element_tactics();
    b.finish("flip");
    return true;
}

constexpr bool select_flip(launch_builder& b) {
    const unsigned mask = b.m.net->nodes[at(b.s.anchor)].attr.mask;
    const int last = b.s.output.dims.rank - 1;
    return select_turned(
        b, last >= 0 && !(mask >> last & 1u), [&](int axis, const view&, const view& y) {
            const bool turns = mask >> axis & 1u;
            if (turns) b.number("LAST", axis, y.dims[axis] - 1);
            b.put("#define FROM", axis);
            b.put(turns ? phrase("(i) (LAST") : phrase("(i) (i"), turns ? axis : -1);
            b.end(turns ? phrase("-(i))") : phrase(")"));
        });
}

constexpr bool select_wrap(launch_builder& b) {
    const attributes& attr = b.m.net->nodes[at(b.s.anchor)].attr;
    const shape &in = b.s.inputs[0].dims, &out = b.s.output.dims;
    const int last = out.rank - 1;
    const bool keeps_last = last >= 0 && in[last] == out[last] && !attr.starts[last];
    return select_turned(b, keeps_last, [&](int axis, const view& x, const view& y) {
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
