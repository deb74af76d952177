// SPDX-License-Identifier: Apache-2.0
// ResNet-18 for ImageNet: He et al. 2015, table 1. The network alone; weights as torchvision's.
#pragma once
#include "resnet.hpp"

namespace zoo {

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.resnet18.
template <int Batch = 1, int Side = 224> struct resnet18 {
    static constexpr void define(network& net) {
        auto x = resnet_stem(net.input("image", {Batch, 3, Side, Side}));

        for (int stage = 1; stage <= 4; ++stage)
            for (int block = 0; block < 2; ++block)
                x = basic_block(
                    x, name("layer", stage) / block, 32 << stage, stage > 1 && block == 0 ? 2 : 1);

        x.expect({Batch, 512, Side / 32, Side / 32});
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};

}  // namespace zoo
