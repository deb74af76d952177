// SPDX-License-Identifier: Apache-2.0
// CenterNet on ResNet: objects as peaks of a map, and their sizes there.
//
// Task     detection (COCO)
// Source   Zhou et al. 2019; weights named as xingyizhou/CenterNet's "res_18"; torch_rewritten_boxes.py has this one.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Input "image" Nx3xHxW; outputs at a quarter of the rows and columns: "peaks" Nx80xH/4xW/4 before sigmoid,
/// "sizes" and "offsets" Nx2xH/4xW/4 in its pixels.
template <int Depth = 18, int Batch = 1, int Side = 512> struct centernet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        auto x = resnet_backbone(net.input("image", image), {.depth = Depth}).stage[3];
        for (int i = 0; i < 3; ++i)
            x = x
                | conv_transpose2d{name("deconv_layers") / (3 * i),
                    {.out = 256, .kernel = 4, .stride = 2, .pad = 1}}
                | batch_norm{name("deconv_layers") / (3 * i + 1)}
                | relu{};
        const auto head = [&](const char* at, int out) {
            return x
                | conv2d{name(at) / 0, biased(64, 3)}
            | relu{}
            | conv2d{name(at) / 2, {.out = out, .bias = true}};
        };
        net.output("peaks", head("hm", 80));
        net.output("sizes", head("wh", 2));
        net.output("offsets", head("reg", 2));
    }
};

}  // namespace zoo
