// SPDX-License-Identifier: Apache-2.0
// ResNet-50 with torchvision's weight names: about 175 nodes. The network of the promise in README.md.
#pragma once
#include <lamina/define.hpp>

/// 1x1, 3x3, 1x1 and a shortcut. `at` is the block's name in the weights file ("layer1.0").
/// In NxCxHxW; out Nx(4 middle)x(H/stride)x(W/stride). Source: He et al. 2015, figure 5, with the
/// stride in the 3x3 as torchvision has it.
constexpr lamina::tensor bottleneck(lamina::tensor x, lamina::name at, int middle, int stride) {
    using namespace lamina;
    auto y = x
        | conv2d{at / "conv1", {.out = middle}}
        | batch_norm{at / "bn1"}
        | relu{}
        | conv2d{at / "conv2", {.out = middle, .kernel = 3, .stride = stride, .pad = 1}}
        | batch_norm{at / "bn2"}
        | relu{}
        | conv2d{at / "conv3", {.out = 4 * middle}}
        | batch_norm{at / "bn3"};

    if (stride != 1 || x.dims.c != 4 * middle)
        x = x
            | conv2d{at / "downsample" / 0, {.out = 4 * middle, .stride = stride}}
            | batch_norm{at / "downsample" / 1};

    return add(y, x) | relu{};
}

struct resnet50 {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 224, 224})
            | conv2d{"conv1", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}}
            | batch_norm{"bn1"}
            | relu{}
            | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};

        const int blocks[] = {3, 4, 6, 3};
        for (int stage = 1; stage <= 4; ++stage)
            for (int block = 0; block < blocks[stage - 1]; ++block)
                x = bottleneck(
                    x, name("layer", stage) / block, 32 << stage, stage > 1 && block == 0 ? 2 : 1);

        x.expect({1, 2048, 7, 7});
        net.output("scores", x | global_avg_pool{} | flatten{} | dense{"fc", 1000});
    }
};
