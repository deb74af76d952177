// SPDX-License-Identifier: Apache-2.0
// The place of the largest value along an axis.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// Index of the largest value, the first of equal ones: `argmax{1}`, `argmax{.axis = 1}`.
///
/// Shapes   the axis is removed, or becomes 1 with keep_dims; the last of all axes becomes 1.
/// Units    i32.
/// Errors   LAM-11 the axis; LAM-16 indices.
/// Source   torch.argmax(dim). Differs: i32, where PyTorch gives int64; the axis must be written.
struct argmax {
    int axis;
    bool keep_dims = false;
    std::source_location where = std::source_location::current();
};

constexpr tensor operator|(const tensor& x, const argmax& layer) {
    network& net = network_of(x);
    const subject who{"argmax", {}, layer.where};
    needs_values(net, who, x);
    const int only = axis_of(net, who, x.dims, layer.axis);
    node made;
    made.kind = op::argmax;
    made.type = dtype::i32;
    made.inputs = {x.id};
    made.attr.axis = only;
    for (int axis = 0; axis < x.dims.rank; ++axis)
        if (axis != only || layer.keep_dims) made.dims.push(axis == only ? 1 : x.dims[axis]);
    if (made.dims.rank == 0) made.dims.push(1);
    return net.add(who, made);
}

}  // namespace lamina
