// SPDX-License-Identifier: Apache-2.0
// The CIFAR ResNet with 47 blocks a stage: about 1000 nodes, more than any network in use, to see
// how the compiler's time grows.
#pragma once
#include "resnet18.hpp"

/// Source: He et al. 2015, section 4.2, with projections where the extents change.
struct resnet284 {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 32, 32})
            | conv2d{"conv1", {.out = 16, .kernel = 3, .pad = 1}}
            | batch_norm{"bn1"}
            | relu{};

        for (int stage = 1; stage <= 3; ++stage)
            for (int block = 0; block < 47; ++block)
                x = basic_block(
                    x, name("layer", stage) / block, 8 << stage, stage > 1 && block == 0 ? 2 : 1);

        x.expect({1, 64, 8, 8});
        net.output("scores", x | global_avg_pool{} | flatten{} | dense{"fc", 10} | softmax{});
    }
};
