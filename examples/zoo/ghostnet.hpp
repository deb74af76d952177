// SPDX-License-Identifier: Apache-2.0
// GhostNet 1.0: half of the channels are made of the other half by depthwise convolutions.
//
// Task     classification (ImageNet)
// Source   Han et al. 2020, table 1; timm's ghostnet_100.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// A 1x1 to half of the channels, and a depthwise 3x3 of these for the rest.
constexpr tensor ghost_module(tensor x, name at, int out, bool active) {
    const auto act = [&](tensor y) { return active ? y | relu{} : y; };
    const auto first = act(conv_bn(x, at / "primary_conv", padded((out + 1) / 2, 1)));
    const auto second = act(conv_bn(first, at / "cheap_operation", depthwise(first, 3)));
    const auto both = concat({first, second});
    return both.dims.c == out ? both : both | slice{1, {.stop = out}};
}

struct ghostnet_row {
    int kernel, expand, out, se, stride;  ///< `se`: channels between the two layers, or 0
};

constexpr tensor ghost_bottleneck(tensor x, name at, const ghostnet_row& r) {
    auto y = ghost_module(x, at / "ghost1", r.expand, true);
    if (r.stride > 1)
        y = conv_bn(y, at / "conv_dw", at / "bn_dw", depthwise(y, r.kernel, r.stride));
    if (r.se) {
        const name se = at / "se";
        const auto few = y
            | global_avg_pool{}
            | conv2d{se / "conv_reduce", {.out = r.se, .bias = true}}
            | relu{};
        y = y
            * (few | conv2d{se / "conv_expand", {.out = r.expand, .bias = true}} | hard_sigmoid{});
    }
    y = ghost_module(y, at / "ghost2", r.out, false);
    if (r.stride == 1 && x.dims.c == r.out) return x + y;
    const name past = at / "shortcut";
    const auto small = conv_bn(x, past / 0, past / 1, depthwise(x, r.kernel, r.stride));
    return y + conv_bn(small, past / 2, past / 3, padded(r.out, 1));
}

inline constexpr ghostnet_row ghostnet_rows[]
    = {{3, 16, 16, 0, 1}, {3, 48, 24, 0, 2}, {3, 72, 24, 0, 1}, {5, 72, 40, 20, 2},
        {5, 120, 40, 32, 1}, {3, 240, 80, 0, 2}, {3, 200, 80, 0, 1}, {3, 184, 80, 0, 1},
        {3, 184, 80, 0, 1}, {3, 480, 112, 120, 1}, {3, 672, 112, 168, 1}, {5, 672, 160, 168, 2},
        {5, 960, 160, 0, 1}, {5, 960, 160, 240, 1}, {5, 960, 160, 0, 1}, {5, 960, 160, 240, 1}};

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 224> struct ghostnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        auto x = conv_bn(net.input("image", image), "conv_stem", "bn1", padded(16, 3, 2)) | relu{};
        constexpr int blocks[] = {1, 1, 1, 1, 1, 1, 5, 1, 4};
        int row = 0;
        for (int stage = 0; stage < 9; ++stage)
            for (int i = 0; i < blocks[stage]; ++i)
                x = ghost_bottleneck(x, name("blocks") / stage / i, ghostnet_rows[row++]);
        const name last = name("blocks") / 9 / 0;
        x = conv_bn(x, last / "conv", last / "bn1", padded(960, 1)) | relu{};
        x = x | global_avg_pool{} | conv2d{"conv_head", {.out = 1280, .bias = true}} | relu{};
        net.output("logits", x | dense{"classifier", 1000});
    }
};

}  // namespace zoo
