// SPDX-License-Identifier: Apache-2.0
// ResNet-18 with torchvision's weight names: about 70 nodes, two loops, one function.
#pragma once
#include <lamina/define.hpp>

/// Two 3x3 convolutions and a shortcut. `at` is the block's name in the weights file ("layer1.0").
/// In NxCxHxW; out NxOUTx(H/stride)x(W/stride). Source: He et al. 2015, figure 2.
constexpr lamina::tensor basic_block(lamina::tensor x, lamina::name at, int out, int stride) {
    using namespace lamina;
    auto y = x
        | conv2d{at / "conv1", {.out = out, .kernel = 3, .stride = stride, .pad = 1}}
        | batch_norm{at / "bn1"}
        | relu{}
        | conv2d{at / "conv2", {.out = out, .kernel = 3, .pad = 1}}
        | batch_norm{at / "bn2"};

    if (stride != 1 || x.dims.c != out)
        x = x
            | conv2d{at / "downsample" / 0, {.out = out, .stride = stride}}
            | batch_norm{at / "downsample" / 1};

    return add(y, x) | relu{};
}

struct resnet18 {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 224, 224})
            | conv2d{"conv1", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}}
            | batch_norm{"bn1"}
            | relu{}
            | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};

        for (int stage = 1; stage <= 4; ++stage)
            for (int block = 0; block < 2; ++block)
                x = basic_block(
                    x, name("layer", stage) / block, 32 << stage, stage > 1 && block == 0 ? 2 : 1);

        x.expect({1, 512, 7, 7});
        net.output("scores", x | global_avg_pool{} | flatten{} | dense{"fc", 1000} | softmax{});
    }
};
