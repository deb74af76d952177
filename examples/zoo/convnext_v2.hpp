// SPDX-License-Identifier: Apache-2.0
// ConvNeXt V2, its small sizes atto, femto, pico and nano: channels weighted by how strong they are (GRN).
//
// Task     classification (ImageNet)
// Source   Woo et al. 2023, section 3; timm's convnextv2_atto ...
#pragma once
#include "convnext.hpp"

namespace zoo {

/// Global response normalisation of an image: x plus x times its channel's norm over the mean of all norms.
constexpr tensor response_norm(tensor x, name at) {
    network& net = network_of(x);
    const int width = x.dims.c;
    const auto norms = (x * x) | reduce_sum{{2, 3}, true} | lamina::sqrt{};
    const auto shares = norms / ((norms | reduce_mean{{1}, true}) + 1e-6f);
    const auto weight = net.parameter(at / "weight", {width}) | reshape{{width, 1, 1}};
    const auto bias = net.parameter(at / "bias", {width}) | reshape{{width, 1, 1}};
    return x + (bias + weight * (x * shares));
}

constexpr tensor convnext_v2_block(tensor x, name at) {
    const int width = x.dims.c;
    const name mlp = at / "mlp";
    auto y = norm_of_pixels(x | conv2d{at / "conv_dw", biased(width, 7, 1, width)}, at / "norm");
    y = y | conv2d{mlp / "fc1", {.out = 4 * width, .bias = true}} | gelu_erf{};
    return x + (response_norm(y, mlp / "grn") | conv2d{mlp / "fc2", {.out = width, .bias = true}});
}

/// Input "image" Nx3xHxW; output "logits" Nx1000: `convnext_v2<40>` is atto, 48 femto, 64 pico, 80 nano.
template <int Width, int Batch = 1, int Side = 224> struct convnext_v2 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int blocks[] = {2, 2, Width == 80 ? 8 : 6, 2};
        auto x = net.input("image", image)
            | conv2d{name("stem") / 0, {.out = Width, .kernel = 4, .stride = 4, .bias = true}};
        x = norm_of_pixels(x, name("stem") / 1);
        for (int stage = 0; stage < 4; ++stage) {
            const name at = name("stages") / stage;
            if (stage > 0)
                x = norm_of_pixels(x, at / "downsample" / 0)
                    | conv2d{at / "downsample" / 1,
                        {.out = Width << stage, .kernel = 2, .stride = 2, .bias = true}};
            for (int i = 0; i < blocks[stage]; ++i) x = convnext_v2_block(x, at / "blocks" / i);
        }
        x = x | global_avg_pool{} | flatten{} | layer_norm{name("head") / "norm", {.eps = 1e-6f}};
        net.output("logits", x | dense{name("head") / "fc", 1000});
    }
};

}  // namespace zoo
