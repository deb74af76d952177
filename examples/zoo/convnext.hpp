// SPDX-License-Identifier: Apache-2.0
// ConvNeXt-Tiny, -Small, -Base and -Large: 7x7 depthwise convolutions in blocks shaped like a transformer's.
//
// Task     classification (ImageNet)
// Source   Liu et al. 2022, figure 4; torchvision.models.convnext_tiny ...
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Layer norm of each pixel's channels: NxCxHxW -> the same.
constexpr tensor norm_of_pixels(tensor x, name at) {
    return x | permute{{0, 2, 3, 1}} | layer_norm{at, {.eps = 1e-6f}} | permute{{0, 3, 1, 2}};
}

/// 7x7 depthwise, layer norm, two linear layers over the channels, a scale a channel, a shortcut.
constexpr tensor convnext_block(tensor x, name at) {
    const name block = at / "block";
    const int width = x.dims.c;
    const auto y = x
        | conv2d{block / 0, biased(width, 7, 1, width)}
        | permute{{0, 2, 3, 1}}
        | layer_norm{block / 2, {.eps = 1e-6f}}
        | linear{block / 3, 4 * width}
        | gelu_erf{}
        | linear{block / 5, width}
        | permute{{0, 3, 1, 2}};
    return add(x, mul(y, network_of(x).parameter(at / "layer_scale", {width, 1, 1})));
}

/// Input "image" Nx3xHxW; output "logits" Nx1000: `convnext<'t'>`, 's', 'b', 'l'.
template <char Size, int Batch = 1, int Side = 224> struct convnext {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int width = Size == 'b' ? 128 : Size == 'l' ? 192 : 96;
        const name features = "features";
        auto x = net.input("image", image)
            | conv2d{features / 0 / 0, {.out = width, .kernel = 4, .stride = 4, .bias = true}};
        x = norm_of_pixels(x, features / 0 / 1);
        for (int stage = 0; stage < 4; ++stage) {
            const int blocks = stage != 2 ? 3 : Size == 't' ? 9 : 27;
            for (int i = 0; i < blocks; ++i) x = convnext_block(x, features / (2 * stage + 1) / i);
            if (stage == 3) break;
            const name down = features / (2 * stage + 2);
            x = norm_of_pixels(x, down / 0)
                | conv2d{down / 1,
                    {.out = width << (stage + 1), .kernel = 2, .stride = 2, .bias = true}};
        }
        const name classifier = "classifier";
        x = x | global_avg_pool{} | flatten{} | layer_norm{classifier / 0, {.eps = 1e-6f}};
        net.output("logits", x | dense{classifier / 2, 1000});
    }
};

}  // namespace zoo
