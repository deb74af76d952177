// SPDX-License-Identifier: Apache-2.0
// AlexNet on one device, without the paper's two towers and local response norms.
//
// Task     classification (ImageNet)
// Source   Krizhevsky 2014 ("one weird trick"); torchvision.models.alexnet.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 224> struct alexnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name features = "features", classifier = "classifier";
        const max_pool halve{{.kernel = 3, .stride = 2}};
        auto x = net.input("image", image)
            | conv2d{features / 0, {.out = 64, .kernel = 11, .stride = 4, .pad = 2, .bias = true}}
            | relu{}
            | halve
            | conv2d{features / 3, biased(192, 5)}
            | relu{}
            | halve
            | conv2d{features / 6, biased(384, 3)}
            | relu{}
            | conv2d{features / 8, biased(256, 3)}
            | relu{}
            | conv2d{features / 10, biased(256, 3)}
            | relu{}
            | halve;
        x = x
            | adaptive_avg_pool{{6, 6}}
            | flatten{}
            | dense{classifier / 1, 4096}
            | relu{}
            | dense{classifier / 4, 4096}
            | relu{};
        net.output("logits", x | dense{classifier / 6, 1000});
    }
};

}  // namespace zoo
