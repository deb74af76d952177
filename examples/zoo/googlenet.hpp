// SPDX-License-Identifier: Apache-2.0
// GoogLeNet (Inception v1) with batch norm.
//
// Task     classification (ImageNet)
// Source   Szegedy et al. 2014, table 1, with batch norm as in Ioffe and Szegedy 2015;
//          torchvision.models.googlenet without auxiliary heads and without transform_input.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Channels of the branches of an inception module, in the order of the paper's table 1.
struct inception_row {
    int one, reduce_three, three, reduce_five, five, pool;
};

/// Four branches side by side, joined along the channels: the paper's figure 2b.
constexpr tensor inception(tensor x, name at, const inception_row& r) {
    const auto small = conv_bn_relu(x, at / "branch2" / 0, padded(r.reduce_three, 1));
    const auto large = conv_bn_relu(x, at / "branch3" / 0, padded(r.reduce_five, 1));
    const auto pooled = x | max_pool{{.kernel = 3, .stride = 1, .pad = 1, .ceil_mode = true}};
    return concat({
        conv_bn_relu(x, at / "branch1", padded(r.one, 1)),
        conv_bn_relu(small, at / "branch2" / 1, padded(r.three, 3)),
        conv_bn_relu(large, at / "branch3" / 1, padded(r.five, 3)),
        conv_bn_relu(pooled, at / "branch4" / 1, padded(r.pool, 1)),
    });
}

/// Input "image" Nx3xHxW; output "logits" Nx1000. As torchvision, and unlike the paper: the third branch is
/// 3x3 (the authors of that code mistook 5x5), and there is no local response norm.
template <int Batch = 1, int Side = 224> struct googlenet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const max_pool halve{{.kernel = 3, .stride = 2, .ceil_mode = true}};
        auto x = net.input("image", image);
        x = conv_bn_relu(x, "conv1", padded(64, 7, 2)) | halve;
        x = conv_bn_relu(x, "conv2", padded(64, 1));
        x = conv_bn_relu(x, "conv3", padded(192, 3)) | halve;

        x = inception(x, "inception3a", {64, 96, 128, 16, 32, 32});
        x = inception(x, "inception3b", {128, 128, 192, 32, 96, 64}) | halve;
        x = inception(x, "inception4a", {192, 96, 208, 16, 48, 64});
        x = inception(x, "inception4b", {160, 112, 224, 24, 64, 64});
        x = inception(x, "inception4c", {128, 128, 256, 24, 64, 64});
        x = inception(x, "inception4d", {112, 144, 288, 32, 64, 64});
        x = inception(x, "inception4e", {256, 160, 320, 32, 128, 128})
            | max_pool{{.kernel = 2, .stride = 2, .ceil_mode = true}};
        x = inception(x, "inception5a", {256, 160, 320, 32, 128, 128});
        x = inception(x, "inception5b", {384, 192, 384, 48, 128, 128});
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};

}  // namespace zoo
