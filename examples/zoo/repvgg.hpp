// SPDX-License-Identifier: Apache-2.0
// RepVGG-A0 to -A2 and -B0 to -B3: while it is trained, each 3x3 convolution has a 1x1 and the input itself
// beside it; deployed it is a row of 3x3 convolutions.
//
// Task     classification (ImageNet)
// Source   Ding et al. 2021, table 2; timm's repvgg_a0 ..., deployed as timm.utils.reparameterize_model
//          makes it.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

struct repvgg_form {
    int blocks[4];
    double width[4];
};

constexpr repvgg_form repvgg_form_of(char kind, int number) {
    constexpr double widths[7] = {.75, 1, 1.5, 1, 2, 2.5, 3},
                     last[7] = {2.5, 2.5, 2.75, 2.5, 4, 5, 5};
    const bool is_a = kind == 'a';
    const int at = number + (is_a ? 0 : 3);
    const double w = widths[at];
    if (is_a) return {{2, 4, 14, 1}, {w, w, w, last[at]}};
    return {{4, 6, 16, 1}, {w, w, w, last[at]}};
}

constexpr tensor repvgg_block(tensor x, name at, int out, int stride, bool deployed) {
    if (deployed) return x | conv2d{at / "reparam_conv", biased(out, 3, stride)} | relu{};
    const auto part = [&](const char* what, int kernel) {
        return conv_bn(x, at / what / "conv", at / what / "bn", padded(out, kernel, stride));
    };
    auto y = part("conv_kxk", 3) + part("conv_1x1", 1);
    if (stride == 1 && x.dims.c == out) y = y + (x | batch_norm{at / "identity"});
    return y | relu{};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000: `repvgg<'a', 0>`.
template <char Kind, int Number, bool Deployed = false, int Batch = 1, int Side = 224>
struct repvgg {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr repvgg_form form = repvgg_form_of(Kind, Number);
        const int first = static_cast<int>(64 * form.width[0]);
        auto x
            = repvgg_block(net.input("image", image), "stem", first < 64 ? first : 64, 2, Deployed);
        for (int stage = 0; stage < 4; ++stage)
            for (int i = 0; i < form.blocks[stage]; ++i)
                x = repvgg_block(x, name("stages") / stage / i,
                    static_cast<int>((64 << stage) * form.width[stage]), i == 0 ? 2 : 1, Deployed);
        net.output("logits", x | global_avg_pool{} | dense{name("head") / "fc", 1000});
    }
};

}  // namespace zoo
