// SPDX-License-Identifier: Apache-2.0
// Res2Net: the 3x3 convolution of a bottleneck becomes several small ones, each of which also sees what
// the one before it made.
//
// Task     classification (ImageNet)
// Source   Gao et al. 2019, figure 2; timm's res2net50_26w_4s, whose weights are named as
//          res2net.py of the authors.
#pragma once
#include "blocks/residual.hpp"

#include <vector>

namespace zoo {

/// 1x1 to `scale` parts of `width` channels, 3x3 on all parts but the last, 1x1.
constexpr tensor res2net_block(tensor x, name at, int planes, int width, int scale, int stride) {
    const bool is_first = stride != 1 || x.dims.c != 4 * planes;
    const auto y = conv_bn(x, at / "conv1", at / "bn1", padded(width * scale, 1)) | relu{};
    const std::vector<tensor> parts = chunk(y, scale, 1);
    std::vector<tensor> done;
    for (int i = 0; i + 1 < scale; ++i) {
        const auto part = parts[static_cast<std::size_t>(i)];
        const auto seen = i == 0 || is_first ? part : add(done.back(), part);
        done.push_back(
            conv_bn(seen, at / "convs" / i, at / "bns" / i, padded(width, 3, stride)) | relu{});
    }
    done.push_back(is_first ? parts.back() | avg_pool{{.kernel = 3, .stride = stride, .pad = 1}}
                            : parts.back());
    const auto out = conv_bn(concat(done), at / "conv3", at / "bn3", padded(4 * planes, 1));
    return add(out, resnet_shortcut(x, at, 4 * planes, stride)) | relu{};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000. As timm's res2net50_26w_4s: `res2net<50, 26, 4>`.
template <int Depth, int Width, int Scale, int Batch = 1, int Side = 224> struct res2net {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr resnet_form form{.depth = Depth};
        auto x = resnet_stem(net.input("image", image));
        for (int stage = 1; stage <= 4; ++stage)
            for (int block = 0; block < form.blocks(stage); ++block)
                x = res2net_block(x, name("layer", stage) / block, 32 << stage,
                    Width << (stage - 1), Scale, stage > 1 && block == 0 ? 2 : 1);
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};

}  // namespace zoo
