// SPDX-License-Identifier: Apache-2.0
// The largest or smallest values along an axis, or all of them in order, with where they lie.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// What topk gives: `const auto [values, indices] = x | topk{5};`
struct topk_result {
    tensor values;   ///< f32
    tensor indices;  ///< i32, of the same shape
};

/// The k largest values along an axis, the largest first, with their indices; the smallest, the
/// smallest first, with largest = false: `topk{5}`, `topk{.k = 3, .axis = 1, .largest = false}`.
///
/// Shapes   the axis has extent k, in both outputs. One of the two may stay unused.
/// Units    indices: i32, along the axis; of equal values the first one comes first.
/// Errors   LAM-08 k is not 1 to the axis's extent; LAM-11 the axis; LAM-16 indices.
/// Cost     CPUs read the line once; GPUs k times: meant for k far below its length.
/// Source   torch.topk: a NaN counts as larger than every other value. Differs: i32, where PyTorch
///          gives int64; the values are always sorted, and equal ones are in the order of the input.
struct topk {
    whole k;
    whole axis = -1;
    bool largest = true;
    std::source_location where = std::source_location::current();
};
constexpr topk_result operator|(const tensor& x, const topk& layer) {
    const subject who{"topk", {}, layer.where};
    network& net = network_of(x);
    needs_values(net, who, x);
    const int axis = axis_of(net, who, x.dims, layer.axis);
    int k = layer.k;
    if (x.dims.rank && (k < 1 || k > x.dims[axis])) {
        net.report(problem_id::option_range, who, "k is ", k, " and axis ", layer.axis,
            " of input ", to_text(x.dims), " has ", x.dims[axis], " elements; use 1 to ",
            x.dims[axis]);
        k = 1;
    }
    node made;
    made.kind = op::topk;
    made.inputs = {x.id};
    made.attr.kind
        = static_cast<int>(layer.largest ? extreme_kind::largest : extreme_kind::smallest);
    made.attr.axis = axis;
    made.dims = x.dims;
    if (x.dims.rank) made.dims.at(axis) = k;
    const shape dims = made.dims;
    const tensor values = net.add(who, made);
    return {values, net.add_further(who, values, dims, dtype::i32)};
}

/// The elements of an axis in rising order with their indices; the largest first with descending = true:
/// `const auto [values, indices] = x | sort{.axis = 1, .descending = true};`
///
/// Shapes   both as the input. One of the two may stay unused: argsort is `(x | sort{}).indices`.
/// Units    indices: i32, along the axis; equal values stay in their order.
/// Errors   LAM-11 the axis; LAM-16 the input is not f32.
/// Cost     about 2 n log2(n) comparisons a line of n, on GPUs n log2(n)^2 / 4.
/// Source   torch.sort(stable=True), torch.argsort: a NaN counts as larger than every other value.
///          Differs: i32, where PyTorch gives int64.
struct sort {
    whole axis = -1;
    bool descending = false;
    std::source_location where = std::source_location::current();
};
constexpr topk_result operator|(const tensor& x, const sort& layer) {
    network& net = network_of(x);
    const subject who{"sort", {}, layer.where};
    needs_values(net, who, x);
    node made;
    made.kind = op::topk;
    made.inputs = {x.id};
    made.attr.kind
        = static_cast<int>(layer.descending ? extreme_kind::largest : extreme_kind::smallest);
    made.attr.axis = axis_of(net, who, x.dims, layer.axis);
    made.dims = x.dims;
    const tensor values = net.add(who, made);
    return {values, net.add_further(who, values, x.dims, dtype::i32)};
}

}  // namespace lamina
