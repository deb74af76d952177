// SPDX-License-Identifier: Apache-2.0
// PP-OCRv4's text detector (mobile): for each pixel, how likely it belongs to the shrunk middle of a line
// of text. ../ocr makes boxes of it.
//
// Task     text detection
// Source   Liao et al. 2019 (DB); PaddleOCR's ch_PP-OCRv4_det with its threshold map left out, as deployed;
//          weights of the package rapidocr-onnxruntime.
#pragma once
#include "blocks/lcnet.hpp"

namespace zoo {

inline constexpr lcnet_row pp_ocr_det_rows[] = {
    {3, 1, 32},
    {3, 2, 48, false, false},
    {3, 1, 48, false, true, true},
    {3, 2, 96, false, false},
    {3, 1, 96, false, true, true},
    {3, 2, 192, false, false},
    {5, 1, 192},
    {5, 1, 192},
    {5, 1, 192},
    {5, 1, 192, false, true, true},
    {5, 2, 384, true, false},
    {5, 1, 384, true},
    {5, 1, 384},
    {5, 1, 384},
};

/// A convolution without bias, and x + x times its channels' weights: PaddleOCR's RSELayer. `first` is the
/// counter of the convolution, the two of the weights follow.
constexpr tensor rse_layer(tensor x, int first, int out, int kernel) {
    const auto y = x | conv2d{name("conv2d_", first), padded(out, kernel)};
    return y + paddle_se(y, first + 1, out / 4, .2f);
}

constexpr tensor nearest_times(tensor x, int factor) {
    return x | resize{{.scale = factor, .mode = nearest, .coordinates = asymmetric}};
}

/// The features of one level as the neck takes them: a 1x1 of the backbone's output.
constexpr tensor pp_ocr_level(tensor x, int number, int out) {
    return x | conv2d{name("conv2d_", 131 + number), {.out = out, .bias = true}};
}

/// Input "image" Nx3xHxW, BGR, (value / 255 - 0.5) / 0.5, multiples of 32; output "text" Nx1xHxW in 0 to 1.
template <int Batch = 1, int Side = 736> struct pp_ocr_det {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_on(net, net.input("image", image));
    }
    static constexpr void define_on(network& net, tensor image) {
        const auto seen = lcnet(image, pp_ocr_det_rows, {0, 0, 394, 96});
        constexpr int widths[] = {12, 18, 42, 360};
        std::vector<tensor> levels(4);
        for (int i = 3; i >= 0; --i) {
            const auto at = static_cast<std::size_t>(i);
            const auto level = rse_layer(pp_ocr_level(seen[at], i, widths[i]), 135 + 6 * i, 96, 1);
            levels[at] = i == 3 ? level : level + nearest_times(levels[at + 1], 2);
        }
        std::vector<tensor> parts;
        for (int i = 3; i >= 0; --i) {
            const auto small = rse_layer(levels[static_cast<std::size_t>(i)], 138 + 6 * i, 24, 3);
            parts.push_back(i == 0 ? small : nearest_times(small, 1 << i));
        }
        auto x = conv_bn(concat(parts), "conv2d_159", "batch_norm_0", padded(24, 3)) | relu{};
        x = x
            | conv_transpose2d{
                "conv2d_transpose_0", {.out = 24, .kernel = 2, .stride = 2, .bias = true}};
        x = x | batch_norm{"batch_norm_1"} | relu{};
        x = x
            | conv_transpose2d{
                "conv2d_transpose_1", {.out = 1, .kernel = 2, .stride = 2, .bias = true}};
        net.output("text", x | sigmoid{});
    }
};

}  // namespace zoo
