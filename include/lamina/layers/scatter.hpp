// SPDX-License-Identifier: Apache-2.0
// x with other values where indices say: scatter, scatter_elements, scatter_nd.
// Units    indices are i32 and count from the end where they are below 0. What lies outside is left out.
//          With `reduce` an update is combined with the element that is there: combine_kind::replace, add, mul, min, max,
//          or mean, that of the element and all of its updates.
//          Several updates of one element are taken in row-major order, so that the last one stays, and
//          sums are the same in every run.
// Errors   LAM-04 shapes; LAM-08 a constant index is outside, truth values and bytes are
//          combined, or the mean is one of whole numbers; LAM-11 the axis; LAM-16 the indices are not i32, or updates of another type; LAM-17.
// Cost     one copy of x; a work-item goes through all updates of its line (the axes that indices name). A mean
//          is three steps: the sums, how many numbers each has, and their quotient.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/index_rule.hpp>

namespace lamina {

struct scatter_options {
    whole axis = 0;
    combine_kind reduce = combine_kind::replace;
};

/// The node of a scatter whose operands fit.
constexpr tensor make_scatter(const subject& who, const tensor& x, const tensor& indices,
    const tensor& updates, index_form form, int axis, combine_kind reduce) {
    node made;
    made.kind = op::scatter;
    made.type = x.type;
    made.inputs = {x.id, indices.id, updates.id};
    made.dims = x.dims;
    made.attr.form = form;
    made.attr.axis = axis;
    made.attr.combine = reduce;
    return network_of(x).add(who, made);
}

/// The node; `wanted` is the shape that the updates need.
constexpr tensor apply_scatter(const subject& who, const tensor& x, const tensor& indices,
    const tensor& updates, index_form form, const scatter_options& o, const shape& wanted) {
    network& net = network_of(x);
    if (!needs_owned(net, who, updates, 3)) return x;
    if (x.type != updates.type) {
        net.report(problem_id::dtype_mismatch, who, "updates ", to_text(updates.dims), " are ",
            to_text(updates.type), ", input ", to_text(x.dims), " is ", to_text(x.type),
            "; cast one to the other's type");
        return x;
    }
    if (!(updates.dims == wanted)) {
        net.report(problem_id::operands, who, "updates ", to_text(updates.dims), " for indices ",
            to_text(indices.dims), " and input ", to_text(x.dims), "; ", to_text(wanted),
            " is needed");
        return x;
    }
    if (o.reduce != combine_kind::replace && size_bytes(x.type) == 1)
        net.report(problem_id::option_range, who, "combines ", to_text(x.type),
            " values; only f32 and i32 can be combined, cast them before");
    if (updates.dims.is_empty()) return x;
    if (o.reduce != combine_kind::mean)
        return make_scatter(who, x, indices, updates, form, o.axis, o.reduce);
    if (x.type == dtype::i32)
        net.report(problem_id::option_range, who, "has the mean of ", to_text(x.type),
            " values, f32 is needed; cast input ", to_text(x.dims), " and updates ",
            to_text(updates.dims), " before");
    // Counts are whole numbers that 16 bits would round.
    const auto ones = [&](const shape& dims) {
        node over;
        over.dims = dims;
        const tensor made = fill(net, who, over, 1);
        net.keep(made, dtype::f32, who.where);
        return made;
    };
    const tensor counts = make_scatter(
        who, ones(x.dims), indices, ones(updates.dims), form, o.axis, combine_kind::add);
    net.keep(counts, dtype::f32, who.where);
    return apply_binary(make_scatter(who, x, indices, updates, form, o.axis, combine_kind::add),
        counts, who, function::div);
}

/// Whole parts of x along an axis, x[..., indices, ...] = updates:
/// `scatter(x, rows, updates, {.axis = 1, .reduce = combine_kind::add})`.
///
/// Shapes   indices of one axis; updates as x with that many elements along the axis.
/// Source   torch.Tensor.index_copy, index_add, index_reduce (include_self).
constexpr tensor scatter(const tensor& x, const tensor& indices, const tensor& updates,
    scatter_options o = {}, std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"scatter", {}, where};
    if (!needs_indices(net, who, indices)) return x;
    o.axis = axis_of(net, who, x.dims, o.axis);
    if (indices.dims.rank != 1) {
        net.report(problem_id::operands, who, "indices ", to_text(indices.dims), " for input ",
            to_text(x.dims), " have ", indices.dims.rank,
            " axes, 1 is needed; flatten them, or use scatter_nd");
        return x;
    }
    needs_inside(net, who, x.dims, indices, o.axis);
    shape wanted = x.dims;
    wanted.at(o.axis) = indices.dims.n;
    return apply_scatter(who, x, indices, updates, index_form::axis, o, wanted);
}

/// For each index one element, out[indices[i][j]][j] = updates[i][j] along axis 0.
///
/// Shapes   indices have as many axes as x, and at most its extents except along axis; updates have their
///          shape.
/// Source   torch.Tensor.scatter, scatter_add, scatter_reduce (include_self); ONNX ScatterElements.
///          Differs: updates that have no index are not allowed.
constexpr tensor scatter_elements(const tensor& x, const tensor& indices, const tensor& updates,
    scatter_options o = {}, std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"scatter_elements", {}, where};
    if (!needs_indices(net, who, indices)) return x;
    o.axis = axis_of(net, who, x.dims, o.axis);
    if (!needs_elements(net, who, x.dims, indices, o.axis)) return x;
    needs_inside(net, who, x.dims, indices, o.axis);
    return apply_scatter(who, x, indices, updates, index_form::elements, o, indices.dims);
}

/// For each tuple of indices, the last axis of `indices`, an element or a part of x.
///
/// Shapes   indices [places..., K]; updates [places..., the axes of x behind the first K].
/// Source   ONNX ScatterND; torch.Tensor.index_put.
constexpr tensor scatter_nd(const tensor& x, const tensor& indices, const tensor& updates,
    combine_kind reduce = combine_kind::replace,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"scatter_nd", {}, where};
    if (!needs_indices(net, who, indices)) return x;
    if (!needs_tuples(net, who, x.dims, indices, 0)) return x;
    const int places = indices.dims.rank - 1, count = indices.dims[places];
    needs_inside(net, who, x.dims, indices, 0, count);
    shape wanted;
    for (int i = 0; i < places; ++i) wanted.push(indices.dims[i]);
    for (int i = count; i < x.dims.rank; ++i) wanted.push(x.dims[i]);
    return apply_scatter(
        who, x, indices, updates, index_form::tuples, {.axis = 0, .reduce = reduce}, wanted);
}

}  // namespace lamina
