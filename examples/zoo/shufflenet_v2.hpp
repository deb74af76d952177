// SPDX-License-Identifier: Apache-2.0
// ShuffleNetV2 with widths 0.5, 1.0, 1.5 and 2.0: half of the channels pass a block untouched.
//
// Task     classification (ImageNet)
// Source   Ma et al. 2018, table 5; torchvision.models.shufflenet_v2_x0_5 ...
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// The paper's figures 3c and 3d: a branch of three convolutions beside the other half, or beside a
/// depthwise convolution where the block has a stride.
constexpr tensor shuffle_block(tensor x, name at, int out, int stride) {
    const int half = out / 2;
    tensor kept, y = x;
    if (stride == 1) {
        const auto parts = chunk<2>(x, 1);
        kept = parts[0];
        y = parts[1];
    } else {
        const name side = at / "branch1";
        kept = conv_bn(x, side / 0, side / 1, depthwise(x, 3, stride));
        kept = conv_bn(kept, side / 2, side / 3, padded(half, 1)) | relu{};
    }
    const name main = at / "branch2";
    y = conv_bn(y, main / 0, main / 1, padded(half, 1)) | relu{};
    y = conv_bn(y, main / 3, main / 4, depthwise(y, 3, stride));
    y = conv_bn(y, main / 5, main / 6, padded(half, 1)) | relu{};
    return concat({kept, y}) | channel_shuffle{2};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000: `shufflenet_v2<5>` is x0_5, `shufflenet_v2<10>` x1_0.
template <int Tenths, int Batch = 1, int Side = 224> struct shufflenet_v2 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int first = Tenths == 5 ? 48 : Tenths == 10 ? 116 : Tenths == 15 ? 176 : 244;
        auto x = conv_bn(net.input("image", image), "conv1", padded(24, 3, 2))
            | relu{}
            | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
        constexpr int blocks[] = {4, 8, 4};
        for (int stage = 0; stage < 3; ++stage)
            for (int i = 0; i < blocks[stage]; ++i)
                x = shuffle_block(x, name("stage", stage + 2) / i, first << stage, i == 0 ? 2 : 1);
        x = conv_bn(x, "conv5", padded(Tenths == 20 ? 2048 : 1024, 1)) | relu{};
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};

}  // namespace zoo
