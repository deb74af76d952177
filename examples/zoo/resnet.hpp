// SPDX-License-Identifier: Apache-2.0
// The stem and the two residual blocks of ResNets for ImageNet: He et al. 2015. Blocks alone;
// resnet18.hpp and resnet50.hpp stack them.
#pragma once
#include "blocks.hpp"

namespace zoo {

/// 7x7 and a pool, each halving the image: Nx3xHxW -> Nx64x(H/4)x(W/4).
constexpr tensor resnet_stem(tensor image) {
    const auto y = conv_bn(image, "conv1", "bn1", padded(64, 7, 2))
        | relu{}
        | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
    return y;
}

/// x, or its projection where the block changes the shape.
constexpr tensor resnet_shortcut(tensor x, name at, int out, int stride) {
    if (stride == 1 && x.dims.c == out) return x;
    return conv_bn(x, at / "downsample", padded(out, 1, stride));
}

/// Two 3x3 convolutions and a shortcut: He et al. 2015, figure 5 left. `at` is the block's name in
/// the weights file ("layer1.0"). In NxCxHxW; out NxWIDTHx(H/stride)x(W/stride).
constexpr tensor basic_block(tensor x, name at, int width, int stride) {
    auto y = conv_bn(x, at / "conv1", at / "bn1", padded(width, 3, stride)) | relu{};
    y = conv_bn(y, at / "conv2", at / "bn2", padded(width, 3));
    return add(y, resnet_shortcut(x, at, width, stride)) | relu{};
}

/// 1x1 down, 3x3, 1x1 up to four times the width: figure 5 right. The stride is at the 3x3
/// convolution, as in torchvision (and NVIDIA's "v1.5"); the paper has it at the first 1x1.
constexpr tensor bottleneck_block(tensor x, name at, int width, int stride) {
    auto y = conv_bn(x, at / "conv1", at / "bn1", padded(width, 1)) | relu{};
    y = conv_bn(y, at / "conv2", at / "bn2", padded(width, 3, stride)) | relu{};
    y = conv_bn(y, at / "conv3", at / "bn3", padded(4 * width, 1));
    return add(y, resnet_shortcut(x, at, 4 * width, stride)) | relu{};
}

}  // namespace zoo
