// SPDX-License-Identifier: Apache-2.0
// Faster R-CNN and Mask R-CNN behind a ResNet with a feature pyramid: proposals, what is cut out for each, and
// the choice of boxes. Weights named as in torchvision.
#pragma once
#include "decode.hpp"
#include "residual.hpp"

#include <vector>

namespace zoo {

/// Four levels of a feature pyramid, the finest first, of 1/4 to 1/32 of the rows and columns.
constexpr std::vector<tensor> resnet_pyramid(tensor image, int depth, name backbone) {
    const auto features = resnet_backbone(image, {.depth = depth}, backbone / "body");
    const name fpn = backbone / "fpn";
    std::vector<tensor> out(4);
    tensor above;
    for (int i = 3; i >= 0; --i) {
        const auto own = features.stage[i] | conv2d{fpn / "inner_blocks" / i / 0, biased(256, 1)};
        above = i == 3
            ? own
            : add(own, above | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric}});
        out[static_cast<std::size_t>(i)]
            = above | conv2d{fpn / "layer_blocks" / i / 0, biased(256, 3)};
    }
    return out;
}

/// torchvision's three anchors of a level, of whole and even extents: twice as wide as high, square, twice as
/// high as wide.
constexpr std::vector<box_size> rcnn_anchors(double size) {
    const auto even = [](double x) { return 2.0f * static_cast<int>(x / 2 + 0.5); };
    constexpr double root = 1.41421356237309504880;
    return {{even(size * root), even(size / root)}, {even(size), even(size)},
        {even(size / root), even(size * root)}};
}

struct rcnn_options {
    int classes = 91;      ///< with the background, class 0
    int proposals = 1000;  ///< of a picture
    int most = 100;        ///< boxes of a picture
    float score = 0.05f, iou = 0.5f;
};

/// The best boxes that may hold something.
constexpr proposals rcnn_proposals(
    const std::vector<tensor>& pyramid, shape image, const rcnn_options& o) {
    const name head = name("rpn") / "head";
    std::vector<tensor> maps = pyramid;
    maps.push_back(pyramid.back() | max_pool{{.kernel = 1, .stride = 2}});
    std::vector<proposal_level> levels;
    for (const tensor& map : maps) {
        const auto of = [&](name at) { return levels.empty() ? at : at.shared(); };
        const auto x = map | conv2d{of(head / "conv" / 0 / 0), biased(256, 3)} | relu{};
        const auto objects = x | conv2d{of(head / "cls_logits"), biased(3, 1)};
        const auto deltas = x | conv2d{of(head / "bbox_pred"), biased(12, 1)};
        levels.push_back({objects, deltas, rcnn_anchors(32 << levels.size()),
            static_cast<float>(image.w / map.dims.w), static_cast<float>(image.h / map.dims.h)});
    }
    return propose(levels, {.height = image.h, .width = image.w, .after = o.proposals});
}

/// The levels of a pyramid below each other as one image, each with its last row and column once more: a sample
/// between two levels reads what roi_align reads at the edge of one.
struct stacked_levels {
    tensor image;
    std::vector<int> tops;  ///< the first row of each level
    constexpr explicit stacked_levels(const std::vector<tensor>& pyramid) {
        std::vector<tensor> parts;
        const int across = pyramid[0].dims.w + 1;
        int top = 0;
        for (const tensor& level : pyramid) {
            parts.push_back(level
                | pad{{.bottom = 1, .right = across - level.dims.w, .mode = pad_kind::replicate}});
            tops.push_back(top);
            top += level.dims.h + 1;
        }
        image = concat(parts, 2);
    }
};

/// What each of NxKx4 boxes covers, (N K)x256xSIZExSIZE, from the level that fits its area. Source
/// torchvision.ops.MultiScaleRoIAlign(sampling_ratio=2). Differs: a box that is less than a place high or wide
/// and lies at the lower or right edge sees the edge where torchvision sees zeros.
constexpr tensor cut_out(const stacked_levels& levels, tensor boxes, int size) {
    network& net = network_of(boxes);
    const auto [low, high] = split<2>(boxes, {2, 2}, 2);
    const auto extent = high - low;
    const auto [w, h] = split<2>(extent, {1, 1}, 2);
    const auto area = w * h;
    // A box of 224 x 224 belongs to level 2 of 0 ... 3; half and twice that to its neighbours.
    constexpr float sides[] = {112, 224, 448};
    constexpr float almost = 1 - 2e-6f * 0.69314718f;  // torchvision adds 1e-6 to the logarithm
    tensor scale, top;
    for (int i = 0; i < 3; ++i) {
        const float side = sides[i];
        const auto is_above = cast(ge(area, side * side * almost), dtype::f32);
        const auto shrink = is_above * (0.25f / static_cast<float>(2 << i));
        const auto rows = is_above
            * static_cast<float>(levels.tops[static_cast<std::size_t>(i) + 1]
                - levels.tops[static_cast<std::size_t>(i)]);
        scale = i == 0 ? 0.25f - shrink : scale - shrink;
        top = i == 0 ? rows : top + rows;
    }
    const auto moved = boxes * scale + top * net.constant({0.0f, 1.0f, 0.0f, 1.0f}, {1, 1, 4});
    return roi_align(levels.image, moved, {.size = {size, size}, .sampling_ratio = 2});
}

/// Boxes of all pictures, those behind the count are 0.
struct rcnn_result {
    tensor boxes;    ///< NxMOSTx4, corners in pixels
    tensor scores;   ///< NxMOST
    tensor classes;  ///< NxMOST, i32, from 1 on
    tensor count;    ///< N, i32
};

/// The best boxes of all classes, each class's without those that overlap better ones: torchvision's
/// RoIHeads.postprocess_detections. logits (N K)xCLASSES, deltas (N K)x(4 CLASSES).
constexpr rcnn_result chosen_boxes(
    const proposals& from, tensor logits, tensor deltas, shape image, const rcnn_options& o) {
    network& net = network_of(logits);
    const int n = from.boxes.dims[0], k = from.boxes.dims[1], kinds = o.classes - 1;
    // For each class its own boxes: Nx90xKx4.
    const auto moves
        = deltas | reshape{{n, k, o.classes, 4}} | slice{2, {.start = 1}} | permute{{0, 2, 1, 3}};
    const auto [low, high] = split<2>(from.boxes | unsqueeze{1}, {2, 2}, 3);
    const auto [shift, growth] = split<2>(moves, {2, 2}, 3);
    const auto extent = high - low;
    const auto middle = shift * 0.1f * extent + (low + extent * 0.5f);
    const auto size = (min(growth * 0.2f, anchor_options{}.most) | lamina::exp{}) * extent;
    const auto w = static_cast<float>(image.w), h = static_cast<float>(image.h);
    const auto boxes
        = min(max(corners_of(middle, size, 3), 0.0f), net.constant({w, h, w, h}, {1, 1, 1, 4}));
    const auto [left, right] = split<2>(boxes, {2, 2}, 3);
    const auto is_large = ge((right - left) | reduce_min{{3}}, 1e-2f);
    const auto is_proposal
        = lt(arange(net, 0, k) | reshape{{1, 1, k}}, from.count | reshape{{n, 1, 1}});
    const auto probability = (logits | softmax{1} | reshape{{n, k, o.classes}})
        | slice{2, {.start = 1}}
        | permute{{0, 2, 1}};
    const auto scores = where(logical_and(is_large, is_proposal), probability, 0.0f);

    const auto chosen = nms(boxes | reshape{{n * kinds, k, 4}}, scores | reshape{{n * kinds, k}},
        {.most = o.most, .iou = o.iou, .score = o.score});
    const auto flat = [&](tensor x) { return x | reshape{{n, kinds * o.most}}; };
    const auto [sorted, order] = flat(chosen.scores) | lamina::sort{.axis = 1, .descending = true};
    const auto first = order | slice{1, {.stop = o.most}};
    std::vector<int> starts, numbers;
    for (int kind = 0; kind < kinds; ++kind) {
        starts.push_back(kind * k);
        numbers.push_back(kind + 1);
    }
    const auto own = chosen.indices | reshape{{n, kinds, o.most}};
    const auto is_used = ge(own, 0);
    const auto place = where(is_used, own + net.constant(starts, {1, kinds, 1}), -1);
    const auto kind = where(is_used, net.constant(numbers, {1, kinds, 1}), 0);
    const auto at = gather_elements(flat(place), first, 1);
    const auto all = boxes | reshape{{n, kinds * k, 4}};
    const auto used = ge(at, 0);
    return {where(used | unsqueeze{2}, gather_nd(all, at | unsqueeze{2}, 1), 0.0f),
        sorted | slice{1, {.stop = o.most}}, gather_elements(flat(kind), first, 1),
        cast(used, dtype::i32) | cumsum{1} | slice{1, {.start = -1}} | reshape{{n}}};
}

}  // namespace zoo
