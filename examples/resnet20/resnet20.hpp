// SPDX-License-Identifier: Apache-2.0
// ResNet-20 for the 32x32 pictures of CIFAR-10: He et al. 2015, section 4.2. The network alone.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// How a skip branch gets from 16 channels to 32 and from 32 to 64.
enum class shortcut {
    projection,  ///< a 1x1 convolution with its own weights ("option B")
    padding,     ///< every second row and column, zeros as new channels ("option A"): no weights
};

/// Every second row and column; half of the new channels before the old ones, half behind.
constexpr tensor thin_and_pad(tensor x, int out) {
    const int zeros = (out - x.dims.c) / 2;
    const auto y = x
        | slice{2, {.step = 2}}
        | slice{3, {.step = 2}}
        | pad{{.before = {0, zeros}, .after = {0, zeros}}};
    return y;
}

/// Two 3x3 convolutions and a shortcut. `at` is the block's name in the weights file ("layer1.0").
/// In NxCxHxW; out NxOUTx(H/stride)x(W/stride). Source: He et al. 2015, figure 2.
constexpr tensor basic_block(tensor x, name at, int out, int stride, shortcut kind) {
    auto y = x
        | conv2d{at / "conv1", {.out = out, .kernel = 3, .stride = stride, .pad = 1}}
        | batch_norm{at / "bn1"}
        | relu{}
        | conv2d{at / "conv2", {.out = out, .kernel = 3, .pad = 1}}
        | batch_norm{at / "bn2"};

    if (stride != 1 && kind == shortcut::projection)
        x = x
            | conv2d{at / "downsample" / 0, {.out = out, .stride = stride}}
            | batch_norm{at / "downsample" / 1};
    else if (stride != 1)
        x = thin_and_pad(x, out);

    return add(y, x) | relu{};
}

/// Input "image" Nx3x32x32, normalised; output "logits" Nx10. The classifier is called "fc" in our
/// own weights (projection) and "linear" in those of akamaster/pytorch_resnet_cifar10 (padding).
template <shortcut Kind = shortcut::projection, int Batch = 1> struct resnet20 {
    static constexpr void define(network& net) {
        auto x = net.input("image", {Batch, 3, 32, 32})
            | conv2d{"conv1", {.out = 16, .kernel = 3, .pad = 1}}
            | batch_norm{"bn1"}
            | relu{};

        for (int stage = 1; stage <= 3; ++stage)
            for (int block = 0; block < 3; ++block)
                x = basic_block(x, name("layer", stage) / block, 8 << stage,
                    stage > 1 && block == 0 ? 2 : 1, Kind);

        x.expect({Batch, 64, 8, 8});
        const name classifier = Kind == shortcut::projection ? "fc" : "linear";
        net.output("logits", x | global_avg_pool{} | dense{classifier, 10});
    }
};

}  // namespace zoo
