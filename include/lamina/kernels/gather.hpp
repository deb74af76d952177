// SPDX-License-Identifier: Apache-2.0
// Reading and writing where indices say, of tensors of any layout and element type.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// Axes of a value that indices name, and how many axes of the indices are places of the result.
struct indexed_axes {
    int first = 0, count = 1, places = 0;
    constexpr indexed_axes(const attributes& attr, const shape& indices)
        : first(attr.axis), places(indices.rank) {
        if (attr.form != index_form::tuples) return;
        places = indices.rank - 1;
        count = indices[places];
    }
    constexpr bool has(int axis) const { return axis >= first && axis < first + count; }
};

/// "AT_x(i0,p0,...)": coordinate(axis, text) writes that of each axis.
template <class Coordinate>
constexpr text<80> place_of(const char* buffer, int rank, const Coordinate& coordinate) {
    text<80> out;
    out.append("AT_").append(buffer).append('(');
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis) out.append(',');
        if (axis < rank)
            coordinate(axis, out);
        else
            out.append('0');
    }
    return out.append(')');
}

/// INDEXED, EXTENT0 ... of x's axes; the address of `at`, and AT_INDEX(k) as said.
constexpr void define_indices(launch_builder& b, const indexed_axes& axes, const view& x,
    const view& indices, const text<80>& place) {
    b.define("INDEXED", axes.count);
    for (int k = 0; k < max_rank; ++k)
        b.number("EXTENT", k, k < axes.count ? x.dims[axes.first + k] : 1);
    b.address("at", indices);
    b.define("AT_INDEX(k)", place);
}

constexpr bool select_gather(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &indices = s.inputs[1], &y = s.output;
    const indexed_axes axes(attr, indices.dims);
    const bool by_axis = attr.form == index_form::axis, is_tuples = attr.form == index_form::tuples;
    b.input(x);
    b.input(indices);
    b.output(y);
    define_moved(b, y.type);
    define_indices(b, axes, x, indices, place_of("at", indices.dims.rank, [&](int axis, auto& out) {
        if (is_tuples && axis == axes.places)
            out.append("(k)");
        else
            out.append('i').append(by_axis ? axes.first + axis : axis);
    }));
    b.address("x", x);
    b.address("y", y);
    b.define("FROM", place_of("x", x.dims.rank, [&](int axis, auto& out) {
        if (axes.has(axis)) {
            out.append('p').append(axis - axes.first);
            return;
        }
        const int behind = axis - axes.first - axes.count;  // where axes follow the places
        out.append('i').append(behind < 0 || attr.form == index_form::elements ? axis
                : by_axis ? axes.first + axes.places + behind
                          : axes.places + behind);
    }));
    b.elements(y);
    b.element_tactics();
    b.finish("gather");
    return true;
}

constexpr bool select_scatter(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &indices = s.inputs[1], &updates = s.inputs[2], &y = s.output;
    const indexed_axes axes(attr, indices.dims);
    const bool by_axis = attr.form == index_form::axis, is_tuples = attr.form == index_form::tuples;
    b.input(x);
    b.input(indices);
    b.input(updates);
    b.output(y);
    define_moved(b, y.type);
    b.define("COMBINE", static_cast<int>(attr.combine));
    define_indices(b, axes, x, indices, place_of("at", indices.dims.rank, [&](int axis, auto& out) {
        if (is_tuples && axis == axes.places)
            out.append("(k)");
        else if (!is_tuples && (by_axis || axis == axes.first))
            out.append('m');
        else
            out.append(is_tuples ? 'j' : 'i').append(axis);
    }));
    b.address("x", x);
    b.address("u", updates);
    b.address("y", y);
    b.define("AT_UPDATE", place_of("u", updates.dims.rank, [&](int axis, auto& out) {
        if (!is_tuples && axis == axes.first)
            out.append('m');
        else if (is_tuples && axis < axes.places)
            out.append('j').append(axis);
        else
            out.append('i').append(is_tuples ? axis - axes.places + axes.count : axis);
    }));
    // The line, and which of its updates is the m-th.
    const text<24> nothing[max_rank];
    text<24> outside[max_rank], zero[max_rank];
    int extents[max_rank] = {1, 1, 1, 1, 1, 1}, counts[max_rank] = {1, 1, 1, 1, 1, 1};
    int count = 1, updates_of_line = 1;
    view lines_ = y;
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axes.has(axis) && axis < x.dims.rank) {
            extents[axis] = x.dims[axis];
            count *= x.dims[axis];
            lines_.dims.at(axis) = 1;
        } else {
            outside[axis].append('i').append(axis);
        }
        if (is_tuples && axis < axes.places)
            updates_of_line *= counts[axis] = indices.dims[axis];
        else
            zero[axis].append('0');
    }
    if (!is_tuples) updates_of_line = indices.dims[by_axis ? 0 : axes.first];
    b.number("LINE", count);
    b.number("UPDATES", updates_of_line);
    inner(b, "INNER", "X_N", extents, outside, nothing);
    if (is_tuples)
        inner(b, "UPDATE", "U_N", counts, zero, nothing);
    else
        b.define("UPDATE(m)", "");
    b.put("#define HAS_UPDATES (1");
    for (int axis = 0; axis < x.dims.rank && attr.form == index_form::elements; ++axis) {
        if (axis == axes.first || indices.dims[axis] == x.dims[axis]) continue;
        b.put(" && i", axis);
        b.put(" < ", indices.dims[axis]);
    }
    b.end(")");
    lines(b, lines_, choose_parts(b, count, lines_.dims.count()));
    b.finish("scatter");
    return true;
}

inline constexpr family_row gather_family{
    .kind = op::gather, .select = select_gather, .inputs = all_types, .outputs = all_types};
inline constexpr family_row scatter_family{
    .kind = op::scatter, .select = select_scatter, .inputs = all_types, .outputs = all_types};

}  // namespace lamina::planner
