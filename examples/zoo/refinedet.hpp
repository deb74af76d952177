// SPDX-License-Identifier: Apache-2.0
// RefineDet320 on VGG-16: anchors are moved once, and what moved them helps to find objects in them.
//
// Task     detection (PASCAL VOC)
// Source   Zhang et al. 2018, figure 1; weights named as luuuyi/RefineDet.PyTorch; torch_rewritten_boxes.py
//          has this one.
#pragma once
#include "blocks/conv.hpp"

#include <vector>

namespace zoo {

/// Input "image" Nx3xHxW, multiples of 64; outputs "moves" NxPLACESx4 and "objects" NxPLACESx2 of the anchors,
/// "boxes" NxPLACESx4 of the moved anchors and "scores" NxPLACESxCLASSES, before softmax. Three anchors a place,
/// the finest scale first.
template <int Classes = 21, int Batch = 1, int Side = 320> struct refinedet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name vgg = "vgg";
        auto x = net.input("image", image);
        const auto convolve = [&](name at, conv2d_options o) {
            o.bias = true;
            x = x | conv2d{at, o} | relu{};
        };
        const auto scaled = [&](name at) {
            return (net.parameter(at / "weight", {512}) | reshape{{1, 512, 1, 1}})
                * (x | lp_normalize{{.eps = 1e-10f}});
        };
        constexpr int repeats[] = {2, 2, 3, 3, 3}, widths[] = {64, 128, 256, 512, 512};
        std::vector<tensor> scales;
        int layer = 0;
        for (int stage = 0; stage < 5; ++stage, ++layer) {
            for (int i = 0; i < repeats[stage]; ++i, layer += 2)
                convolve(vgg / layer, padded(widths[stage], 3));
            if (stage == 3) scales.push_back(scaled("conv4_3_L2Norm"));
            if (stage == 4) scales.push_back(scaled("conv5_3_L2Norm"));
            x = x | max_pool{{.kernel = 2, .stride = 2, .ceil_mode = stage == 2}};
        }
        convolve(vgg / 31, {.out = 1024, .kernel = 3, .pad = 3, .dilation = 3});
        convolve(vgg / 33, {.out = 1024});
        scales.push_back(x);
        convolve(name("extras") / 0, {.out = 256});
        convolve(name("extras") / 1, padded(512, 3, 2));
        scales.push_back(x);

        const auto heads = [&](const char* kind, int numbers) {
            std::vector<tensor> parts;
            for (int i = 0; i < 4; ++i)
                parts.push_back(scales[static_cast<std::size_t>(i)]
                    | conv2d{name(kind) / i, biased(3 * numbers, 3)}
                    | permute{{0, 2, 3, 1}}
                    | reshape{{image.n, -1, numbers}});
            return concat(parts, 1);
        };
        net.output("moves", heads("arm_loc", 4));
        net.output("objects", heads("arm_conf", 2));
        // What a coarser scale knows is handed down, two convolutions before the sum and one behind it.
        const name before = "tcb0", enlarge = "tcb1", behind = "tcb2";
        for (int i = 3; i >= 0; --i) {
            const auto own = scales[static_cast<std::size_t>(i)]
                | conv2d{before / (3 * i), biased(256, 3)}
                | relu{}
                | conv2d{before / (3 * i + 2), biased(256, 3)};
            const auto sum = i == 3
                ? own
                : add(own,
                      scales[static_cast<std::size_t>(i + 1)]
                          | conv_transpose2d{
                              enlarge / i, {.out = 256, .kernel = 2, .stride = 2, .bias = true}});
            scales[static_cast<std::size_t>(i)]
                = sum | relu{} | conv2d{behind / (3 * i + 1), biased(256, 3)} | relu{};
        }
        net.output("boxes", heads("odm_loc", 4));
        net.output("scores", heads("odm_conf", Classes));
    }
};

}  // namespace zoo
