// SPDX-License-Identifier: Apache-2.0
// PP-OCRv4's reader (mobile): for each eighth of a line's width, which of 6,625 characters stands there.
//
// Task     text recognition
// Source   Du et al. 2022 (SVTR), PaddleOCR's ch_PP-OCRv4_rec with its CTC head alone, as deployed; weights of
//          the package rapidocr-onnxruntime.
#pragma once
#include "blocks/lcnet.hpp"
#include "blocks/transformer.hpp"

namespace zoo {

inline constexpr lcnet_row pp_ocr_rec_rows[] = {
    {3, 1, 32},
    {3, 1, 64},
    {3, 1, 64},
    {3, {2, 1}, 128},
    {3, 1, 128},
    {3, {1, 2}, 240},
    {5, 1, 240},
    {5, 1, 240},
    {5, 1, 240},
    {5, 1, 240},
    {5, {2, 1}, 480, true},
    {5, 1, 480, true},
    {5, {2, 1}, 480},
    {5, 1, 480},
};

/// Convolution, batch norm and swish; `number` counts the convolutions of the head.
constexpr tensor svtr_conv(tensor x, int number, int out, pair kernel = 1) {
    return conv_bn(x, name("conv2d_", 142 + number), name("batch_norm2d_", 148 + number),
               {.out = out, .kernel = kernel, .pad = {0, kernel.w / 2}})
        | silu{};
}

/// Attention and two linear layers, each behind a norm; `number` counts the blocks.
constexpr tensor svtr_block(tensor x, int number) {
    const int width = x.dims[2], linears = 77 + 4 * number, norms = 43 + 2 * number;
    const auto n = x | layer_norm{name("layer_norm_", norms)};
    x = x + self_attention(n, name("linear_", linears), name("linear_", linears + 1), 8);
    auto y = x | layer_norm{name("layer_norm_", norms + 1)};
    y = y | linear{name("linear_", linears + 2), 2 * width} | silu{};
    return x + (y | linear{name("linear_", linears + 3), width});
}

/// Input "lines" Nx3x48xW, BGR, (value / 255 - 0.5) / 0.5, W a multiple of 8 and padded with 0; output
/// "characters" Nx(W/8)x6625 in 0 to 1, of which the first means none and the last a blank.
template <int Batch = 1, int Width = 320> struct pp_ocr_rec {
    static constexpr void define(network& net, shape lines = {Batch, 3, 48, Width}) {
        const auto seen
            = lcnet(net.input("lines", lines), pp_ocr_rec_rows, {10, 2, 157, 106}).back()
            | avg_pool{{.kernel = {3, 2}, .stride = {3, 2}}};
        auto x = svtr_conv(svtr_conv(seen, 0, 60, {1, 3}), 1, 120);
        x = x | flatten{2} | permute{{0, 2, 1}};
        for (int i = 0; i < 2; ++i) x = svtr_block(x, i);
        x = x | layer_norm{"layer_norm_47", {.eps = 1e-6f}} | permute{{0, 2, 1}} | unsqueeze{2};
        x = svtr_conv(x, 2, 480);
        x = svtr_conv(svtr_conv(concat({seen, x}), 3, 60, {1, 3}), 4, 120);
        x = x | flatten{2} | permute{{0, 2, 1}} | linear{"linear_85", 6625};
        net.output("characters", x | softmax{});
    }
};

}  // namespace zoo
