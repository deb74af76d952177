// SPDX-License-Identifier: Apache-2.0
// LeNet-5 with relu and maximum pools, as it is taught today.
//
// Task     classification (MNIST)
// Source   LeCun et al. 1998, figure 2; weights named as in PyTorch's tutorials.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Input "image" Nx1x32x32 (MNIST's 28x28 padded); output "logits" Nx10. The paper has sigmoids, trained
/// average pools and connections that are left out.
template <int Batch = 1, int Side = 32> struct lenet {
    static constexpr void define(network& net, shape image = {Batch, 1, Side, Side}) {
        const max_pool halve{{.kernel = 2, .stride = 2}};
        const auto x = net.input("image", image)
            | conv2d{"conv1", {.out = 6, .kernel = 5, .bias = true}}
            | relu{}
            | halve
            | conv2d{"conv2", {.out = 16, .kernel = 5, .bias = true}}
            | relu{}
            | halve
            | flatten{};
        net.output("logits",
            x | dense{"fc1", 120} | relu{} | dense{"fc2", 84} | relu{} | dense{"fc3", 10});
    }
};

}  // namespace zoo
