// SPDX-License-Identifier: Apache-2.0
// Fast style transfer: a photo as a painter would have seen it, in one run. ../style paints pictures.
//
// Task     style transfer
// Source   Johnson et al. 2016 with instance norm (Ulyanov et al. 2016); lengstrom/fast-style-transfer, with
//          TensorFlow's SAME padding. torch_rewritten.py has this one.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Convolution and norm, without an activation.
constexpr tensor style_conv(tensor x, name at, int out, int kernel, int stride = 1) {
    return x
        | conv2d{at / "conv", {.out = out, .kernel = kernel, .stride = stride, .pad = lamina::same}}
    | instance_norm{at / "norm", {.eps = 1e-3f, .affine = true}};
}

/// To twice the size.
constexpr tensor style_enlarge(tensor x, name at, int out) {
    return x
        | conv_transpose2d{at / "convT",
            {.out = out, .kernel = 3, .stride = 2, .pad = lamina::same}}
    | instance_norm{at / "norm", {.eps = 1e-3f, .affine = true}}
    | relu{};
}

/// Input "picture" Nx3xHxW, RGB in 0 to 255, height and width multiples of 4; output "painting" alike.
template <int Batch = 1, int Height = 256, int Width = 256> struct style_transfer {
    static constexpr void define(network& net, shape picture = {Batch, 3, Height, Width}) {
        net.output("painting", painted(net.input("picture", picture)));
    }
    static constexpr tensor painted(tensor picture) {
        auto x = style_conv(picture, "conv1", 32, 9) | relu{};
        x = style_conv(x, "conv2", 64, 3, 2) | relu{};
        x = style_conv(x, "conv3", 128, 3, 2) | relu{};
        for (int i = 1; i <= 5; ++i) {
            const name at("res", i);
            x = x + style_conv(style_conv(x, at / "a", 128, 3) | relu{}, at / "b", 128, 3);
        }
        x = style_enlarge(style_enlarge(x, "up1", 64), "up2", 32);
        x = style_conv(x, "out", 3, 9) | lamina::tanh{};
        return ((x * 150.f + 127.5f) | clamp{0, 255}).expect(picture.dims);
    }
};

}  // namespace zoo
