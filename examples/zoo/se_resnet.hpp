// SPDX-License-Identifier: Apache-2.0
// ResNets whose blocks weight their channels before the shortcut.
//
// Task     classification (ImageNet)
// Source   Hu et al. 2017; timm's seresnet50 and seresnext50_32x4d.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Input "image" Nx3xHxW; output "logits" Nx1000.
constexpr void define_se_resnet(network& net, shape image, const resnet_form& form) {
    auto x = resnet_stem(net.input("image", image));
    for (int stage = 1; stage <= 4; ++stage)
        for (int block = 0; block < form.blocks(stage); ++block) {
            const name at = name("layer", stage) / block;
            const int width = 32 << stage, stride = stage > 1 && block == 0 ? 2 : 1;
            const auto y = bottleneck_body(x, at, width * form.base / 64 * form.groups, 4 * width,
                {.stride = stride}, form.groups);
            const auto weighted = mul(y, squeeze_excite(y, at / "se", width / 4) | sigmoid{});
            x = add(weighted, resnet_shortcut(x, at, 4 * width, stride)) | relu{};
        }
    net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
}

/// As timm's seresnet50: `se_resnet<50>`; as seresnext50_32x4d: `se_resnet<50, 32, 4>`.
template <int Depth, int Groups = 1, int Width = 64, int Batch = 1, int Side = 224>
struct se_resnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_se_resnet(net, image, {.depth = Depth, .groups = Groups, .base = Width});
    }
};

}  // namespace zoo
