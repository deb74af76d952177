// SPDX-License-Identifier: Apache-2.0
// The index of the largest or smallest value along an axis.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// What the layers below lower to.
constexpr tensor apply_argument(const tensor& x, const subject& who, extreme_kind kind, int axis,
    bool keep_dims, bool take_last) {
    network& net = network_of(x);
    needs_values(net, who, x);
    const int only = axis_of(net, who, x.dims, axis);
    if (x.dims[only] == 0)
        net.report(problem_id::option_range, who, "axis ", axis, " of input ", to_text(x.dims),
            " is empty, so it has no largest or smallest element; use another axis");
    node made;
    made.kind = op::argmax;
    made.type = dtype::i32;
    made.inputs = {x.id};
    made.attr.kind = static_cast<int>(kind);
    made.attr.axis = only;
    made.attr.take_last = take_last;
    for (int i = 0; i < x.dims.rank; ++i)
        if (i != only || keep_dims) made.dims.push(i == only ? 1 : x.dims[i]);
    return net.add(who, made);
}

/// Index of the largest value, the first of equal ones: `argmax{1}`, `argmax{.axis = 1}`.
///
/// Shapes   the axis is removed, or becomes 1 with keep_dims.
/// Units    i32.
/// Errors   LAM-08 the axis has extent 0; LAM-11 the axis; LAM-16 indices.
/// Source   torch.argmax(dim): a NaN counts as the largest. Differs: i32, where PyTorch gives int64;
///          the axis must be written; take_last is ONNX's select_last_index.
struct argmax {
    whole axis;
    bool keep_dims = false;
    bool take_last = false;  ///< the last of equal values (or NaNs) and not the first
    std::source_location where = std::source_location::current();
};
constexpr tensor operator|(const tensor& x, const argmax& layer) {
    return apply_argument(x, {"argmax", {}, layer.where}, extreme_kind::largest, layer.axis,
        layer.keep_dims, layer.take_last);
}

/// Index of the smallest value. As argmax. Source   torch.argmin(dim): a NaN counts as the smallest.
struct argmin {
    whole axis;
    bool keep_dims = false;
    bool take_last = false;  ///< the last of equal values (or NaNs) and not the first
    std::source_location where = std::source_location::current();
};
constexpr tensor operator|(const tensor& x, const argmin& layer) {
    return apply_argument(x, {"argmin", {}, layer.where}, extreme_kind::smallest, layer.axis,
        layer.keep_dims, layer.take_last);
}

}  // namespace lamina
