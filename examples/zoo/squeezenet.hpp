// SPDX-License-Identifier: Apache-2.0
// SqueezeNet 1.0, and 1.1 with a smaller stem and earlier pools.
//
// Task     classification (ImageNet)
// Source   Iandola et al. 2016, table 1; torchvision.models.squeezenet1_0, squeezenet1_1.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// 1x1 down to `squeeze` channels, then 1x1 and 3x3 side by side: the paper's figure 1.
/// In NxCxHxW; out Nx(2 EXPAND)xHxW.
constexpr tensor fire(tensor x, name at, int squeeze, int expand) {
    const auto s = x | conv2d{at / "squeeze", {.out = squeeze, .bias = true}} | relu{};
    return concat({
        s | conv2d{at / "expand1x1", {.out = expand, .bias = true}} | relu{},
        s | conv2d{at / "expand3x3", biased(expand, 3)} | relu{},
    });
}

/// The relu behind the classifier belongs to the network.
constexpr tensor squeezenet_classifier(tensor x) {
    return x
        | conv2d{name("classifier") / 1, {.out = 1000, .bias = true}}
    | relu{}
    | global_avg_pool{}
    | flatten{};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 224> struct squeezenet1_0 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name features = "features";
        const max_pool halve{{.kernel = 3, .stride = 2, .ceil_mode = true}};
        auto x = net.input("image", image)
            | conv2d{features / 0, {.out = 96, .kernel = 7, .stride = 2, .bias = true}}
            | relu{}
            | halve;
        x = fire(x, features / 3, 16, 64);
        x = fire(x, features / 4, 16, 64);
        x = fire(x, features / 5, 32, 128) | halve;
        x = fire(x, features / 7, 32, 128);
        x = fire(x, features / 8, 48, 192);
        x = fire(x, features / 9, 48, 192);
        x = fire(x, features / 10, 64, 256) | halve;
        net.output("logits", squeezenet_classifier(fire(x, features / 12, 64, 256)));
    }
};

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 224> struct squeezenet1_1 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name features = "features";
        const max_pool halve{{.kernel = 3, .stride = 2, .ceil_mode = true}};
        auto x = net.input("image", image)
            | conv2d{features / 0, {.out = 64, .kernel = 3, .stride = 2, .bias = true}}
            | relu{}
            | halve;
        x = fire(x, features / 3, 16, 64);
        x = fire(x, features / 4, 16, 64) | halve;
        x = fire(x, features / 6, 32, 128);
        x = fire(x, features / 7, 32, 128) | halve;
        x = fire(x, features / 9, 48, 192);
        x = fire(x, features / 10, 48, 192);
        x = fire(x, features / 11, 64, 256);
        net.output("logits", squeezenet_classifier(fire(x, features / 12, 64, 256)));
    }
};

}  // namespace zoo
