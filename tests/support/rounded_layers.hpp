// SPDX-License-Identifier: Apache-2.0
// Linear layers with weights in groups, for tests that want a plan of every kernel family: PyTorch has no record of them.
#pragma once
#include <lamina/define.hpp>

namespace lamina_test {

/// Weights of 4 and 8 bits, whole words and not, with zero points and without, many rows and one.
constexpr void rounded_layers(lamina::network& net) {
    using namespace lamina;
    const tensor x = net.input("x", {13, 83}) | linear{"four", 70};
    net.quantize_weights("four", {.bits = 4, .group = 16, .zero_points = true});
    net.output("y", x | relu{} | linear{"eight", {.out = 32, .bias = false}});
    net.quantize_weights("eight", {.bits = 8, .group = 32});
    net.output("z", net.input("row", {1, 83}) | linear{"wide", 533});
    net.quantize_weights("wide", {.bits = 4, .group = 32});
}

}  // namespace lamina_test
