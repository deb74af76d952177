// SPDX-License-Identifier: Apache-2.0
// Faster R-CNN on a ResNet with a feature pyramid, from the picture to the boxes.
//
// Task     detection (COCO)
// Source   Ren et al. 2015, Lin et al. 2016; torchvision's fasterrcnn_resnet50_fpn without its resizing of
//          pictures: all of a batch have the size of the input.
#pragma once
#include "blocks/rcnn.hpp"

namespace zoo {

/// The pyramid's levels and the boxes found with them.
struct rcnn_parts {
    stacked_levels levels;
    rcnn_result found;
};

constexpr rcnn_parts faster_rcnn_parts(tensor picture, int depth, const rcnn_options& o) {
    const shape image = picture.dims;
    const auto pyramid = resnet_pyramid(picture, depth, "backbone");
    const auto from = rcnn_proposals(pyramid, image, o);
    const stacked_levels levels(pyramid);
    const name heads = "roi_heads", head = heads / "box_head", last = heads / "box_predictor";
    const auto x = cut_out(levels, from.boxes, 7)
        | flatten{}
        | linear{head / "fc6", 1024}
        | relu{}
        | linear{head / "fc7", 1024}
        | relu{};
    const auto logits = x | linear{last / "cls_score", o.classes};
    const auto deltas = x | linear{last / "bbox_pred", 4 * o.classes};
    return {levels, chosen_boxes(from, logits, deltas, image, o)};
}

constexpr void rcnn_outputs(network& net, const rcnn_result& found) {
    net.output("boxes", found.boxes);
    net.output("scores", found.scores);
    net.output("classes", found.classes);
    net.output("count", found.count);
}

/// Input "image" Nx3xHxW, normalised as for ImageNet, multiples of 32; outputs "boxes" NxMOSTx4 (corners in
/// pixels), "scores" NxMOST, "classes" NxMOST (i32, from 1 on) and "count" N (i32), the best first; 0 behind the
/// count.
template <int Depth = 50, int Classes = 91, int Proposals = 1000, int Most = 100, int Batch = 1,
    int Height = 800, int Across = 1056>
struct faster_rcnn {
    static constexpr void define(network& net, shape image = {Batch, 3, Height, Across}) {
        rcnn_outputs(net,
            faster_rcnn_parts(net.input("image", image), Depth,
                {.classes = Classes, .proposals = Proposals, .most = Most})
                .found);
    }
};

}  // namespace zoo
