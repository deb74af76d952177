// SPDX-License-Identifier: Apache-2.0
// HRNet for classes and HRNet for segmentation: high resolution is kept from the first layer to the last.
//
// Task     classification (ImageNet); segmentation (Cityscapes)
// Source   Wang et al. 2019; timm's hrnet_w18 ...; the segmenter as HRNet-Semantic-Segmentation has it,
//          with its `last_layer`, enlarging with align_corners.
#pragma once
#include "blocks/hrnet.hpp"

namespace zoo {

/// Input "image" Nx3xHxW, multiples of 32; output "logits" Nx1000.
constexpr void define_hrnet(network& net, shape image, const hrnet_form& form) {
    const auto branches = hrnet_body(net.input("image", image), form);
    tensor x;
    for (int i = 0; i < 4; ++i) {
        const auto own = bottleneck_block(
            branches[static_cast<std::size_t>(i)], name("incre_modules") / i / 0, 32 << i, {});
        x = i == 0
            ? own
            : add(own,
                  conv_bn(x, name("downsamp_modules") / (i - 1), biased(128 << i, 3, 2)) | relu{});
    }
    x = conv_bn(x, "final_layer", biased(2048, 1)) | relu{};
    net.output("logits", x | global_avg_pool{} | dense{"classifier", 1000});
}

/// As timm's hrnet_w18: `hrnet<18>`.
template <int Width, int Batch = 1, int Side = 224> struct hrnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_hrnet(net, image, {.width = Width});
    }
};

/// As timm's hrnet_w18_small_v2: half of the blocks, fewer exchanges.
template <int Batch = 1, int Side = 224> struct hrnet_w18_small_v2 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_hrnet(net, image, {.first = 2, .modules = {1, 3, 2}, .blocks = 2});
    }
};

/// Input "image" Nx3xHxW, multiples of 32; output "classes" NxCLASSESx(H/4)x(W/4), before softmax.
template <int Width, int Classes = 19, int Batch = 1, int Height = 512, int Across = 1024>
struct hrnet_segmenter {
    static constexpr void define(network& net, shape image = {Batch, 3, Height, Across}) {
        const auto branches
            = hrnet_body(net.input("image", image), {.width = Width, .smooth = true});
        const pair size{branches[0].dims.h, branches[0].dims.w};
        std::vector<tensor> all{branches[0]};
        for (std::size_t i = 1; i < 4; ++i)
            all.push_back(branches[i]
                | resize{{.size = size, .mode = bilinear, .coordinates = align_corners}});
        auto x = concat(all);
        x = conv_bn(x, "last_layer", biased(x.dims.c, 1)) | relu{};
        net.output("classes", x | conv2d{name("last_layer") / 3, biased(Classes, 1)});
    }
};

}  // namespace zoo
