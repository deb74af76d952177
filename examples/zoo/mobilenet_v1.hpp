// SPDX-License-Identifier: Apache-2.0
// MobileNet 1.0: depthwise 3x3 and 1x1 convolutions alone.
//
// Task     classification (ImageNet)
// Source   Howard et al. 2017, table 1; timm's mobilenetv1_100.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Depthwise 3x3 and 1x1 with timm's names, relu6 behind each.
constexpr tensor separable_relu6(tensor x, name at, int out, int stride) {
    x = conv_bn(x, at / "conv_dw", at / "bn1", depthwise(x, 3, stride)) | relu6{};
    return conv_bn(x, at / "conv_pw", at / "bn2", padded(out, 1)) | relu6{};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 224> struct mobilenet_v1 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        auto x = conv_bn(net.input("image", image), "conv_stem", "bn1", padded(32, 3, 2)) | relu6{};
        constexpr int blocks[] = {1, 2, 2, 6, 2};
        for (int stage = 0; stage < 5; ++stage)
            for (int i = 0; i < blocks[stage]; ++i)
                x = separable_relu6(
                    x, name("blocks") / stage / i, 64 << stage, stage > 0 && i == 0 ? 2 : 1);
        net.output("logits", x | global_avg_pool{} | dense{"classifier", 1000});
    }
};

}  // namespace zoo
