// SPDX-License-Identifier: Apache-2.0
// MobileNetV2 1.0 as PyTorch has it, padding 1. ../mobilenetv2 has TensorFlow's padding and weights.
//
// Task     classification (ImageNet)
// Source   Sandler et al. 2018, table 2; torchvision.models.mobilenet_v2.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// 1x1 up to `expand` times the channels, 3x3 depthwise, 1x1 down to `out` without activation; with
/// a shortcut where the shapes allow it. The paper's figure 4d; torchvision's InvertedResidual.
constexpr tensor linear_bottleneck(tensor x, name at, int expand, int out, int stride) {
    auto y = x;
    int part = 0;
    if (expand != 1) y = conv_bn(y, at / part++, padded(x.dims.c * expand, 1)) | relu6{};
    y = conv_bn(y, at / part++, depthwise(y, 3, stride)) | relu6{};
    y = conv_bn(y, at / part, at / (part + 1), padded(out, 1));
    return stride == 1 && x.dims.c == out ? add(x, y) : y;
}

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 224> struct mobilenet_v2 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name features = "features";
        auto x = net.input("image", image);
        x = conv_bn(x, features / 0, padded(32, 3, 2)) | relu6{};

        struct row {
            int expand, out, blocks, stride;
        };
        constexpr row rows[] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2},
            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
        int block = 0;
        for (const row& r : rows)
            for (int i = 0; i < r.blocks; ++i)
                x = linear_bottleneck(
                    x, features / ++block / "conv", r.expand, r.out, i == 0 ? r.stride : 1);

        x = conv_bn(x, features / 18, padded(1280, 1)) | relu6{};
        net.output("logits", x | global_avg_pool{} | dense{name("classifier") / 1, 1000});
    }
};

}  // namespace zoo
