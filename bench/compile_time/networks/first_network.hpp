// SPDX-License-Identifier: Apache-2.0
// A small classifier of grey 28x28 pictures: about 20 nodes, straight down, no function, no loop.
#pragma once
#include <lamina/define.hpp>

struct first_network {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 1, 28, 28})
            | conv2d{"conv1", {.out = 16, .kernel = 3, .pad = 1}}
            | batch_norm{"bn1"}
            | relu{}
            | conv2d{"conv2", {.out = 16, .kernel = 3, .pad = 1}}
            | batch_norm{"bn2"}
            | relu{}
            | max_pool{{.kernel = 2, .stride = 2}}
            | conv2d{"conv3", {.out = 32, .kernel = 3, .pad = 1}}
            | batch_norm{"bn3"}
            | relu{}
            | conv2d{"conv4", {.out = 32, .kernel = 3, .pad = 1}}
            | batch_norm{"bn4"}
            | relu{}
            | max_pool{{.kernel = 2, .stride = 2}};

        x.expect({1, 32, 7, 7});
        net.output(
            "scores", x | flatten{} | dense{"fc1", 64} | relu{} | dense{"fc2", 10} | softmax{});
    }
};
