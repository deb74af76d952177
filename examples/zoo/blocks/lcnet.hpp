// SPDX-License-Identifier: Apache-2.0
// PP-LCNetV3, the backbone of PP-OCR's detector and reader: depthwise and 1x1 convolutions, each behind a
// learnt scale and offset. Weights are named by PaddlePaddle's counters.
#pragma once
#include "conv.hpp"

#include <vector>

namespace zoo {

/// A learnt number times x plus another. LCNet calls it "learnable affine".
constexpr tensor learnt_affine(tensor x, name at) {
    network& net = *x.net;
    return x * net.parameter(at / "weight", {1}) + net.parameter(at / "bias", {1});
}

/// One depthwise convolution and the 1x1 behind it.
struct lcnet_row {
    int kernel;
    pair stride;
    int out;
    bool se = false;      ///< weights channels between the two
    bool active = true;   ///< a hard swish behind the depthwise one
    bool output = false;  ///< other parts of the network read it
};

/// Where the counters of a network's copy of the backbone begin.
struct lcnet_names {
    int stem, stem_norm, first, first_se;
};

/// A hard sigmoid of the mean's two 1x1 convolutions, times x. `slope`: of PaddlePaddle's hard sigmoid.
constexpr tensor paddle_se(tensor x, int first, int squeeze, float slope) {
    auto y = x | global_avg_pool{};
    y = y | conv2d{name("conv2d_", first), {.out = squeeze, .bias = true}} | relu{};
    y = y | conv2d{name("conv2d_", first + 1), {.out = x.dims.c, .bias = true}};
    return x * ((y * slope + .5f) | clamp{0, 1});
}

/// NxCxHxW -> the rows that are outputs, in their order, at least the last.
template <std::size_t Rows>
constexpr std::vector<tensor> lcnet(
    tensor image, const lcnet_row (&rows)[Rows], const lcnet_names& names) {
    auto x = conv_bn(image, name("conv2d_", names.stem), name("batch_norm2d_", names.stem_norm),
        padded(16, 3, 2));
    std::vector<tensor> out;
    int block = 0, se = names.first_se;
    const auto convolve = [&](conv2d_options o, bool active) {
        o.bias = true;
        x = x | conv2d{name("conv2d_", names.first + block), o};
        x = learnt_affine(x, name("mobile_one_block_", block));
        ++block;
        if (active) x = learnt_affine(x | hard_swish{}, name("whswish_b_", block));
    };
    for (const lcnet_row& row : rows) {
        conv2d_options wise = depthwise(x, row.kernel);
        wise.stride = row.stride;
        convolve(wise, row.active);
        if (row.se) {
            x = paddle_se(x, se, x.dims.c / 4, 1.f / 6);
            se += 11;
        }
        convolve({.out = row.out}, true);
        if (row.output || &row == &rows[Rows - 1]) out.push_back(x);
    }
    return out;
}

}  // namespace zoo
