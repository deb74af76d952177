// SPDX-License-Identifier: Apache-2.0
// EfficientNet-B0 for ImageNet: Tan and Le 2019, table 1. The network alone; weights as
// torchvision's.
#pragma once
#include "blocks.hpp"

namespace zoo {

/// MBConv: 1x1 up to `expand` times the channels, KxK depthwise, squeeze-and-excite to a quarter of
/// the block's input, 1x1 down to `out`; silu between them; with a shortcut where the shapes allow.
constexpr tensor mb_conv(tensor x, name at, int expand, int kernel, int out, int stride) {
    auto y = x;
    int part = 0;
    if (expand != 1) y = conv_bn(y, at / part++, padded(x.dims.c * expand, 1)) | silu{};
    y = conv_bn(y, at / part++, depthwise(y, kernel, stride)) | silu{};
    y = mul(y, squeeze_excite(y, at / part++, x.dims.c / 4, true) | sigmoid{});
    y = conv_bn(y, at / part, padded(out, 1));
    return stride == 1 && x.dims.c == out ? add(x, y) : y;
}

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.efficientnet_b0.
template <int Batch = 1, int Side = 224> struct efficientnet_b0 {
    static constexpr void define(network& net) {
        const name features = "features";
        auto x = net.input("image", {Batch, 3, Side, Side});
        x = conv_bn(x, features / 0, padded(32, 3, 2)) | silu{};

        struct row {
            int expand, kernel, out, blocks, stride;
        };
        constexpr row rows[] = {{1, 3, 16, 1, 1}, {6, 3, 24, 2, 2}, {6, 5, 40, 2, 2},
            {6, 3, 80, 3, 2}, {6, 5, 112, 3, 1}, {6, 5, 192, 4, 2}, {6, 3, 320, 1, 1}};
        int stage = 0;
        for (const row& r : rows) {
            ++stage;
            for (int i = 0; i < r.blocks; ++i)
                x = mb_conv(x, features / stage / i / "block", r.expand, r.kernel, r.out,
                    i == 0 ? r.stride : 1);
        }

        x.expect({Batch, 320, Side / 32, Side / 32});
        x = conv_bn(x, features / 8, padded(1280, 1)) | silu{};
        net.output("logits", x | global_avg_pool{} | dense{name("classifier") / 1, 1000});
    }
};

}  // namespace zoo
