// SPDX-License-Identifier: Apache-2.0
// PSENet on ResNet: seven maps of a text, each a little larger than the one before.
//
// Task     text detection
// Source   Wang et al. 2019, figure 3; weights named as whai362/PSENet's ResNet; torch_rewritten_boxes.py has this one.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Input "image" Nx3xHxW; output "kernels" Nx7xHxW before sigmoid, the whole text first.
template <int Depth = 50, int Batch = 1, int Side = 640> struct psenet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto seen = resnet_backbone(net.input("image", image), {.depth = Depth});
        const auto stretched = [](tensor x, int height, int width) {
            return x
                | resize{{.size = {height, width}, .mode = bilinear, .coordinates = half_pixel}};
        };
        const auto layer = [](tensor x, name at, int kernel) {
            conv2d_options o = biased(256, kernel);
            return x | conv2d{at, o} | batch_norm{at.prefix() / "_bn"} | relu{};
        };
        tensor levels[4];
        levels[3] = layer(seen.stage[3], "toplayer", 1);
        for (int i = 2; i >= 0; --i) {
            const auto beside = layer(seen.stage[i], name("latlayer", 3 - i), 1);
            const auto sum = stretched(levels[i + 1], beside.dims.h, beside.dims.w) + beside;
            levels[i] = layer(sum, name("smooth", 3 - i), 3);
        }
        std::vector<tensor> parts{levels[0]};
        for (int i = 1; i < 4; ++i)
            parts.push_back(stretched(levels[i], levels[0].dims.h, levels[0].dims.w));
        auto x = concat(parts) | conv2d{"conv2", biased(256, 3)} | batch_norm{"bn2"} | relu{};
        x = x | conv2d{"conv3", {.out = 7, .bias = true}};
        net.output("kernels", stretched(x, image.h, image.w));
    }
};

}  // namespace zoo
