// SPDX-License-Identifier: Apache-2.0
// U-Net, the classical one, with padding 1 (the paper's convolutions shrink the image and crop the
// skips), batch norm and RGB.
//
// Task     segmentation
// Source   Ronneberger et al. 2015, figure 1; torch_networks.py has this one.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// 3x3, batch norm, relu, twice; names as in a torch.nn.Sequential.
constexpr tensor conv_twice(tensor x, name at, int out) {
    x = conv_bn(x, at / 0, at / 1, padded(out, 3)) | relu{};
    return conv_bn(x, at / 3, at / 4, padded(out, 3)) | relu{};
}

/// Input "image" Nx3xHxW, multiples of 16; output "classes" Nx2xHxW, before softmax. `Base` is the width
/// of the first stage, 64 in the paper.
template <int Batch = 1, int Side = 256, int Base = 64> struct unet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        tensor skips[4], x = net.input("image", image);
        for (int i = 0; i < 4; ++i) {
            skips[i] = conv_twice(x, name("down") / i, Base << i);
            x = skips[i] | max_pool{{.kernel = 2, .stride = 2}};
        }
        x = conv_twice(x, "middle", Base << 4);
        for (int i = 0; i < 4; ++i) {
            const int out = Base << (3 - i);
            x = x
                | conv_transpose2d{
                    name("up") / i, {.out = out, .kernel = 2, .stride = 2, .bias = true}};
            x = conv_twice(concat({skips[3 - i], x}), name("join") / i, out);
        }
        net.output("classes", x | conv2d{"head", {.out = 2, .bias = true}});
    }
};

}  // namespace zoo
