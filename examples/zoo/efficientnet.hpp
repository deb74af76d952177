// SPDX-License-Identifier: Apache-2.0
// EfficientNet-B0 to -B7 and EfficientNetV2-S, -M and -L.
//
// Task     classification (ImageNet)
// Source   Tan and Le 2019, table 1 and 2021, table 4; torchvision.models.efficientnet_b0 ...,
//          efficientnet_v2_s ...
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// A row of the papers' tables: blocks of one kind.
struct efficientnet_row {
    int expand, kernel, stride, out, blocks;
    bool fused = false;  ///< a 3x3 convolution for the 1x1 and the depthwise one
};

/// MBConv: 1x1 up to `expand` times the channels, KxK depthwise, squeeze-and-excite to a quarter of
/// the block's input, 1x1 down to `out`; silu between them; with a shortcut where the shapes allow.
constexpr tensor mb_conv(
    tensor x, name at, const efficientnet_row& r, int stride, batch_norm_options norm = {}) {
    auto y = x;
    int part = 0;
    const int wide = whole_eighths(x.dims.c * r.expand);
    if (wide != x.dims.c) y = conv_bn(y, at / part++, padded(wide, 1), norm) | silu{};
    y = conv_bn(y, at / part++, depthwise(y, r.kernel, stride), norm) | silu{};
    const int squeeze = x.dims.c / 4 > 1 ? x.dims.c / 4 : 1;
    y = mul(y, squeeze_excite(y, at / part++, squeeze, true) | sigmoid{});
    y = conv_bn(y, at / part, padded(r.out, 1), norm);
    return stride == 1 && x.dims.c == r.out ? add(x, y) : y;
}

/// Fused-MBConv: KxK up to `expand` times the channels and 1x1 down, or one KxK.
constexpr tensor fused_mb_conv(
    tensor x, name at, const efficientnet_row& r, int stride, batch_norm_options norm = {}) {
    const int wide = whole_eighths(x.dims.c * r.expand);
    auto y = wide == x.dims.c ? conv_bn(x, at / 0, padded(r.out, r.kernel, stride), norm) | silu{}
                              : conv_bn(x, at / 0, padded(wide, r.kernel, stride), norm) | silu{};
    if (wide != x.dims.c) y = conv_bn(y, at / 1, padded(r.out, 1), norm);
    return stride == 1 && x.dims.c == r.out ? add(x, y) : y;
}

/// Stem, stages and head: Nx3xHxW -> Nx1000.
constexpr tensor efficientnet_layers(tensor x, int stem, const efficientnet_row* rows, int count,
    int last, batch_norm_options norm) {
    const name features = "features";
    x = conv_bn(x, features / 0, padded(stem, 3, 2), norm) | silu{};
    for (int stage = 1; stage <= count; ++stage) {
        const efficientnet_row& r = rows[stage - 1];
        for (int i = 0; i < r.blocks; ++i) {
            const name at = features / stage / i / "block";
            const int stride = i == 0 ? r.stride : 1;
            x = r.fused ? fused_mb_conv(x, at, r, stride, norm) : mb_conv(x, at, r, stride, norm);
        }
    }
    x = conv_bn(x, features / (count + 1), padded(last, 1), norm) | silu{};
    return x | global_avg_pool{} | dense{name("classifier") / 1, 1000};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000: `efficientnet<0>` is B0. Widths grow by `width`,
/// blocks by `depth` with the number. Side 0: the picture that the member was trained with.
template <int Number, int Batch = 1, int Side = 0> struct efficientnet {
    struct scaling {
        double width, depth;
        int side;
        float eps;
    };
    static constexpr scaling scalings[] = {{1, 1, 224, 1e-5f}, {1, 1.1, 240, 1e-5f},
        {1.1, 1.2, 288, 1e-5f}, {1.2, 1.4, 300, 1e-5f}, {1.4, 1.8, 380, 1e-5f},
        {1.6, 2.2, 456, 1e-3f}, {1.8, 2.6, 528, 1e-3f}, {2, 3.1, 600, 1e-3f}};
    static constexpr scaling own = scalings[Number];
    static constexpr int side = Side ? Side : own.side;

    static constexpr void define(network& net, shape image = {Batch, 3, side, side}) {
        efficientnet_row rows[] = {{1, 3, 1, 16, 1}, {6, 3, 2, 24, 2}, {6, 5, 2, 40, 2},
            {6, 3, 2, 80, 3}, {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};
        for (efficientnet_row& r : rows) {
            r.out = whole_eighths(r.out * own.width);
            const double blocks = r.blocks * own.depth;  // rounded up
            r.blocks = static_cast<int>(blocks) + (blocks > static_cast<int>(blocks));
        }
        const int stem = whole_eighths(32 * own.width);
        const auto logits = efficientnet_layers(
            net.input("image", image), stem, rows, 7, 4 * rows[6].out, {.eps = own.eps});
        net.output("logits", logits);
    }
};
template <int Batch = 1, int Side = 224> using efficientnet_b0 = efficientnet<0, Batch, Side>;

/// Input "image" Nx3xHxW; output "logits" Nx1000: `efficientnet_v2<'s'>`, 'm', 'l'. Trained with pictures of
/// 384x384 ('s') and 480x480, batch norms have eps 0.001.
template <char Size, int Batch = 1, int Side = Size == 's' ? 384 : 480> struct efficientnet_v2 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr efficientnet_row small[] = {{1, 3, 1, 24, 2, true}, {4, 3, 2, 48, 4, true},
            {4, 3, 2, 64, 4, true}, {4, 3, 2, 128, 6}, {6, 3, 1, 160, 9}, {6, 3, 2, 256, 15}};
        constexpr efficientnet_row medium[]
            = {{1, 3, 1, 24, 3, true}, {4, 3, 2, 48, 5, true}, {4, 3, 2, 80, 5, true},
                {4, 3, 2, 160, 7}, {6, 3, 1, 176, 14}, {6, 3, 2, 304, 18}, {6, 3, 1, 512, 5}};
        constexpr efficientnet_row large[]
            = {{1, 3, 1, 32, 4, true}, {4, 3, 2, 64, 7, true}, {4, 3, 2, 96, 7, true},
                {4, 3, 2, 192, 10}, {6, 3, 1, 224, 19}, {6, 3, 2, 384, 25}, {6, 3, 1, 640, 7}};
        const efficientnet_row* rows = Size == 's' ? small : Size == 'm' ? medium : large;
        const auto logits = efficientnet_layers(net.input("image", image), Size == 'l' ? 32 : 24,
            rows, Size == 's' ? 6 : 7, 1280, {.eps = 1e-3f});
        net.output("logits", logits);
    }
};

}  // namespace zoo
