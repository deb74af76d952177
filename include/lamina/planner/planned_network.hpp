// SPDX-License-Identifier: Apache-2.0
// The network that the stages see: the user's, or for int8 plans the quantized one.
#pragma once
#include <lamina/graph/quantized.hpp>
#include <lamina/planner/target.hpp>

namespace lamina {

/// What a plan's tensors number and its parameters are those of.
constexpr network planned_network(const network& net, const target& target) {
    if (target.multiplies_bytes) return quantized(net);
    return net;
}

}  // namespace lamina
