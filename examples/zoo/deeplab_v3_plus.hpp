// SPDX-License-Identifier: Apache-2.0
// DeepLab v3+ on a dilated ResNet: separable convolutions, and edges from an early stage.
//
// Task     segmentation
// Source   Chen et al. 2018, figure 2; segmentation_models_pytorch's DeepLabV3Plus, output stride 16.
#pragma once
#include "deeplab_v3.hpp"

namespace zoo {

/// A depthwise 3x3 convolution and a 1x1 one, AT.0 and AT.1.
constexpr tensor dilated_separable(tensor x, name at, int out, int dilation = 1) {
    return x
        | conv2d{at / 0, dilated(x.dims.c, {.dilation = dilation}, x.dims.c)}
    | conv2d{at / 1, padded(out, 1)};
}

/// Input "image" Nx3xHxW, multiples of 16; output "classes" NxCLASSESxHxW, before softmax.
template <int Depth = 50, int Classes = 21, int Batch = 1, int Side = 512> struct deeplab_v3_plus {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto features = resnet_backbone(net.input("image", image),
            {.depth = Depth, .dilated_stages = 1, .dilates_first = true}, "encoder");
        const tensor deep = features.stage[3];
        const name decoder = "decoder", pyramid = decoder / "aspp" / 0, convs = pyramid / "convs";
        constexpr int rates[] = {12, 24, 36};
        std::vector<tensor> parts{conv_bn(deep, convs / 0, padded(256, 1)) | relu{}};
        for (int i = 1; i <= 3; ++i) {
            const name at = convs / i;
            parts.push_back(
                dilated_separable(deep, at / 0, 256, rates[i - 1]) | batch_norm{at / 1} | relu{});
        }
        const auto mean
            = conv_bn(deep | global_avg_pool{}, convs / 4 / 1, convs / 4 / 2, padded(256, 1))
            | relu{};
        parts.push_back(mean | expand{{image.n, 256, deep.dims.h, deep.dims.w}});
        auto x = conv_bn(concat(parts), pyramid / "project", padded(256, 1)) | relu{};
        x = dilated_separable(x, decoder / "aspp" / 1, 256)
            | batch_norm{decoder / "aspp" / 2}
            | relu{};
        const auto four_times
            = resize{{.scale = 4, .mode = bilinear, .coordinates = align_corners}};
        const auto edges = conv_bn(features.stage[0], decoder / "block1", padded(48, 1)) | relu{};
        x = concat({x | four_times, edges});
        x = dilated_separable(x, decoder / "block2" / 0, 256)
            | batch_norm{decoder / "block2" / 1}
            | relu{};
        x = x | conv2d{name("segmentation_head") / 0, biased(Classes, 1)};
        net.output("classes", x | four_times);
    }
};

}  // namespace zoo
