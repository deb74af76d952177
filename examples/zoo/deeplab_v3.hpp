// SPDX-License-Identifier: Apache-2.0
// DeepLab v3, FCN and PSPNet on a dilated ResNet: a class for each pixel.
//
// Task     segmentation
// Source   Chen et al. 2017 (DeepLab v3), Long et al. 2015 (FCN), Zhao et al. 2017 (PSPNet); torchvision's
//          deeplabv3_resnet50, fcn_resnet50 without auxiliary heads; torch_rewritten_boxes.py has PSPNet.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// The last stage of a ResNet whose two last stages dilate: 1/8 of the rows and columns.
constexpr tensor dilated_resnet(network& net, shape image, int depth) {
    return resnet_backbone(
        net.input("image", image), {.depth = depth, .dilated_stages = 2}, "backbone")
        .stage[3];
}

/// Answers of a small image for each pixel of the picture.
constexpr tensor stretched_to(tensor x, shape image) {
    return x | resize{{.size = {image.h, image.w}, .mode = bilinear, .coordinates = half_pixel}};
}

/// Convolutions of four dilations and the mean of all, joined: atrous spatial pyramid pooling.
constexpr tensor aspp(tensor x, name at) {
    constexpr int rates[] = {12, 24, 36};
    const name convs = at / "convs";
    std::vector<tensor> parts{conv_bn(x, convs / 0, padded(256, 1)) | relu{}};
    for (int i = 0; i < 3; ++i)
        parts.push_back(conv_bn(x, convs / (i + 1), dilated(256, {.dilation = rates[i]})) | relu{});
    const auto mean = conv_bn(x | global_avg_pool{}, convs / 4 / 1, convs / 4 / 2, padded(256, 1));
    parts.push_back(mean | relu{} | expand{{x.dims.n, 256, x.dims.h, x.dims.w}});
    return conv_bn(concat(parts), at / "project", padded(256, 1)) | relu{};
}

/// Input "image" Nx3xHxW; output "classes" NxCLASSESxHxW, before softmax.
template <int Depth = 50, int Classes = 21, int Batch = 1, int Side = 520> struct deeplab_v3 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name head = "classifier";
        auto x = aspp(dilated_resnet(net, image, Depth), head / 0);
        x = conv_bn(x, head / 1, head / 2, padded(256, 3)) | relu{};
        x = x | conv2d{head / 4, {.out = Classes, .bias = true}};
        net.output("classes", stretched_to(x, image));
    }
};

/// As deeplab_v3, with a single 3x3 convolution for the pyramid.
template <int Depth = 50, int Classes = 21, int Batch = 1, int Side = 520> struct fcn {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name head = "classifier";
        auto x = conv_bn(dilated_resnet(net, image, Depth), head / 0, head / 1, padded(512, 3))
            | relu{};
        x = x | conv2d{head / 4, {.out = Classes, .bias = true}};
        net.output("classes", stretched_to(x, image));
    }
};

/// As deeplab_v3, with means over 1, 4, 9 and 36 parts of the image for the pyramid.
template <int Depth = 50, int Classes = 21, int Batch = 1, int Side = 480> struct pspnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int parts[] = {1, 2, 3, 6};
        const auto seen = dilated_resnet(net, image, Depth);
        const int quarter = seen.dims.c / 4;
        std::vector<tensor> all{seen};
        for (int i = 0; i < 4; ++i) {
            const name at = name("ppm") / "features" / i;
            const auto few = seen | adaptive_avg_pool{{parts[i], parts[i]}};
            all.push_back((conv_bn(few, at / 1, at / 2, padded(quarter, 1)) | relu{})
                | resize{{.size = {seen.dims.h, seen.dims.w},
                    .mode = bilinear,
                    .coordinates = align_corners}});
        }
        auto x = conv_bn(concat(all), name("cls") / 0, name("cls") / 1, padded(512, 3)) | relu{};
        x = x | conv2d{name("cls") / 4, {.out = Classes, .bias = true}};
        net.output("classes",
            x
                | resize{
                    {.size = {image.h, image.w}, .mode = bilinear, .coordinates = align_corners}});
    }
};

}  // namespace zoo
