// SPDX-License-Identifier: Apache-2.0
// DenseNet-121, -161, -169 and -201: each layer reads all layers before it.
//
// Task     classification (ImageNet)
// Source   Huang et al. 2016, table 1; torchvision.models.densenet121 ...
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Batch norm, relu, and then the convolution: the order of He et al. 2016 ("pre-activation").
constexpr tensor norm_relu_conv(tensor x, name norm, name conv, conv2d_options o) {
    return x | batch_norm{norm} | relu{} | conv2d{conv, o};
}

/// 1x1 to 4 GROWTH channels and 3x3 to GROWTH, appended to x: the paper's DenseNet-B.
constexpr tensor dense_layer(tensor x, name at, int growth = 32) {
    auto y = norm_relu_conv(x, at / "norm1", at / "conv1", {.out = 4 * growth});
    y = norm_relu_conv(y, at / "norm2", at / "conv2", {.out = growth, .kernel = 3, .pad = 1});
    return concat({x, y});
}

/// Half the channels, half the rows and columns.
constexpr tensor transition(tensor x, name at) {
    return norm_relu_conv(x, at / "norm", at / "conv", {.out = x.dims.c / 2})
        | avg_pool{{.kernel = 2, .stride = 2}};
}

/// Layers of a block of DenseNet-DEPTH, blocks 1 to 4.
constexpr int dense_layers(int depth, int block) {
    constexpr int rows[][5]
        = {{121, 6, 12, 24, 16}, {161, 6, 12, 36, 24}, {169, 6, 12, 32, 32}, {201, 6, 12, 48, 32}};
    for (const auto& row : rows)
        if (row[0] == depth) return row[block];
    return 0;
}

/// Input "image" Nx3xHxW; output "logits" Nx1000. As torchvision.models.densenet121: `densenet<121>`.
/// DenseNet-161 grows by 48 channels a layer, the others by 32.
template <int Depth, int Batch = 1, int Side = 224> struct densenet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int growth = Depth == 161 ? 48 : 32;
        const name features = "features";
        auto x = net.input("image", image)
            | conv2d{features / "conv0", {.out = 2 * growth, .kernel = 7, .stride = 2, .pad = 3}}
            | batch_norm{features / "norm0"}
            | relu{}
            | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};

        for (int block = 1; block <= 4; ++block) {
            const name at = features / name("denseblock", block).view();
            for (int layer = 1; layer <= dense_layers(Depth, block); ++layer)
                x = dense_layer(x, at / name("denselayer", layer).view(), growth);
            if (block < 4) x = transition(x, features / name("transition", block).view());
        }

        x = x | batch_norm{features / "norm5"} | relu{} | global_avg_pool{};
        net.output("logits", x | dense{"classifier", 1000});
    }
};
template <int Batch = 1, int Side = 224> using densenet121 = densenet<121, Batch, Side>;

}  // namespace zoo
