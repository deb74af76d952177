// SPDX-License-Identifier: Apache-2.0
// Elements in order along an axis.
#pragma once
#include <lamina/layers/topk.hpp>

namespace lamina {

/// The elements of an axis in rising order with their indices; the largest first with descending = true:
/// `const auto [values, indices] = x | sort{.axis = 1, .descending = true};`
///
/// Shapes   both as the input. One of the two may stay unused: argsort is `(x | sort{}).indices`.
/// Units    indices: i32, along the axis; equal values stay in their order.
/// Errors   LAM-11 the axis; LAM-16 the input is not f32.
/// Cost     about n log2(n)^2 / 4 comparisons a line of n.
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
