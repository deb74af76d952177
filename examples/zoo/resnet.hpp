// SPDX-License-Identifier: Apache-2.0
// ResNet-18, -34, -50, -101 and -152; with wider or grouped 3x3 convolutions wide ResNets and ResNeXts.
//
// Task     classification (ImageNet)
// Source   He et al. 2015; wide: Zagoruyko and Komodakis 2016; grouped: Xie et al. 2016.
//          torchvision.models.resnet*, wide_resnet*, resnext*: the stride of a stage is at its first
//          3x3 convolution where the paper has it at the 1x1 before.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Input "image" Nx3xHxW; output "logits" Nx1000.
constexpr void define_resnet(network& net, shape image, const resnet_form& form) {
    const auto x = resnet_backbone(net.input("image", image), form).stage[3];
    net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
}

/// As torchvision.models.resnet18 and so on: `resnet<50>`.
template <int Depth, int Batch = 1, int Side = 224> struct resnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_resnet(net, image, {.depth = Depth});
    }
};
template <int Batch = 1, int Side = 224> using resnet18 = resnet<18, Batch, Side>;
template <int Batch = 1, int Side = 224> using resnet50 = resnet<50, Batch, Side>;

/// As torchvision.models.wide_resnet50_2: 3x3 convolutions of twice the width.
template <int Depth, int Batch = 1, int Side = 224> struct wide_resnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_resnet(net, image, {.depth = Depth, .base = 128});
    }
};

/// As torchvision.models.resnext50_32x4d: `resnext<50, 32, 4>`.
template <int Depth, int Groups, int Width, int Batch = 1, int Side = 224> struct resnext {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_resnet(net, image, {.depth = Depth, .groups = Groups, .base = Width});
    }
};

}  // namespace zoo
