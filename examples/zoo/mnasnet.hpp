// SPDX-License-Identifier: Apache-2.0
// MNASNet-B1 with widths 0.5, 0.75, 1.0 and 1.3.
//
// Task     classification (ImageNet)
// Source   Tan et al. 2018, figure 7; torchvision.models.mnasnet0_5 ...
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// 1x1 up, KxK depthwise, 1x1 down: names are places in a torch.nn.Sequential with activations.
constexpr tensor mnasnet_block(tensor x, name at, int expand, int kernel, int out, int stride) {
    auto y = conv_bn(x, at / 0, at / 1, padded(x.dims.c * expand, 1)) | relu{};
    y = conv_bn(y, at / 3, at / 4, depthwise(y, kernel, stride)) | relu{};
    y = conv_bn(y, at / 6, at / 7, padded(out, 1));
    return stride == 1 && x.dims.c == out ? add(x, y) : y;
}

/// Input "image" Nx3xHxW; output "logits" Nx1000: `mnasnet<50>` has half the width of `mnasnet<100>`.
template <int Percent, int Batch = 1, int Side = 224> struct mnasnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto wide = [](int channels) { return whole_eighths(channels * Percent / 100.0); };
        const name layers = "layers";
        auto x = conv_bn(net.input("image", image), layers / 0, layers / 1, padded(wide(32), 3, 2))
            | relu{};
        x = conv_bn(x, layers / 3, layers / 4, depthwise(x, 3)) | relu{};
        x = conv_bn(x, layers / 6, layers / 7, padded(wide(16), 1));

        struct row {
            int expand, kernel, out, blocks, stride;
        };
        constexpr row rows[] = {{3, 3, 24, 3, 2}, {3, 5, 40, 3, 2}, {6, 5, 80, 3, 2},
            {6, 3, 96, 2, 1}, {6, 5, 192, 4, 2}, {6, 3, 320, 1, 1}};
        int stage = 7;
        for (const row& r : rows) {
            ++stage;
            for (int i = 0; i < r.blocks; ++i)
                x = mnasnet_block(x, layers / stage / i / "layers", r.expand, r.kernel, wide(r.out),
                    i == 0 ? r.stride : 1);
        }
        x = conv_bn(x, layers / 14, layers / 15, padded(1280, 1)) | relu{};
        net.output("logits", x | global_avg_pool{} | dense{name("classifier") / 1, 1000});
    }
};

}  // namespace zoo
