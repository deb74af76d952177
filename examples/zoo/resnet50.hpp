// SPDX-License-Identifier: Apache-2.0
// ResNet-50 for ImageNet: He et al. 2015, table 1. The network alone; weights as torchvision's.
#pragma once
#include "resnet.hpp"

namespace zoo {

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.resnet50, which has the
/// stride of a stage at its first 3x3 convolution where the paper has it at the 1x1 before.
template <int Batch = 1, int Side = 224> struct resnet50 {
    static constexpr void define(network& net) {
        auto x = resnet_stem(net.input("image", {Batch, 3, Side, Side}));

        constexpr int blocks[] = {3, 4, 6, 3};
        for (int stage = 1; stage <= 4; ++stage)
            for (int block = 0; block < blocks[stage - 1]; ++block)
                x = bottleneck_block(
                    x, name("layer", stage) / block, 32 << stage, stage > 1 && block == 0 ? 2 : 1);

        x.expect({Batch, 2048, Side / 32, Side / 32});
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};

}  // namespace zoo
