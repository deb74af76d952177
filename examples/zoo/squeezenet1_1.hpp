// SPDX-License-Identifier: Apache-2.0
// SqueezeNet 1.1 for ImageNet: Iandola et al. 2016, with the smaller stem and the earlier pools of
// the authors' release 1.1. The network alone; weights as torchvision's.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// 1x1 down to `squeeze` channels, then 1x1 and 3x3 side by side: the paper's figure 1.
/// In NxCxHxW; out Nx(2 EXPAND)xHxW.
constexpr tensor fire(tensor x, name at, int squeeze, int expand) {
    const auto s = x | conv2d{at / "squeeze", {.out = squeeze, .bias = true}} | relu{};
    return concat({
        s | conv2d{at / "expand1x1", {.out = expand, .bias = true}} | relu{},
        s | conv2d{at / "expand3x3", {.out = expand, .kernel = 3, .pad = 1, .bias = true}} | relu{},
    });
}

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.squeezenet1_1; the relu
/// behind the classifier belongs to the network.
template <int Batch = 1, int Side = 224> struct squeezenet1_1 {
    static constexpr void define(network& net) {
        const name features = "features";
        const max_pool halve{{.kernel = 3, .stride = 2, .ceil_mode = true}};
        auto x = net.input("image", {Batch, 3, Side, Side})
            | conv2d{features / 0, {.out = 64, .kernel = 3, .stride = 2, .bias = true}}
            | relu{};

        x = x | halve;
        x = fire(x, features / 3, 16, 64);
        x = fire(x, features / 4, 16, 64) | halve;
        x = fire(x, features / 6, 32, 128);
        x = fire(x, features / 7, 32, 128) | halve;
        x = fire(x, features / 9, 48, 192);
        x = fire(x, features / 10, 48, 192);
        x = fire(x, features / 11, 64, 256);
        x = fire(x, features / 12, 64, 256);

        x = x | conv2d{name("classifier") / 1, {.out = 1000, .bias = true}} | relu{};
        net.output("logits", x | global_avg_pool{} | flatten{});
    }
};

}  // namespace zoo
