// SPDX-License-Identifier: Apache-2.0
// Real-ESRGAN: a picture at four times its size, by residual blocks of dense blocks.
//
// Task     super-resolution
// Source   Wang et al. 2021; weights named as basicsr's RRDBNet (params_ema of RealESRGAN_x4plus, 23 blocks, and
//          of RealESRGAN_x4plus_anime_6B, 6); torch_rewritten_misc.py has this one.
#pragma once
#include "blocks/conv.hpp"

#include <vector>

namespace zoo {

/// Five 3x3 convolutions, each of all that is before it; a fifth of the last is added.
constexpr tensor residual_dense_block(tensor x, name at) {
    std::vector<tensor> parts{x};
    for (int i = 1; i < 5; ++i)
        parts.push_back((i == 1 ? x : concat(parts))
            | conv2d{at / name("conv", i).view(), biased(32, 3)}
            | leaky_relu{0.2f});
    return (concat(parts) | conv2d{at / "conv5", biased(64, 3)}) * 0.2f + x;
}

/// Input "picture" Nx3xHxW in 0 to 1; output "enlarged" Nx3x4Hx4W.
template <int Blocks = 23, int Batch = 1, int Side = 64> struct real_esrgan {
    static constexpr void define(network& net, shape picture = {Batch, 3, Side, Side}) {
        const auto first = net.input("picture", picture) | conv2d{"conv_first", biased(64, 3)};
        auto x = first;
        for (int i = 0; i < Blocks; ++i) {
            auto y = x;
            for (int j = 1; j <= 3; ++j)
                y = residual_dense_block(y, name("body") / i / name("rdb", j).view());
            x = y * 0.2f + x;
        }
        x = first + (x | conv2d{"conv_body", biased(64, 3)});
        for (const char* at : {"conv_up1", "conv_up2"})
            x = x
                | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric}}
                | conv2d{at, biased(64, 3)}
                | leaky_relu{0.2f};
        x = x | conv2d{"conv_hr", biased(64, 3)} | leaky_relu{0.2f};
        net.output("enlarged", x | conv2d{"conv_last", biased(3, 3)});
    }
};

}  // namespace zoo
