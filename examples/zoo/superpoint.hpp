// SPDX-License-Identifier: Apache-2.0
// SuperPoint: points of an image that are found again in another one, and what they look like.
//
// Task     interest points and descriptors
// Source   DeTone et al. 2018, figure 3; weights named as MagicLeap's SuperPointNet; torch_rewritten_misc.py
//          has this one.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Input "image" Nx1xHxW in 0 to 1, multiples of 8; outputs "points" Nx65x(H/8)x(W/8), before softmax: 8x8
/// places and none; and "descriptors" Nx256x(H/8)x(W/8), of length 1.
template <int Batch = 1, int Height = 240, int Width = 320> struct superpoint {
    static constexpr void define(network& net, shape image = {Batch, 1, Height, Width}) {
        constexpr int widths[] = {64, 64, 128, 128};
        auto x = net.input("image", image);
        const auto convolve
            = [](tensor y, name at, int out) { return y | conv2d{at, biased(out, 3)} | relu{}; };
        for (int stage = 0; stage < 4; ++stage) {
            const name at("conv", stage + 1);
            if (stage > 0) x = x | max_pool{{.kernel = 2, .stride = 2}};
            x = convolve(x, at.prefix() / "a", widths[stage]);
            x = convolve(x, at.prefix() / "b", widths[stage]);
        }
        net.output(
            "points", convolve(x, "convPa", 256) | conv2d{"convPb", {.out = 65, .bias = true}});
        const auto raw = convolve(x, "convDa", 256) | conv2d{"convDb", {.out = 256, .bias = true}};
        net.output("descriptors", raw | lp_normalize{});
    }
};

}  // namespace zoo
