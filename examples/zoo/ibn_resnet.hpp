// SPDX-License-Identifier: Apache-2.0
// IBN-Net "a": half of the channels behind a block's first convolution have instance norm, so that the
// network depends less on the colours of a picture.
//
// Task     classification (ImageNet), re-identification
// Source   Pan et al. 2018, figure 3a; weights named as resnet50_ibn_a of XingangPan/IBN-Net.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Instance norm (AT.IN) on the first half of the channels, batch norm (AT.BN) on the others.
constexpr tensor instance_batch_norm(tensor x, name at) {
    const auto [first, second] = chunk<2>(x, 1);
    return concat(
        {first | instance_norm{at / "IN", {.affine = true}}, second | batch_norm{at / "BN"}});
}

/// Input "image" Nx3xHxW; output "logits" Nx1000. The last stage has batch norms alone.
template <int Depth, int Batch = 1, int Side = 224> struct ibn_resnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr resnet_form form{.depth = Depth};
        auto x = resnet_stem(net.input("image", image));
        for (int stage = 1; stage <= 4; ++stage)
            for (int block = 0; block < form.blocks(stage); ++block) {
                const name at = name("layer", stage) / block;
                const int width = 32 << stage, stride = stage > 1 && block == 0 ? 2 : 1;
                auto y = x | conv2d{at / "conv1", {.out = width}};
                y = stage < 4 ? instance_batch_norm(y, at / "bn1") : y | batch_norm{at / "bn1"};
                y = conv_bn(y | relu{}, at / "conv2", at / "bn2", padded(width, 3, stride))
                    | relu{};
                y = conv_bn(y, at / "conv3", at / "bn3", padded(4 * width, 1));
                x = add(y, resnet_shortcut(x, at, 4 * width, stride)) | relu{};
            }
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};

}  // namespace zoo
