// SPDX-License-Identifier: Apache-2.0
// U2-Net and its small form U2-Netp: what stands out in a picture, by U-Nets inside of a U-Net.
//
// Task     salient object segmentation, removing backgrounds
// Source   Qin et al. 2020, figure 5; weights named as xuebinqin/U-2-Net; torch_rewritten_misc.py has this one.
#pragma once
#include "blocks/conv.hpp"

#include <vector>

namespace zoo {

/// 3x3 with a bias, batch norm and relu.
constexpr tensor u2_conv(tensor x, name at, int out, int dilation = 1) {
    return x
        | conv2d{at / "conv_s1",
            {.out = out, .kernel = 3, .pad = dilation, .dilation = dilation, .bias = true}}
    | batch_norm{at / "bn_s1"}
    | relu{};
}

constexpr tensor u2_stretch(tensor x, tensor like) {
    return x
        | resize{{.size = {like.dims.h, like.dims.w}, .mode = bilinear, .coordinates = half_pixel}};
}

constexpr tensor u2_pool(tensor x) {
    return x | max_pool{{.kernel = 2, .stride = 2, .ceil_mode = true}};
}

/// A U of `height` levels plus its input: RSU. A `flat` one dilates where others pool.
constexpr tensor rsu(tensor x, name at, int height, int inner, int out, bool flat = false) {
    const auto input = u2_conv(x, at / "rebnconvin", out);
    const auto part = [&](int number, bool up) {
        const name own = at / name("rebnconv", number).view();
        return up ? own.prefix() / "d" : own;
    };
    std::vector<tensor> down;
    auto y = input;
    for (int i = 1; i < height; ++i) {
        if (i > 1 && !flat) y = u2_pool(y);
        y = u2_conv(y, part(i, false), inner, flat ? 1 << (i - 1) : 1);
        down.push_back(y);
    }
    y = u2_conv(y, part(height, false), inner, flat ? 1 << (height - 1) : 2);
    for (int i = height - 1; i >= 1; --i) {
        const auto beside = down[static_cast<std::size_t>(i - 1)];
        if (!flat && i < height - 1) y = u2_stretch(y, beside);
        y = u2_conv(
            concat({y, beside}), part(i, true), i > 1 ? inner : out, flat ? 1 << (i - 1) : 1);
    }
    return y + input;
}

/// Input "image" Nx3xHxW, RGB over the largest value, minus ImageNet's mean over its deviation; output
/// "salient" Nx1xHxW in 0 to 1, of all levels together.
template <bool Small = false, int Batch = 1, int Side = 320> struct u2net {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int heights[] = {7, 6, 5, 4, 4, 4};
        constexpr int inner[] = {32, 32, 64, 128, 256, 256}, outs[] = {64, 128, 256, 512, 512, 512};
        constexpr int back[] = {16, 32, 64, 128, 256}, back_outs[] = {64, 64, 128, 256, 512};
        auto x = net.input("image", image);
        std::vector<tensor> down;
        for (int i = 0; i < 6; ++i) {
            if (i > 0) x = u2_pool(x);
            x = rsu(x, name("stage", i + 1), heights[i], Small ? 16 : inner[i],
                Small ? 64 : outs[i], i >= 4);
            down.push_back(x);
        }
        std::vector<tensor> levels{x};
        for (int i = 4; i >= 0; --i) {
            const auto beside = down[static_cast<std::size_t>(i)];
            x = rsu(concat({u2_stretch(x, beside), beside}), name("stage", i + 1).prefix() / "d",
                heights[i], Small ? 16 : back[i], Small ? 64 : back_outs[i], i == 4);
            levels.push_back(x);
        }
        std::vector<tensor> sides;
        for (int i = 0; i < 6; ++i) {
            const auto side = levels[static_cast<std::size_t>(5 - i)]
                | conv2d{name("side", i + 1), biased(1, 3)};
            sides.push_back(i == 0 ? side : u2_stretch(side, sides[0]));
        }
        const auto all = concat(sides) | conv2d{"outconv", {.out = 1, .bias = true}};
        net.output("salient", all | sigmoid{});
    }
};

}  // namespace zoo
