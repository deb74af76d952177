// SPDX-License-Identifier: Apache-2.0
// DenseNet-121 for ImageNet: Huang et al. 2016, table 1. The network alone; weights as torchvision's.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Batch norm, relu, and then the convolution: the order of He et al. 2016 ("pre-activation").
constexpr tensor norm_relu_conv(tensor x, name norm, name conv, conv2d_options o) {
    return x | batch_norm{norm} | relu{} | conv2d{conv, o};
}

/// 1x1 to 128 channels and 3x3 to 32, appended to x: the paper's DenseNet-B with growth rate 32.
constexpr tensor dense_layer(tensor x, name at) {
    constexpr int growth = 32;
    auto y = norm_relu_conv(x, at / "norm1", at / "conv1", {.out = 4 * growth});
    y = norm_relu_conv(y, at / "norm2", at / "conv2", {.out = growth, .kernel = 3, .pad = 1});
    return concat({x, y});
}

/// Half the channels, half the rows and columns.
constexpr tensor transition(tensor x, name at) {
    return norm_relu_conv(x, at / "norm", at / "conv", {.out = x.dims.c / 2})
        | avg_pool{{.kernel = 2, .stride = 2}};
}

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.densenet121.
template <int Batch = 1, int Side = 224> struct densenet121 {
    static constexpr void define(network& net) {
        const name features = "features";
        auto x = net.input("image", {Batch, 3, Side, Side})
            | conv2d{features / "conv0", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}}
            | batch_norm{features / "norm0"}
            | relu{}
            | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};

        constexpr int layers[] = {6, 12, 24, 16};
        for (int block = 1; block <= 4; ++block) {
            const name at = features / name("denseblock", block).view();
            for (int layer = 1; layer <= layers[block - 1]; ++layer)
                x = dense_layer(x, at / name("denselayer", layer).view());
            if (block < 4) x = transition(x, features / name("transition", block).view());
        }

        x.expect({Batch, 1024, Side / 32, Side / 32});
        x = x | batch_norm{features / "norm5"} | relu{} | global_avg_pool{};
        net.output("logits", x | dense{"classifier", 1000});
    }
};

}  // namespace zoo
