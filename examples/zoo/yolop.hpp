// SPDX-License-Identifier: Apache-2.0
// YOLOP: cars, the area to drive on and the lines of lanes, from one backbone.
//
// Task     driving: detection and two segmentations (BDD100K)
// Source   Wu et al. 2021, figure 2; hustvl/YOLOP, whose layer numbers are the weight names;
//          torch_rewritten_yolos.py has this one.
#pragma once
#include "blocks/conv.hpp"

#include <vector>

namespace zoo {

/// AT.conv and AT.bn with hard swish. Kernels are odd and padded.
constexpr tensor yolop_conv(tensor x, name at, int out, int kernel = 1, int stride = 1) {
    return conv_bn(x, at / "conv", at / "bn", padded(out, kernel, stride), {.eps = 1e-3f})
        | hard_swish{};
}

/// Bottlenecks beside a 1x1 convolution; the norm of both comes behind their concatenation: YOLOv5's first
/// cross-stage partial block, BottleneckCSP.
constexpr tensor bottleneck_csp(
    tensor x, name at, int out, int repeats = 1, bool shortcut = false) {
    const int half = out / 2;
    auto y = yolop_conv(x, at / "cv1", half);
    for (int i = 0; i < repeats; ++i) {
        const name own = at / "m" / i;
        const auto inner = yolop_conv(yolop_conv(y, own / "cv1", half), own / "cv2", half, 3);
        y = shortcut ? add(y, inner) : inner;
    }
    y = y | conv2d{at / "cv3", padded(half, 1)};
    const auto both = concat({y, x | conv2d{at / "cv2", padded(half, 1)}})
        | batch_norm{at / "bn", {.eps = 1e-3f}}
        | leaky_relu{0.1f};
    return yolop_conv(both, at / "cv4", out);
}

/// Input "image" Nx3xHxW in 0 to 1, normalised as for ImageNet, multiples of 32; outputs "fine", "medium" and
/// "coarse" Nx18xhxw with 1/8, 1/16 and 1/32 of the rows and columns (three anchors with 5 + 1 numbers, before
/// sigmoid), "area" and "lanes" Nx2xHxW in 0 to 1.
template <int Batch = 1, int Height = 640, int Across = 640> struct yolop {
    static constexpr void define(network& net, shape image = {Batch, 3, Height, Across}) {
        const name model = "model";
        const resize twice{{.scale = 2, .mode = nearest, .coordinates = asymmetric}};
        const auto conv = [&](tensor x, int layer, int out, int kernel, int stride = 1) {
            return yolop_conv(x, model / layer, out, kernel, stride);
        };
        const auto picture = net.input("image", image);
        std::vector<tensor> quarters;  // every second row and column, four times
        for (int column = 0; column < 2; ++column)
            for (int row = 0; row < 2; ++row)
                quarters.push_back(picture
                    | slice{2, {.start = row, .step = 2}}
                    | slice{3, {.start = column, .step = 2}});
        auto x = yolop_conv(concat(quarters), model / 0 / "conv", 32, 3);
        x = bottleneck_csp(conv(x, 1, 64, 3, 2), model / 2, 64, 1, true);
        const auto eighth = bottleneck_csp(conv(x, 3, 128, 3, 2), model / 4, 128, 3, true);
        const auto sixteenth = bottleneck_csp(conv(eighth, 5, 256, 3, 2), model / 6, 256, 3, true);
        const auto y = yolop_conv(conv(sixteenth, 7, 512, 3, 2), model / 8 / "cv1", 256);
        const auto pooled = [&](int kernel) {
            return y | max_pool{{.kernel = kernel, .stride = 1, .pad = kernel / 2}};
        };
        x = yolop_conv(concat({y, pooled(5), pooled(9), pooled(13)}), model / 8 / "cv2", 512);
        const auto deep = conv(bottleneck_csp(x, model / 9, 512), 10, 256, 1);
        x = bottleneck_csp(concat({deep | twice, sixteenth}), model / 13, 256);
        const auto middle = conv(x, 14, 128, 1);
        const auto encoded = concat({middle | twice, eighth});

        const auto fine = bottleneck_csp(encoded, model / 17, 128);
        const auto medium
            = bottleneck_csp(concat({conv(fine, 18, 128, 3, 2), middle}), model / 20, 256);
        const auto coarse
            = bottleneck_csp(concat({conv(medium, 21, 256, 3, 2), deep}), model / 23, 512);
        const name heads = model / 24 / "m";
        net.output("fine", fine | conv2d{heads / 0, biased(18, 1)});
        net.output("medium", medium | conv2d{heads / 1, biased(18, 1)});
        net.output("coarse", coarse | conv2d{heads / 2, biased(18, 1)});
        const auto segmented = [&](int first) {
            auto z = conv(encoded, first, 128, 3) | twice;
            z = conv(bottleneck_csp(z, model / (first + 2), 64), first + 3, 32, 3) | twice;
            z = bottleneck_csp(conv(z, first + 5, 16, 3), model / (first + 6), 8) | twice;
            return conv(z, first + 8, 2, 3) | sigmoid{};
        };
        net.output("area", segmented(25));
        net.output("lanes", segmented(34));
    }
};

}  // namespace zoo
