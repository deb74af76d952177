// SPDX-License-Identifier: Apache-2.0
// DBNet on ResNet: for each pixel, how likely it is the shrunk middle of a text.
//
// Task     text detection
// Source   Liao et al. 2019, figure 3; weights named as MhLiao/DB's ResNet-18 without deformable convolutions,
//          the threshold map left out; torch_rewritten_boxes.py has this one.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

constexpr tensor nearest_to(tensor x, int factor) {
    return x | resize{{.scale = factor, .mode = nearest, .coordinates = asymmetric}};
}

/// Input "image" Nx3xHxW, multiples of 32; output "text" Nx1xHxW in 0 to 1.
template <int Depth = 18, int Batch = 1, int Side = 640> struct dbnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto seen = resnet_backbone(net.input("image", image), {.depth = Depth}, "backbone");
        const name decoder = "decoder";
        tensor levels[4];
        for (int i = 3; i >= 0; --i) {
            levels[i] = seen.stage[i] | conv2d{decoder / name("in", i + 2).view(), {.out = 256}};
            if (i < 3) levels[i] = nearest_to(levels[i + 1], 2) + levels[i];
        }
        std::vector<tensor> parts;
        for (int i = 3; i >= 0; --i) {
            // The finest one is a convolution alone, the others stand in a Sequential.
            const name out = decoder / name("out", i + 2).view();
            const auto y = levels[i] | conv2d{i == 0 ? out : out / 0, padded(64, 3)};
            parts.push_back(i == 0 ? y : nearest_to(y, 1 << i));
        }
        const name head = decoder / "binarize";
        auto x = conv_bn(concat(parts), head / 0, head / 1, padded(64, 3)) | relu{};
        x = x
            | conv_transpose2d{head / 3, {.out = 64, .kernel = 2, .stride = 2, .bias = true}}
            | batch_norm{head / 4}
            | relu{};
        x = x | conv_transpose2d{head / 6, {.out = 1, .kernel = 2, .stride = 2, .bias = true}};
        net.output("text", x | sigmoid{});
    }
};

}  // namespace zoo
