// SPDX-License-Identifier: Apache-2.0
// Reductions over any axes of any layout, and argmax along one.
#pragma once
#include <lamina/compile/select/positions.hpp>

namespace lamina::compile {

constexpr bool select_reduce(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    // Coordinates of the input: the output's, which has fewer axes unless it keeps them, or its own.
    const bool keeps = y.dims.rank == x.dims.rank;
    int extents[max_rank] = {1, 1, 1, 1, 1, 1};
    text<24> outer[max_rank], added[max_rank];
    std::int64_t count = 1;
    int next = 0;
    for (int axis = 0; axis < max_rank; ++axis) {
        const bool reduced = axis < x.dims.rank && (attr.mask >> axis & 1u);
        if (reduced) {
            extents[axis] = x.dims[axis];
            count *= x.dims[axis];
        } else {
            outer[axis].append('i').append(keeps ? axis : next);
        }
        if (!reduced && axis < x.dims.rank)
            ++next;
        else if (axis >= x.dims.rank)
            outer[axis] = text<24>("0");
    }
    b.input(x);
    b.output(y);
    const auto kind = static_cast<reduce_kind>(attr.kind);
    b.define("KIND", kind == reduce_kind::mean ? 0
                 : kind == reduce_kind::sum    ? 1
                 : kind == reduce_kind::max    ? 2
                                               : 3);
    b.number("COUNT", static_cast<int>(count));
    b.address("x", x);
    b.address("y", y);
    inner(b, "INNER", "X_N", extents, outer, added);
    lines(b, y, choose_parts(b, count, y.dims.count()));
    b.epilogue(frame::elements, 1);
    b.finish("reduce");
    return true;
}

constexpr bool select_argmax(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const int axis = n.attr.axis, count = x.dims[axis];
    b.input(x);
    b.output(y);
    b.number("COUNT", count);
    b.address("x", x);
    b.address("y", y);
    // Axes behind the reduced one have moved up in the output unless it is kept.
    text<80> place;
    place.append("AT_x(");
    const bool keeps = y.dims.rank == x.dims.rank;
    int next = 0;
    for (int i = 0; i < max_rank; ++i) {
        if (i)
            place.append(',');
        if (i == axis)
            place.append("(k)");
        else if (i >= x.dims.rank)
            place.append('0');
        else
            place.append('i').append(keeps ? i : next);
        next += i != axis;
    }
    place.append(')');
    b.define("LINE_x(k)", place);
    lines(b, y, choose_parts(b, count, y.dims.count()));
    b.finish("argmax");
    return true;
}

} // namespace lamina::compile
