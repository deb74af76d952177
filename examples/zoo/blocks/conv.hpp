// SPDX-License-Identifier: Apache-2.0
// What most networks of the zoo are built from: convolution and batch norm, squeeze-and-excite, and the
// options that they share.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// A convolution and its batch norm.
constexpr tensor conv_bn(
    tensor x, name conv, name norm, conv2d_options o, batch_norm_options norm_options = {}) {
    return x | conv2d{conv, o} | batch_norm{norm, norm_options};
}

/// The same with the names of torchvision.ops.Conv2dNormActivation: AT.0 and AT.1.
constexpr tensor conv_bn(
    tensor x, name at, conv2d_options o, batch_norm_options norm_options = {}) {
    return conv_bn(x, at / 0, at / 1, o, norm_options);
}

/// torchvision's BasicConv2d: AT.conv, AT.bn with eps 0.001, and relu.
constexpr tensor conv_bn_relu(tensor x, name at, conv2d_options o) {
    return conv_bn(x, at / "conv", at / "bn", o, {.eps = 1e-3f}) | relu{};
}

/// Options of an odd KxK convolution whose padding keeps the image at stride 1.
constexpr conv2d_options padded(int out, int kernel, int stride = 1, int groups = 1) {
    return {.out = out, .kernel = kernel, .stride = stride, .pad = kernel / 2, .groups = groups};
}

/// The same with a bias, for convolutions without a norm.
constexpr conv2d_options biased(int out, int kernel, int stride = 1, int groups = 1) {
    conv2d_options o = padded(out, kernel, stride, groups);
    o.bias = true;
    return o;
}

/// One filter a channel: the options of a depthwise convolution of x.
constexpr conv2d_options depthwise(tensor x, int kernel, int stride = 1) {
    return padded(x.dims.c, kernel, stride, x.dims.c);
}

/// A number of channels as the nearest multiple of 8 that is at most 10 % smaller: torchvision's
/// _make_divisible, which mobile networks use.
constexpr int whole_eighths(double channels) {
    const int near = channels < 8 ? 8 : static_cast<int>(channels + 4) / 8 * 8;
    return near < 0.9 * channels ? near + 8 : near;
}

/// One number a channel, from the means of all channels, before the last activation: NxCxHxW ->
/// NxCx1x1. Hu et al. 2017; torchvision.ops.SqueezeExcitation. `smooth`: silu inside, not relu.
constexpr tensor squeeze_excite(tensor x, name at, int squeeze, bool smooth = false) {
    const auto few = x | global_avg_pool{} | conv2d{at / "fc1", {.out = squeeze, .bias = true}};
    return (smooth ? few | silu{} : few | relu{})
        | conv2d{at / "fc2", {.out = x.dims.c, .bias = true}};
}

}  // namespace zoo
