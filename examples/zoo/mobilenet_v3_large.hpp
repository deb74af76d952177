// SPDX-License-Identifier: Apache-2.0
// MobileNetV3-Large 1.0 for ImageNet: Howard et al. 2019, table 1. The network alone; weights as
// torchvision's.
#pragma once
#include "blocks.hpp"

namespace zoo {

/// One row of the paper's table 1: `se` is squeeze-and-excite, `hs` hard swish instead of relu.
struct mobilenet_v3_row {
    int kernel, expand, out;
    bool se, hs;
    int stride;
};

constexpr tensor mobilenet_v3_activation(tensor x, bool hs) {
    return hs ? x | hard_swish{} : x | relu{};
}

/// 1x1 up, KxK depthwise, perhaps a squeeze-and-excite that ends in a hard sigmoid, 1x1 down; with
/// a shortcut where the shapes allow it: figure 4.
constexpr tensor mobilenet_v3_block(tensor x, name at, const mobilenet_v3_row& r) {
    constexpr batch_norm_options norm{.eps = 1e-3f};
    auto y = x;
    int part = 0;
    if (r.expand != x.dims.c)
        y = mobilenet_v3_activation(conv_bn(y, at / part++, padded(r.expand, 1), norm), r.hs);
    y = mobilenet_v3_activation(
        conv_bn(y, at / part++, depthwise(y, r.kernel, r.stride), norm), r.hs);
    if (r.se)
        y = mul(y, squeeze_excite(y, at / part++, whole_eighths(r.expand / 4)) | hard_sigmoid{});
    y = conv_bn(y, at / part, padded(r.out, 1), norm);
    return r.stride == 1 && x.dims.c == r.out ? add(x, y) : y;
}

/// Input "image" Nx3x224x224; output "logits" Nx1000. As torchvision.models.mobilenet_v3_large: batch
/// norms have eps 0.001; the two last layers are dense ones as in the authors' code.
template <int Batch = 1, int Side = 224> struct mobilenet_v3_large {
    static constexpr void define(network& net) {
        const name features = "features", classifier = "classifier";
        auto x = net.input("image", {Batch, 3, Side, Side});
        x = conv_bn(x, features / 0, padded(16, 3, 2), {.eps = 1e-3f}) | hard_swish{};

        constexpr mobilenet_v3_row rows[] = {
            {3, 16, 16, false, false, 1},
            {3, 64, 24, false, false, 2},
            {3, 72, 24, false, false, 1},
            {5, 72, 40, true, false, 2},
            {5, 120, 40, true, false, 1},
            {5, 120, 40, true, false, 1},
            {3, 240, 80, false, true, 2},
            {3, 200, 80, false, true, 1},
            {3, 184, 80, false, true, 1},
            {3, 184, 80, false, true, 1},
            {3, 480, 112, true, true, 1},
            {3, 672, 112, true, true, 1},
            {5, 672, 160, true, true, 2},
            {5, 960, 160, true, true, 1},
            {5, 960, 160, true, true, 1},
        };
        int block = 0;
        for (const auto& r : rows) x = mobilenet_v3_block(x, features / ++block / "block", r);

        x.expect({Batch, 160, Side / 32, Side / 32});
        x = conv_bn(x, features / 16, padded(960, 1), {.eps = 1e-3f}) | hard_swish{};
        x = x | global_avg_pool{} | dense{classifier / 0, 1280} | hard_swish{};
        net.output("logits", x | dense{classifier / 3, 1000});
    }
};

}  // namespace zoo
