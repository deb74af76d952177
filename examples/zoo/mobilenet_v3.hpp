// SPDX-License-Identifier: Apache-2.0
// MobileNetV3-Large and -Small 1.0.
//
// Task     classification (ImageNet)
// Source   Howard et al. 2019, tables 1 and 2; torchvision.models.mobilenet_v3_large and _small: batch norms
//          have eps 0.001, the two last layers are dense ones as in the authors' code.
#pragma once
#include "blocks/conv.hpp"

#include <span>

namespace zoo {

/// One row of the paper's tables: `se` is squeeze-and-excite, `hs` hard swish instead of relu.
struct mobilenet_v3_row {
    int kernel, expand, out;
    bool se, hs;
    int stride;
    int dilation = 1;  ///< as in segmentation networks, which then have no stride
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
    conv2d_options wise = depthwise(y, r.kernel, r.dilation > 1 ? 1 : r.stride);
    wise.dilation = r.dilation;
    wise.pad = r.kernel / 2 * r.dilation;
    y = mobilenet_v3_activation(conv_bn(y, at / part++, wise, norm), r.hs);
    if (r.se)
        y = mul(y, squeeze_excite(y, at / part++, whole_eighths(r.expand / 4)) | hard_sigmoid{});
    y = conv_bn(y, at / part, padded(r.out, 1), norm);
    return r.stride == 1 && x.dims.c == r.out ? add(x, y) : y;
}

inline constexpr mobilenet_v3_row mobilenet_v3_large_rows[] = {
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
inline constexpr mobilenet_v3_row mobilenet_v3_small_rows[] = {
    {3, 16, 16, true, false, 2},
    {3, 72, 24, false, false, 2},
    {3, 88, 24, false, false, 1},
    {5, 96, 40, true, true, 2},
    {5, 240, 40, true, true, 1},
    {5, 240, 40, true, true, 1},
    {5, 120, 48, true, true, 1},
    {5, 144, 48, true, true, 1},
    {5, 288, 96, true, true, 2},
    {5, 576, 96, true, true, 1},
    {5, 576, 96, true, true, 1},
};

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <bool Large, int Batch = 1, int Side = 224> struct mobilenet_v3 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr std::span<const mobilenet_v3_row> rows = Large
            ? std::span<const mobilenet_v3_row>(mobilenet_v3_large_rows)
            : std::span<const mobilenet_v3_row>(mobilenet_v3_small_rows);
        const name features = "features", classifier = "classifier";
        auto x = net.input("image", image);
        x = conv_bn(x, features / 0, padded(16, 3, 2), {.eps = 1e-3f}) | hard_swish{};
        int block = 0;
        for (const auto& r : rows) x = mobilenet_v3_block(x, features / ++block / "block", r);

        x = conv_bn(x, features / (block + 1), padded(6 * x.dims.c, 1), {.eps = 1e-3f})
            | hard_swish{};
        x = x | global_avg_pool{} | dense{classifier / 0, Large ? 1280 : 1024} | hard_swish{};
        net.output("logits", x | dense{classifier / 3, 1000});
    }
};
template <int Batch = 1, int Side = 224> using mobilenet_v3_large = mobilenet_v3<true, Batch, Side>;

}  // namespace zoo
