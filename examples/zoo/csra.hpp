// SPDX-License-Identifier: Apache-2.0
// CSRA on ResNet: each class has its own attention over the places of the image.
//
// Task     classification with several labels (VOC, COCO)
// Source   Zhu and Wu 2021, equation 5; weights named as Kevinz-code/CSRA's ResNet_CSRA with one head;
//          torch_rewritten_misc.py has this one.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Input "image" Nx3xHxW; output "logits" NxCLASSES: the mean over all places plus 0.1 of the largest.
template <int Depth = 101, int Classes = 80, int Batch = 1, int Side = 448> struct csra {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto x = resnet_backbone(net.input("image", image), {.depth = Depth}).stage[3];
        const name head = name("classifier") / "multi_head" / 0 / "head";
        const auto raw = x | conv2d{head, {.out = Classes}};
        // The classes' weights have length 1.
        const auto weight = net.parameter((head / "weight").shared(), {Classes, x.dims.c, 1, 1});
        const auto lengths = (weight * weight) | reduce_sum{{1}, true} | lamina::sqrt{};
        const auto scores = (raw / (lengths | reshape{{1, Classes, 1, 1}})) | flatten{2};
        net.output("logits", (scores | reduce_mean{{2}}) + (scores | reduce_max{{2}}) * 0.1f);
    }
};

}  // namespace zoo
