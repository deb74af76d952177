// SPDX-License-Identifier: Apache-2.0
// RetinaFace on a quarter-wide MobileNet: boxes, scores and landmarks of faces, up to the raw outputs.
//
// Task     face detection with five landmarks
// Source   Deng et al. 2019; weights named as biubug6/Pytorch_Retinaface; torch_rewritten_boxes.py has this one.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Convolution, batch norm and, where `active`, a leaky relu.
constexpr tensor retina_conv(
    tensor x, name at, int out, int kernel, bool active = true, int stride = 1) {
    const auto y = conv_bn(x, at, padded(out, kernel, stride));
    return active ? y | leaky_relu{0.1f} : y;
}

/// Depthwise and 1x1: numbers of a torch.nn.Sequential.
constexpr tensor retina_separable(tensor x, name at, int out, int stride) {
    auto y = conv_bn(x, at / 0, at / 1, depthwise(x, 3, stride)) | leaky_relu{0.1f};
    return conv_bn(y, at / 3, at / 4, padded(out, 1)) | leaky_relu{0.1f};
}

/// 3x3, 5x5 and 7x7 as one, two and three 3x3 convolutions: the context module of SSH.
constexpr tensor ssh(tensor x, name at) {
    const auto three = retina_conv(x, at / "conv3X3", 32, 3, false);
    const auto first = retina_conv(x, at / "conv5X5_1", 16, 3);
    const auto five = retina_conv(first, at / "conv5X5_2", 16, 3, false);
    const auto second = retina_conv(first, at / "conv7X7_2", 16, 3);
    const auto seven = retina_conv(second, at / "conv7x7_3", 16, 3, false);
    return concat({three, five, seven}) | relu{};
}

/// Input "image" Nx3xHxW, BGR in 0 to 255 minus (104, 117, 123); outputs "boxes" NxPLACESx4, "scores"
/// NxPLACESx2 before softmax and "landmarks" NxPLACESx10; two boxes a place, the finest scale first.
template <int Batch = 1, int Side = 640> struct retinaface {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name body = "body";
        auto x = retina_conv(net.input("image", image), body / "stage1" / 0, 8, 3, true, 2);
        constexpr int widths[] = {16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256};
        std::vector<tensor> seen;
        for (int i = 0, stage = 1, first = 0; i < 13; ++i) {
            const bool starts = i == 5 || i == 11;
            if (starts) seen.push_back(x), ++stage, first = i;
            const bool strides = i == 1 || i == 3 || starts;
            x = retina_separable(x,
                body / name("stage", stage).view() / (stage == 1 ? i + 1 : i - first), widths[i],
                strides ? 2 : 1);
        }
        seen.push_back(x);
        const name fpn = "fpn";
        for (int i = 0; i < 3; ++i)
            seen[static_cast<std::size_t>(i)] = retina_conv(
                seen[static_cast<std::size_t>(i)], fpn / name("output", i + 1).view(), 64, 1);
        for (int i = 1; i >= 0; --i) {
            auto& finer = seen[static_cast<std::size_t>(i)];
            const auto coarse = seen[static_cast<std::size_t>(i + 1)]
                | resize{{.size = {finer.dims.h, finer.dims.w},
                    .mode = nearest,
                    .coordinates = asymmetric}};
            finer = retina_conv(finer + coarse, fpn / name("merge", i + 1).view(), 64, 3);
        }
        for (int i = 0; i < 3; ++i)
            seen[static_cast<std::size_t>(i)]
                = ssh(seen[static_cast<std::size_t>(i)], name("ssh", i + 1));
        const auto heads = [&](const char* kind, int numbers) {
            std::vector<tensor> parts;
            for (int i = 0; i < 3; ++i) {
                const auto y = seen[static_cast<std::size_t>(i)]
                    | conv2d{name(kind) / i / "conv1x1", {.out = 2 * numbers, .bias = true}};
                parts.push_back(y | permute{{0, 2, 3, 1}} | reshape{{image.n, -1, numbers}});
            }
            return concat(parts, 1);
        };
        net.output("boxes", heads("BboxHead", 4));
        net.output("scores", heads("ClassHead", 2));
        net.output("landmarks", heads("LandmarkHead", 10));
    }
};

}  // namespace zoo
