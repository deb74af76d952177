// SPDX-License-Identifier: Apache-2.0
// Blocks of YOLOv3 to v12 with the weight names of ultralytics, and how a family's members scale.
#pragma once
#include "conv.hpp"

#include <vector>

namespace zoo {

/// What follows a convolution and its batch norm.
enum class yolo_act { silu, relu, none };

/// AT.conv and AT.bn with eps 0.001. Kernels are odd and padded; ultralytics' Conv.
constexpr tensor yolo_conv(tensor x, name at, conv2d_options o, yolo_act act = yolo_act::silu) {
    const auto y = conv_bn(x, at / "conv", at / "bn", o, {.eps = 1e-3f});
    return act == yolo_act::silu ? y | silu{} : act == yolo_act::relu ? y | relu{} : y;
}

/// Widths and repeats of a member: {depth, width, most channels} of its line in the .yaml file.
struct yolo_scale {
    double depth = 1, width = 1;
    int most = 1024;
    /// Channels, in whole eighths rounded up.
    constexpr int wide(int channels) const {
        const double scaled = (channels < most ? channels : most) * width;
        const int whole = static_cast<int>(scaled);
        return (whole + (scaled > whole) + 7) / 8 * 8;
    }
    /// Repeats, rounded to nearest.
    constexpr int deep(int repeats) const {
        const int scaled = static_cast<int>(repeats * depth + 0.5);
        return scaled < 1 ? 1 : scaled;
    }
};

/// Of YOLOv8, v6 and v10; -b is of v10 alone.
constexpr yolo_scale yolov8_scale(char size) {
    switch (size) {
    case 'n':
        return {0.33, 0.25, 1024};
    case 's':
        return {0.33, 0.5, 1024};
    case 'm':
        return {0.67, 0.75, 768};
    case 'b':
        return {0.67, 1, 512};
    case 'l':
        return {1, 1, 512};
    default:
        return {1, 1.25, 512};
    }
}

constexpr tensor upsample_twice(tensor x) {
    return x | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric}};
}

/// KxK and KxK with a shortcut; `inner` is the width between them.
constexpr tensor yolo_bottleneck(tensor x, name at, int out, int inner, bool shortcut = true,
    int first = 3, yolo_act act = yolo_act::silu) {
    auto y = yolo_conv(x, at / "cv1", padded(inner, first), act);
    y = yolo_conv(y, at / "cv2", padded(out, 3), act);
    return shortcut && x.dims.c == out ? add(x, y) : y;
}

/// Cross-stage partial with three convolutions, YOLOv5's: bottlenecks (1x1 and 3x3) beside a 1x1. With
/// `first` 3 it is ultralytics' C3k.
constexpr tensor c3(tensor x, name at, int out, int repeats, bool shortcut = true, int first = 1) {
    const int half = out / 2;
    auto y = yolo_conv(x, at / "cv1", padded(half, 1));
    for (int i = 0; i < repeats; ++i)
        y = yolo_bottleneck(y, at / "m" / i, half, half, shortcut, first);
    return yolo_conv(
        concat({y, yolo_conv(x, at / "cv2", padded(half, 1))}), at / "cv3", padded(out, 1));
}

/// Cross-stage partial whose every inner block is joined at the end: `block(y, name)` makes the next part
/// of the last. YOLOv8's C2f and what v10, 11 and 12 made of it; `inner` is the width of a part.
template <class Block>
constexpr tensor joined_blocks(tensor x, name at, int out, int inner, int repeats, Block block) {
    const auto [first, second] = chunk<2>(yolo_conv(x, at / "cv1", padded(2 * inner, 1)), 1);
    std::vector<tensor> parts{first, second};
    for (int i = 0; i < repeats; ++i) parts.push_back(block(parts.back(), at / "m" / i));
    return yolo_conv(concat(parts), at / "cv2", padded(out, 1));
}

/// YOLOv8's block: bottlenecks of two 3x3.
constexpr tensor c2f(tensor x, name at, int out, int repeats, bool shortcut = false) {
    const int inner = out / 2;
    return joined_blocks(x, at, out, inner, repeats,
        [=](tensor y, name m) { return yolo_bottleneck(y, m, inner, inner, shortcut); });
}

/// YOLO11's block: bottlenecks of half their width inside, or C3k blocks of two bottlenecks (`is_c3k`).
/// `share` is the width of a part over that of the output.
constexpr tensor c3k2(tensor x, name at, int out, int repeats, bool is_c3k, double share = 0.5) {
    const int inner = static_cast<int>(out * share);
    return joined_blocks(x, at, out, inner, repeats, [=](tensor y, name m) {
        return is_c3k ? c3(y, m, inner, 2, true, 3) : yolo_bottleneck(y, m, inner, inner / 2);
    });
}

/// Pools of 5x5, 9x9 and 13x13 as three pools of 5x5 one after another.
constexpr tensor sppf(tensor x, name at, int out, yolo_act act = yolo_act::silu) {
    const max_pool five{{.kernel = 5, .stride = 1, .pad = 2}};
    const auto y = yolo_conv(x, at / "cv1", padded(x.dims.c / 2, 1), act);
    const auto once = y | five, twice = once | five;
    return yolo_conv(concat({y, once, twice, twice | five}), at / "cv2", padded(out, 1), act);
}

}  // namespace zoo
