// SPDX-License-Identifier: Apache-2.0
// Layers of real networks, each as a network of its own, for conv_shapes.cpp.
#pragma once
#include <lamina/define.hpp>

#include <cstdio>
#include <string>

namespace bench {

using namespace lamina;

enum class kind { conv, depthwise, linear, matmul, attention, norm, grouped };

struct layer {
    const char* network;
    kind what;
    int side, in, out, kernel,
        stride;      ///< linear: side rows, in, out; matmul, attention: side heads, in length, out
                     ///< width; norm: side rows, out columns
    int groups = 1;  ///< of kind::grouped
};

inline const layer layers[] = {
    // every distinct convolution of the three networks
    {"resnet50", kind::conv, 224, 3, 64, 7, 2},
    {"resnet50", kind::conv, 56, 64, 64, 1, 1},
    {"resnet50", kind::conv, 56, 64, 64, 3, 1},
    {"resnet50", kind::conv, 56, 64, 256, 1, 1},
    {"resnet50", kind::conv, 56, 256, 64, 1, 1},
    {"resnet50", kind::conv, 56, 256, 128, 1, 1},
    {"resnet50", kind::conv, 56, 128, 128, 3, 2},
    {"resnet50", kind::conv, 28, 128, 512, 1, 1},
    {"resnet50", kind::conv, 56, 256, 512, 1, 2},
    {"resnet50", kind::conv, 28, 512, 128, 1, 1},
    {"resnet50", kind::conv, 28, 128, 128, 3, 1},
    {"resnet50", kind::conv, 28, 512, 256, 1, 1},
    {"resnet50", kind::conv, 28, 256, 256, 3, 2},
    {"resnet50", kind::conv, 14, 256, 1024, 1, 1},
    {"resnet50", kind::conv, 28, 512, 1024, 1, 2},
    {"resnet50", kind::conv, 14, 1024, 256, 1, 1},
    {"resnet50", kind::conv, 14, 256, 256, 3, 1},
    {"resnet50", kind::conv, 14, 1024, 512, 1, 1},
    {"resnet50", kind::conv, 14, 512, 512, 3, 2},
    {"resnet50", kind::conv, 7, 512, 2048, 1, 1},
    {"resnet50", kind::conv, 14, 1024, 2048, 1, 2},
    {"resnet50", kind::conv, 7, 2048, 512, 1, 1},
    {"resnet50", kind::conv, 7, 512, 512, 3, 1},
    {"mobilenet_v2", kind::conv, 224, 3, 32, 3, 2},
    {"mobilenet_v2", kind::depthwise, 112, 32, 32, 3, 1},
    {"mobilenet_v2", kind::conv, 112, 32, 16, 1, 1},
    {"mobilenet_v2", kind::conv, 112, 16, 96, 1, 1},
    {"mobilenet_v2", kind::depthwise, 112, 96, 96, 3, 2},
    {"mobilenet_v2", kind::conv, 56, 96, 24, 1, 1},
    {"mobilenet_v2", kind::conv, 56, 24, 144, 1, 1},
    {"mobilenet_v2", kind::depthwise, 56, 144, 144, 3, 1},
    {"mobilenet_v2", kind::conv, 56, 144, 24, 1, 1},
    {"mobilenet_v2", kind::depthwise, 56, 144, 144, 3, 2},
    {"mobilenet_v2", kind::conv, 28, 144, 32, 1, 1},
    {"mobilenet_v2", kind::conv, 28, 32, 192, 1, 1},
    {"mobilenet_v2", kind::depthwise, 28, 192, 192, 3, 1},
    {"mobilenet_v2", kind::conv, 28, 192, 32, 1, 1},
    {"mobilenet_v2", kind::depthwise, 28, 192, 192, 3, 2},
    {"mobilenet_v2", kind::conv, 14, 192, 64, 1, 1},
    {"mobilenet_v2", kind::conv, 14, 64, 384, 1, 1},
    {"mobilenet_v2", kind::depthwise, 14, 384, 384, 3, 1},
    {"mobilenet_v2", kind::conv, 14, 384, 64, 1, 1},
    {"mobilenet_v2", kind::conv, 14, 384, 96, 1, 1},
    {"mobilenet_v2", kind::conv, 14, 96, 576, 1, 1},
    {"mobilenet_v2", kind::depthwise, 14, 576, 576, 3, 1},
    {"mobilenet_v2", kind::conv, 14, 576, 96, 1, 1},
    {"mobilenet_v2", kind::depthwise, 14, 576, 576, 3, 2},
    {"mobilenet_v2", kind::conv, 7, 576, 160, 1, 1},
    {"mobilenet_v2", kind::conv, 7, 160, 960, 1, 1},
    {"mobilenet_v2", kind::depthwise, 7, 960, 960, 3, 1},
    {"mobilenet_v2", kind::conv, 7, 960, 160, 1, 1},
    {"mobilenet_v2", kind::conv, 7, 960, 320, 1, 1},
    {"mobilenet_v2", kind::conv, 7, 320, 1280, 1, 1},
    {"vgg16", kind::conv, 224, 3, 64, 3, 1},
    {"vgg16", kind::conv, 224, 64, 64, 3, 1},
    {"vgg16", kind::conv, 112, 64, 128, 3, 1},
    {"vgg16", kind::conv, 112, 128, 128, 3, 1},
    {"vgg16", kind::conv, 56, 128, 256, 3, 1},
    {"vgg16", kind::conv, 56, 256, 256, 3, 1},
    {"vgg16", kind::conv, 28, 256, 512, 3, 1},
    {"vgg16", kind::conv, 28, 512, 512, 3, 1},
    {"vgg16", kind::conv, 14, 512, 512, 3, 1},
    // convolutions in groups, as networks have them, and of many widths
    {"espnetv2", kind::grouped, 28, 128, 32, 1, 1, 4},
    {"espnetv2", kind::grouped, 14, 256, 64, 1, 1, 4},
    {"espnetv2", kind::grouped, 56, 100, 100, 3, 1, 10},
    {"shufflenet_g3", kind::grouped, 28, 240, 60, 1, 1, 3},
    {"shufflenet_g3", kind::grouped, 28, 60, 240, 1, 1, 3},
    {"shufflenet_g8", kind::grouped, 28, 384, 96, 1, 1, 8},
    {"shufflenet_g8", kind::grouped, 28, 96, 384, 1, 1, 8},
    {"resnext50", kind::grouped, 56, 128, 128, 3, 1, 32},
    {"resnext50", kind::grouped, 56, 256, 256, 3, 2, 32},
    {"resnext50", kind::grouped, 28, 256, 256, 3, 1, 32},
    {"resnext50", kind::grouped, 14, 512, 512, 3, 1, 32},
    {"resnext50", kind::grouped, 7, 1024, 1024, 3, 1, 32},
    {"regnet_y_400mf", kind::grouped, 28, 104, 104, 3, 1, 13},
    {"regnet_y_400mf", kind::grouped, 28, 208, 208, 3, 2, 26},
    {"regnet_y_1_6gf", kind::grouped, 28, 120, 120, 3, 1, 5},
    {"regnet_y_1_6gf", kind::grouped, 14, 336, 336, 3, 1, 14},
    {"regnet_y_1_6gf", kind::grouped, 14, 888, 888, 3, 2, 37},
    {"regnet_x_400mf", kind::grouped, 14, 400, 400, 3, 1, 25},
    {"regnet_y_8gf", kind::grouped, 28, 448, 448, 3, 1, 8},
    {"regnet_y_8gf", kind::grouped, 14, 896, 896, 3, 1, 16},
    {"regnet_x_32gf", kind::grouped, 14, 1344, 1344, 3, 1, 8},
    {"regnet_y_32gf", kind::grouped, 28, 696, 696, 3, 1, 3},
    {"regnet_y_32gf", kind::grouped, 7, 3712, 3712, 3, 1, 16},
    {"multiplier", kind::grouped, 56, 32, 64, 3, 1, 32},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 96},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 96},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 96},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 96},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 48},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 48},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 48},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 48},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 32},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 32},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 32},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 32},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 24},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 24},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 24},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 24},
    {"widths", kind::grouped, 28, 120, 120, 1, 1, 24},
    {"widths", kind::grouped, 28, 120, 120, 1, 2, 24},
    {"widths", kind::grouped, 28, 120, 120, 3, 1, 24},
    {"widths", kind::grouped, 28, 120, 120, 3, 2, 24},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 12},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 12},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 12},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 12},
    {"widths", kind::grouped, 28, 100, 100, 1, 1, 10},
    {"widths", kind::grouped, 28, 100, 100, 1, 2, 10},
    {"widths", kind::grouped, 28, 100, 100, 3, 1, 10},
    {"widths", kind::grouped, 28, 100, 100, 3, 2, 10},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 8},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 8},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 8},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 8},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 6},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 6},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 6},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 6},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 4},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 4},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 4},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 4},
    {"widths", kind::grouped, 28, 96, 96, 1, 1, 3},
    {"widths", kind::grouped, 28, 96, 96, 1, 2, 3},
    {"widths", kind::grouped, 28, 96, 96, 3, 1, 3},
    {"widths", kind::grouped, 28, 96, 96, 3, 2, 3},
    {"widths", kind::grouped, 28, 120, 120, 1, 1, 3},
    {"widths", kind::grouped, 28, 120, 120, 1, 2, 3},
    {"widths", kind::grouped, 28, 120, 120, 3, 1, 3},
    {"widths", kind::grouped, 28, 120, 120, 3, 2, 3},
    // and two products
    {"resnet50", kind::linear, 1, 2048, 1000, 1, 1},
    {"transformer", kind::matmul, 12, 512, 64, 1, 1},
    // what transformers are made of
    {"vit_b_16", kind::linear, 197, 768, 2304, 1, 1},
    {"vit_b_16", kind::linear, 197, 768, 768, 1, 1},
    {"vit_b_16", kind::linear, 197, 768, 3072, 1, 1},
    {"vit_b_16", kind::linear, 197, 3072, 768, 1, 1},
    {"vit_b_16", kind::attention, 12, 197, 64, 1, 1},
    {"vit_b_16", kind::norm, 197, 1, 768, 1, 1},
    {"bert_base", kind::linear, 128, 768, 768, 1, 1},
    {"bert_base", kind::linear, 128, 768, 3072, 1, 1},
    {"bert_base", kind::linear, 128, 3072, 768, 1, 1},
    {"bert_base", kind::attention, 12, 128, 64, 1, 1},
};

inline std::string label_of(const layer& l) {
    char text[96];
    constexpr const char* names[]
        = {"conv", "depthwise", "linear", "matmul", "attention", "norm", "grouped"};
    const int size = std::snprintf(text, sizeof text, "%s_%d_%d_k%ds%d_%d",
        names[static_cast<int>(l.what)], l.in, l.out, l.kernel, l.stride, l.side);
    if (l.what == kind::grouped)
        std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), "_g%d", l.groups);
    return text;
}

inline void define(network& net, const layer& l, int batch) {
    switch (l.what) {
    case kind::linear: {
        // relu so that the layer reads memory of the plan's, as it does inside a network
        const auto x = net.input("x", {batch * l.side, l.in}) | relu{};
        // behind it a step of its own, so that the layer does not write to the caller's floats
        net.output(
            "y", x | linear{"fc", {.out = l.out}} | relu{} | layer_norm{{}, {.affine = false}});
        return;
    }
    case kind::attention: {
        const int width = l.side * l.out;
        const auto x = net.input("x", {batch, l.in, 3 * width}) | relu{};
        const auto parts = split(x, {width, width, width}, 2);
        const auto heads = [&](const tensor& t) {
            return t | reshape{{batch, l.in, l.side, l.out}} | permute{{0, 2, 1, 3}};
        };
        net.output("y",
            attention(heads(parts[0]), heads(parts[1]), heads(parts[2]))
                | permute{{0, 2, 1, 3}}
                | reshape{{batch, l.in, width}}
                | relu{});
        return;
    }
    case kind::norm: {
        const auto x = net.input("x", {batch * l.side, l.out}) | relu{};
        net.output("y", x | layer_norm{"norm"} | relu{});
        return;
    }
    case kind::matmul: {
        const auto q = net.input("x", {batch, l.side, l.in, l.out}) | relu{};
        net.output("y", matmul(q, q, {.transpose_b = true}));
        return;
    }
    default: {
        auto x = net.input("x", {batch, l.in, l.side, l.side});
        if (l.in > 4) x = x | relu{};
        net.output("y",
            x
                | conv2d{"conv",
                    {.out = l.out,
                        .kernel = l.kernel,
                        .stride = l.stride,
                        .pad = l.kernel / 2,
                        .groups = l.what == kind::depthwise ? l.in : l.groups}}
                | batch_norm{"bn"}
                | relu{});
    }
    }
}

}  // namespace bench
