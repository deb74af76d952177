// SPDX-License-Identifier: Apache-2.0
// Attention blocks of YOLOv10, 11 and 12, with the weight names of ultralytics.
#pragma once
#include "yolo.hpp"

namespace zoo {

/// NxHEADSxDxL -> NxHEADSxLxD.
constexpr tensor swap_last(tensor x) { return x | permute{{0, 1, 3, 2}}; }

/// Self-attention of pixels with keys of half the width of values, and a 3x3 depthwise convolution of the
/// values for their places: NxCxHxW -> the same. A head has 64 channels.
constexpr tensor pixel_attention(tensor x, name at) {
    const int c = x.dims.c, heads = c / 64 > 1 ? c / 64 : 1;
    const int value = c / heads, key = value / 2;
    const auto qkv = yolo_conv(x, at / "qkv", padded(c + 2 * key * heads, 1), yolo_act::none)
        | reshape{{x.dims.n, heads, 2 * key + value, x.dims.h * x.dims.w}};
    const auto [q, k, v] = split<3>(qkv, {key, key, value}, 2);
    const auto seen
        = swap_last(attention(swap_last(q), swap_last(k), swap_last(v))) | reshape{x.dims};
    const auto place
        = yolo_conv(v | reshape{x.dims}, at / "pe", padded(c, 3, 1, c), yolo_act::none);
    return yolo_conv(add(seen, place), at / "proj", padded(c, 1), yolo_act::none);
}

/// 1x1 up to `wide` channels and back, with a shortcut.
constexpr tensor feed_forward(tensor x, name at, int wide) {
    const auto y = yolo_conv(x, at / 0, padded(wide, 1));
    return add(x, yolo_conv(y, at / 1, padded(x.dims.c, 1), yolo_act::none));
}

/// Attention and feed-forward, each with a shortcut: ultralytics' PSABlock.
constexpr tensor psa_block(tensor x, name at) {
    const auto y = add(x, pixel_attention(x, at / "attn"));
    return feed_forward(y, at / "ffn", 2 * x.dims.c);
}

/// YOLOv10's partial self-attention: half of the channels pass it untouched.
constexpr tensor psa(tensor x, name at) {
    const int c = x.dims.c;
    const auto [a, b] = chunk<2>(yolo_conv(x, at / "cv1", padded(c, 1)), 1);
    return yolo_conv(concat({a, psa_block(b, at)}), at / "cv2", padded(c, 1));
}

/// YOLO11's: several blocks on the other half.
constexpr tensor c2psa(tensor x, name at, int repeats) {
    const int c = x.dims.c;
    const auto [a, b] = chunk<2>(yolo_conv(x, at / "cv1", padded(c, 1)), 1);
    tensor y = b;
    for (int i = 0; i < repeats; ++i) y = psa_block(y, at / "m" / i);
    return yolo_conv(concat({a, y}), at / "cv2", padded(c, 1));
}

/// YOLO12's attention: within each of `areas` runs of rows; a head has 32 channels, its queries, keys and
/// values lie one after another.
constexpr tensor area_attention(tensor x, name at, int areas) {
    const int n = x.dims.n, c = x.dims.c, pixels = x.dims.h * x.dims.w, heads = c / 32;
    const auto qkv = yolo_conv(x, at / "qkv", padded(3 * c, 1), yolo_act::none)
        | reshape{{n, heads, 3, 32, areas, pixels / areas}}
        | permute{{2, 0, 4, 1, 5, 3}};  // 3xNxAREASxHEADSxPIXELSx32
    const auto part = [&](int which) {
        return qkv
            | slice{0, {.start = which, .stop = which + 1}}
        | reshape{{n * areas, heads, pixels / areas, 32}};
    };
    const auto as_image = [&](tensor y) {
        return y
            | reshape{{n, areas, heads, pixels / areas, 32}}
        | permute{{0, 2, 4, 1, 3}}
        | reshape{x.dims};
    };
    const auto v = part(2);
    const auto place = yolo_conv(as_image(v), at / "pe", padded(c, 7, 1, c), yolo_act::none);
    const auto seen = as_image(attention(part(0), part(1), v));
    return yolo_conv(add(seen, place), at / "proj", padded(c, 1), yolo_act::none);
}

/// Area attention and feed-forward; `ratio` is the width inside over that outside.
constexpr tensor area_block(tensor x, name at, int areas, double ratio) {
    const auto y = add(x, area_attention(x, at / "attn", areas));
    return feed_forward(y, at / "mlp", static_cast<int>(x.dims.c * ratio));
}

}  // namespace zoo
