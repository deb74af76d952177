// SPDX-License-Identifier: Apache-2.0
// SSD300 on VGG-16: boxes on six scales, up to the raw outputs.
//
// Task     detection (COCO)
// Source   Liu et al. 2016, figure 2; torchvision's ssd300_vgg16, its backbone and head.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Input "image" Nx3xHxW, RGB in 0 to 1 minus (0.48235, 0.45882, 0.40784), times 255; outputs "boxes"
/// NxPLACESx4 and "scores" NxPLACESx91, before softmax; 4 or 6 boxes a place, the finest scale first.
template <int Classes = 91, int Batch = 1, int Side = 300> struct ssd300_vgg16 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name backbone = "backbone", extra = backbone / "extra";
        auto x = net.input("image", image);
        const auto convolve = [&](name at, conv2d_options o) {
            o.bias = true;
            x = x | conv2d{at, o} | relu{};
        };
        int layer = 0;
        constexpr int repeats[] = {2, 2, 3, 3}, widths[] = {64, 128, 256, 512};
        for (int stage = 0; stage < 4; ++stage) {
            for (int i = 0; i < repeats[stage]; ++i, layer += 2)
                convolve(backbone / "features" / layer, padded(widths[stage], 3));
            if (stage < 3) x = x | max_pool{{.kernel = 2, .stride = 2, .ceil_mode = stage == 2}};
            ++layer;
        }
        const auto weights = net.parameter(backbone / "scale_weight", {512});
        std::vector<tensor> scales{(weights | reshape{{1, 512, 1, 1}}) * (x | lp_normalize{})};
        x = x | max_pool{{.kernel = 2, .stride = 2}};
        for (const int i : {1, 3, 5}) convolve(extra / 0 / i, padded(512, 3));
        x = x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}};
        convolve(extra / 0 / 7 / 1, {.out = 1024, .kernel = 3, .pad = 6, .dilation = 6});
        convolve(extra / 0 / 7 / 3, {.out = 1024});
        scales.push_back(x);
        for (int i = 1; i <= 4; ++i) {
            const bool strides = i <= 2;
            convolve(extra / i / 0, {.out = i == 1 ? 256 : 128});
            convolve(extra / i / 2,
                {.out = i == 1 ? 512 : 256,
                    .kernel = 3,
                    .stride = strides ? 2 : 1,
                    .pad = strides});
            scales.push_back(x);
        }
        const auto heads = [&](const char* kind, int numbers) {
            constexpr int boxes[] = {4, 6, 6, 6, 4, 4};
            std::vector<tensor> parts;
            for (int i = 0; i < 6; ++i) {
                const auto y = scales[static_cast<std::size_t>(i)]
                    | conv2d{
                        name("head") / kind / "module_list" / i, biased(boxes[i] * numbers, 3)};
                parts.push_back(y | permute{{0, 2, 3, 1}} | reshape{{image.n, -1, numbers}});
            }
            return concat(parts, 1);
        };
        net.output("boxes", heads("regression_head", 4));
        net.output("scores", heads("classification_head", Classes));
    }
};

}  // namespace zoo
