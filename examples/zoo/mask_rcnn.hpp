// SPDX-License-Identifier: Apache-2.0
// Mask R-CNN: Faster R-CNN's boxes, and of each the pixels that belong to its object.
//
// Task     instance segmentation (COCO)
// Source   He et al. 2017; torchvision's maskrcnn_resnet50_fpn without its resizing of pictures and without
//          the pasting of masks into them.
#pragma once
#include "faster_rcnn.hpp"

namespace zoo {

/// As faster_rcnn, and "masks" NxMOSTx28x28 in 0 to 1 over each box; 0 behind the count.
template <int Depth = 50, int Classes = 91, int Proposals = 1000, int Most = 100, int Batch = 1,
    int Height = 800, int Across = 1056>
struct mask_rcnn {
    static constexpr void define(network& net, shape image = {Batch, 3, Height, Across}) {
        const rcnn_options o{.classes = Classes, .proposals = Proposals, .most = Most};
        const auto parts = faster_rcnn_parts(net.input("image", image), Depth, o);
        rcnn_outputs(net, parts.found);
        const name heads = "roi_heads", last = heads / "mask_predictor";
        auto x = cut_out(parts.levels, parts.found.boxes, 14);
        for (int i = 0; i < 4; ++i)
            x = x | conv2d{heads / "mask_head" / i / 0, biased(256, 3)} | relu{};
        x = x
            | conv_transpose2d{last / "conv5_mask",
                {.out = 256, .kernel = 2, .stride = 2, .bias = true}}
            | relu{}
            | conv2d{last / "mask_fcn_logits", biased(Classes, 1)};
        // Of each box the map of its class.
        const auto own = gather_nd(x, parts.found.classes | reshape{{image.n * o.most, 1}}, 1);
        const auto masks = (own | sigmoid{}) | reshape{{image.n, o.most, 28, 28}};
        const auto used = gt(parts.found.classes, 0) | reshape{{image.n, o.most, 1, 1}};
        net.output("masks", where(used, masks, 0.0f));
    }
};

}  // namespace zoo
