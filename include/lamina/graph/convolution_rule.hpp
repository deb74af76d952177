// SPDX-License-Identifier: Apache-2.0
// Shared by convolutions of images and sequences, transposed or not: the node and its weights.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// The node of a convolution with its output's shape, and its weights: weight of the given shape, and bias
/// [channels] if wanted. Errors   LAM-06, LAM-07 names.
constexpr tensor add_convolution(const tensor& x, const subject& who, op kind, const window& win,
    int groups, const shape& dims, const shape& weight, bool bias) {
    network& net = network_of(x);
    node made;
    made.kind = kind;
    made.inputs = {x.id};
    made.attr.win = win;
    made.attr.groups = groups;
    made.dims = dims;
    made.parameters[weight_slot] = net.weights(who, "weight", weight);
    if (bias) made.parameters[bias_slot] = net.weights(who, "bias", {dims.c});
    return net.add(who, made);
}

}  // namespace lamina
