// SPDX-License-Identifier: Apache-2.0
// The stem and the two residual blocks of ResNets, and the backbone that they make: He et al. 2015.
#pragma once
#include "conv.hpp"

namespace zoo {

/// What tells the members of the family apart: the width inside of a bottleneck is
/// stage width * base / 64 * groups. {32, 4} is ResNeXt 32x4d, {1, 128} a wide ResNet.
struct resnet_form {
    int depth = 50;
    int groups = 1, base = 64;
    int dilated_stages = 0;      ///< the last so many stages dilate and do not stride
    bool dilates_first = false;  ///< their first 3x3 convolution too, which torchvision has not
    bool deep_stem = false;      ///< three 3x3 convolutions at the start, timm's "d" and encoders
    constexpr bool has_bottlenecks() const { return depth >= 50; }
    /// Blocks of stage 1 to 4.
    constexpr int blocks(int stage) const {
        constexpr int rows[][5] = {{18, 2, 2, 2, 2}, {34, 3, 4, 6, 3}, {50, 3, 4, 6, 3},
            {101, 3, 4, 23, 3}, {152, 3, 8, 36, 3}};
        for (const auto& row : rows)
            if (row[0] == depth) return row[stage];
        return 0;  // no such depth: the network lacks its stages, and expect() says so
    }
};

/// 7x7 and a pool, each halving the image: Nx3xHxW -> Nx64x(H/4)x(W/4).
constexpr tensor resnet_stem(tensor image, name at = {}) {
    return conv_bn(image, at / "conv1", at / "bn1", padded(64, 7, 2))
        | relu{}
    | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
}

/// Stride and dilation of a block's 3x3 convolution.
struct block_step {
    int stride = 1, dilation = 1;
};

/// A 3x3 convolution whose padding grows with its dilation.
constexpr conv2d_options dilated(int out, block_step step, int groups = 1) {
    conv2d_options o = padded(out, 3, step.stride, groups);
    o.dilation = step.dilation;
    o.pad = step.dilation;
    return o;
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

/// What is in a bottleneck before its shortcut: 1x1 to `inner`, 3x3, 1x1 up to `out`. Figure 5 right. The
/// stride is at the 3x3 convolution, as in torchvision (and NVIDIA's "v1.5"); the paper has it at
/// the first 1x1.
constexpr tensor bottleneck_body(
    tensor x, name at, int inner, int out, block_step step, int groups = 1) {
    auto y = conv_bn(x, at / "conv1", at / "bn1", padded(inner, 1)) | relu{};
    y = conv_bn(y, at / "conv2", at / "bn2", dilated(inner, step, groups)) | relu{};
    return conv_bn(y, at / "conv3", at / "bn3", padded(out, 1));
}

/// The body and a shortcut: In NxCxHxW; out Nx(4 WIDTH)x(H/stride)x(W/stride).
constexpr tensor bottleneck_block(
    tensor x, name at, int width, block_step step, const resnet_form& form = {}) {
    const int inner = width * form.base / 64 * form.groups;
    const auto y = bottleneck_body(x, at, inner, 4 * width, step, form.groups);
    return add(y, resnet_shortcut(x, at, 4 * width, step.stride)) | relu{};
}

/// The outputs of the four stages, with 1/4, 1/8, 1/16 and 1/32 of the rows and columns unless stages are
/// dilated. `at` precedes every name.
struct resnet_features {
    tensor stage[4];
};

constexpr resnet_features resnet_backbone(tensor image, const resnet_form& form, name at = {}) {
    resnet_features out;
    tensor x = resnet_stem(image, at);
    int dilation = 1;
    for (int stage = 1; stage <= 4; ++stage) {
        const int before = dilation;
        int stride = stage == 1 ? 1 : 2;
        if (stage > 4 - form.dilated_stages) {
            dilation *= stride;
            stride = 1;
        }
        for (int block = 0; block < form.blocks(stage); ++block) {
            const bool is_before = block == 0 && !form.dilates_first;
            const block_step step{block == 0 ? stride : 1, is_before ? before : dilation};
            const name own = at / name("layer", stage).view() / block;
            x = form.has_bottlenecks() ? bottleneck_block(x, own, 32 << stage, step, form)
                                       : basic_block(x, own, 32 << stage, step.stride);
        }
        out.stage[stage - 1] = x;
    }
    return out;
}

}  // namespace zoo
