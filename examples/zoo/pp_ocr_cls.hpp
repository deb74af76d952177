// SPDX-License-Identifier: Apache-2.0
// PP-OCR's direction classifier: whether a line of text stands on its head. MobileNetV3-Small, 0.35 as wide.
//
// Task     text direction
// Source   Howard et al. 2019; PaddleOCR's ch_ppocr_mobile_v2.0_cls, strides of the height alone; weights of the
//          package rapidocr-onnxruntime.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// `hs` is hard swish instead of relu.
struct pp_ocr_cls_row {
    int kernel, expand, out;
    bool se, hs;
    int stride;
};

inline constexpr pp_ocr_cls_row pp_ocr_cls_rows[] = {
    {3, 8, 8, true, false, 2},
    {3, 24, 8, false, false, 2},
    {3, 32, 8, false, false, 1},
    {5, 32, 16, true, true, 2},
    {5, 88, 16, true, true, 1},
    {5, 88, 16, true, true, 1},
    {5, 40, 16, true, true, 1},
    {5, 48, 16, true, true, 1},
    {5, 104, 32, true, true, 2},
    {5, 200, 32, true, true, 1},
    {5, 200, 32, true, true, 1},
};

/// 1x1 up, KxK depthwise, channel weights, 1x1 down. Names continue without a dot.
constexpr tensor pp_ocr_cls_block(tensor x, int number, const pp_ocr_cls_row& r) {
    const name at("conv", number);
    const auto part = [&](tensor y, const char* what, conv2d_options o) {
        const name conv = at.prefix() / what;
        return conv_bn(y, conv, conv.prefix() / "_bn", o);
    };
    const auto act = [&](tensor y) { return r.hs ? y | hard_swish{} : y | relu{}; };
    auto y = act(part(x, "_expand", padded(r.expand, 1)));
    conv2d_options wise = depthwise(y, r.kernel);
    wise.stride = {r.stride, 1};
    y = act(part(y, "_depthwise", wise));
    if (r.se) {
        auto w = y | global_avg_pool{};
        w = w | conv2d{at.prefix() / "_se_1", {.out = r.expand / 4, .bias = true}} | relu{};
        w = w | conv2d{at.prefix() / "_se_2", {.out = r.expand, .bias = true}};
        y = y * ((w * .2f + .5f) | clamp{0, 1});
    }
    y = part(y, "_linear", padded(r.out, 1));
    return r.stride == 1 && x.dims.c == r.out ? x + y : y;
}

/// Input "lines" Nx3x48xW, as pp_ocr_rec's; output "directions" Nx2 in 0 to 1: upright, on its head.
template <int Batch = 1, int Width = 192> struct pp_ocr_cls {
    static constexpr void define(network& net, shape lines = {Batch, 3, 48, Width}) {
        auto x = net.input("lines", lines);
        x = conv_bn(x, "conv1", "conv1_bn", padded(8, 3, 2)) | hard_swish{};
        int number = 1;
        for (const pp_ocr_cls_row& r : pp_ocr_cls_rows) x = pp_ocr_cls_block(x, ++number, r);
        x = conv_bn(x, "conv_last", "conv_last_bn", padded(200, 1)) | hard_swish{};
        x = x | max_pool{{.kernel = 2, .stride = 2}} | global_avg_pool{} | dense{"fc_0", 2};
        net.output("directions", x | softmax{1});
    }
};

}  // namespace zoo
