// SPDX-License-Identifier: Apache-2.0
// Elements that indices name: gather, index_select, gather_elements, gather_nd.
// Units    indices are i32 and count from the end where they are below 0. An index outside gives 0.
// Errors   LAM-08 a constant index is outside; LAM-11 the axis; LAM-16 the indices are not i32; LAM-17.
// Cost     one copy of the output's size.
#pragma once
#include <lamina/graph/index_rule.hpp>

#include <initializer_list>

namespace lamina {

constexpr tensor apply_gather(network& net, const subject& who, const tensor& x,
    const tensor& indices, index_form form, int axis, const shape& dims) {
    node made;
    made.kind = op::gather;
    made.type = x.type;
    made.inputs = {x.id, indices.id};
    made.dims = dims;
    made.attr.form = form;
    made.attr.axis = axis;
    return net.add(who, made);
}

/// What indices name along an axis, x[..., indices, ...]: `gather(x, tokens, 1)`.
///
/// Shapes   x of any element type, indices of any rank: their axes take the place of x's axis. A scalar
///          index removes it.
/// Errors   LAM-01 more than six axes; those of the file.
/// Source   ONNX Gather; torch.index_select where the indices have one axis. Differs: PyTorch takes no
///          index below 0, and both stop at one that is outside.
constexpr tensor gather(const tensor& x, const tensor& indices, whole axis = 0,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"gather", {}, where};
    if (!needs_indices(net, who, indices)) return x;
    const int along = axis_of(net, who, x.dims, axis);
    if (x.dims.rank) needs_inside(net, who, x.dims, indices, along);
    shape dims;
    for (int i = 0; i < along; ++i) dims.push(x.dims[i]);
    for (int i = 0; i < indices.dims.rank; ++i) dims.push(indices.dims[i]);
    for (int i = along + 1; i < x.dims.rank; ++i) dims.push(x.dims[i]);
    return apply_gather(net, who, x, indices, index_form::axis, along, dims);
}

/// Some elements of an axis, in any order and also several times: `x | index_select{1, {2, 0, 0}}`.
///
/// Shapes   the axis gets as many elements as there are indices.
/// Source   torch.index_select, x[:, [2, 0, 0]].
struct index_select {
    subject who;
    whole axis;
    std::initializer_list<int> indices;
    constexpr index_select(whole a, std::initializer_list<int> i,
        std::source_location where = std::source_location::current())
        : who{"index_select", {}, where}, axis(a), indices(i) {}
};
constexpr tensor operator|(const tensor& x, const index_select& layer) {
    return gather(
        x, network_of(x).constant(layer.indices, layer.who.where), layer.axis, layer.who.where);
}

/// For each index one element, out[i][j] = x[indices[i][j]][j] along axis 0.
///
/// Shapes   indices have as many axes as x, and at most its extents except along axis; the output is of
///          their shape.
/// Errors   LAM-04 the shapes do not fit; those of the file.
/// Source   torch.gather; ONNX GatherElements.
constexpr tensor gather_elements(const tensor& x, const tensor& indices, whole axis = 0,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"gather_elements", {}, where};
    if (!needs_indices(net, who, indices)) return x;
    const int along = axis_of(net, who, x.dims, axis);
    if (!needs_elements(net, who, x.dims, indices, along)) return x;
    needs_inside(net, who, x.dims, indices, along);
    return apply_gather(net, who, x, indices, index_form::elements, along, indices.dims);
}

/// For each tuple of indices, the last axis of `indices`, the element or the part of x that it names.
///
/// Shapes   indices [batch..., places..., K] -> [batch..., places..., the axes of x behind those named].
/// Errors   LAM-01 more than six axes; LAM-04 the shapes do not fit; those of the file.
/// Source   ONNX GatherND; x[tuple(indices.unbind(-1))] in PyTorch.
constexpr tensor gather_nd(const tensor& x, const tensor& indices, whole batch_dims = 0,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"gather_nd", {}, where};
    if (!needs_indices(net, who, indices)) return x;
    if (!needs_tuples(net, who, x.dims, indices, batch_dims)) return x;
    const int places = indices.dims.rank - 1, count = indices.dims[places];
    needs_inside(net, who, x.dims, indices, batch_dims, count);
    shape dims;
    for (int i = 0; i < places; ++i) dims.push(indices.dims[i]);
    for (int i = batch_dims + count; i < x.dims.rank; ++i) dims.push(x.dims[i]);
    return apply_gather(net, who, x, indices, index_form::tuples, batch_dims, dims);
}

}  // namespace lamina
