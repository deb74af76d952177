// SPDX-License-Identifier: Apache-2.0
// Inputs of networks for the reference and for engines.
#pragma once
#include "support/random.hpp"

#include <lamina/reference/reference.hpp>

#include <cstddef>
#include <string>

namespace lamina_test {

/// A tensor for each input of a network; `fill(tensor, count)` sets its values, of whole numbers its indices.
template <class Fill>
lamina::reference_inputs make_inputs(const lamina::network& net, const Fill& fill) {
    lamina::reference_inputs inputs;
    for (const lamina::node& n : net.nodes) {
        if (n.kind != lamina::op::input) continue;
        lamina::reference_tensor& x = inputs[std::string(n.at.view())];
        x.dims = n.dims;
        x.type = n.type;
        fill(x, static_cast<std::size_t>(n.dims.count()));
    }
    return inputs;
}

/// Floats in [-1, 1).
inline lamina::reference_inputs random_floats(const lamina::network& net, random_source& random) {
    return make_inputs(net,
        [&](lamina::reference_tensor& x, std::size_t count) { x.values = random.numbers(count); });
}

}  // namespace lamina_test
