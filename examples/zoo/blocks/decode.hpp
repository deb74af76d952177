// SPDX-License-Identifier: Apache-2.0
// From a detector's maps to boxes x1, y1, x2, y2 in pixels of the picture, N x places x 4, for detections()
// and nms(). Grids and anchors are small constants that broadcast over the map, so that a map is one step.
#pragma once
#include <lamina/define.hpp>

#include <span>
#include <utility>
#include <vector>

namespace zoo {

using namespace lamina;

/// A size in pixels.
struct box_size {
    float w, h;
};

/// Boxes of all maps, or scores of all maps, one map behind the other.
constexpr tensor join_maps(const std::vector<tensor>& parts) {
    return parts.size() == 1 ? parts[0] : concat(parts, 1);
}

/// Rows of `numbers` for x and y (or x, y, x, y) of the places of a map: those of x follow the columns (axis
/// `last`), those of y the rows. Place i lies at (i + offset) * stride.
struct place_grid {
    tensor across, down;
    /// `stride_down` is that between rows where it differs, else 0.
    constexpr place_grid(network& net, int h, int w, int numbers, int rank, float stride,
        float offset, float stride_down = 0)
        : across(line(net, w, numbers, rank, 0, stride, offset)),
          down(line(net, h, numbers, rank, 1, stride_down > 0 ? stride_down : stride, offset)) {}

private:
    static constexpr tensor line(
        network& net, int count, int numbers, int rank, int of, float stride, float offset) {
        std::vector<float> at;
        for (int k = 0; k < numbers; ++k)
            for (int i = 0; i < count; ++i)
                at.push_back(k % 2 == of ? (static_cast<float>(i) + offset) * stride : 0.0f);
        shape dims;
        for (int axis = 0; axis < rank - 3; ++axis) dims.push(1);
        dims.push(numbers);
        dims.push(of == 0 ? 1 : count);
        dims.push(of == 0 ? count : 1);
        return net.constant(at, dims);
    }
};

/// [N, anchors, numbers, h, w] as [N, places, numbers], the anchors of a place side by side or, as YOLO has
/// them, all places of an anchor.
constexpr tensor as_rows(const tensor& x, bool by_anchor) {
    const shape d = x.dims;
    const tensor y = by_anchor ? x | permute{{0, 1, 3, 4, 2}} : x | permute{{0, 3, 4, 1, 2}};
    return y | reshape{{d.n, -1, d.h}};
}

/// Corners of middles and sizes along an axis.
constexpr tensor corners_of(const tensor& middle, const tensor& size, int axis) {
    const tensor half = size * 0.5f;
    return concat({middle - half, middle + half}, axis);
}

/// A detector's boxes and scores of each class, for detections().
struct decoded {
    tensor boxes;   ///< N x places x 4
    tensor scores;  ///< N x places x classes
};

// YOLO with anchors

enum class yolo_coding {
    exp,     ///< v3, v4: sigmoid(x) + grid, exp(w) * anchor
    square,  ///< v5, v7: 2 sigmoid(x) - 0.5 + grid, (2 sigmoid(w))^2 * anchor
};

/// One map of YOLOv3 to v7: N x anchors (5 + classes) x h x w, before any sigmoid. A score is that of the
/// object times that of the class. Anchors in pixels. Source   ultralytics' Detect of v5 and v3, inplace.
constexpr decoded decode_yolo(const tensor& map, std::span<const box_size> anchors, float stride,
    yolo_coding coding = yolo_coding::square) {
    network& net = *map.net;
    const int count = static_cast<int>(anchors.size());
    const shape d = map.dims;
    const tensor raw = map | reshape{{d.n, count, -1, d.h, d.w}};
    const int classes = raw.dims.h - 5;
    const auto parts = split(raw, {2, 2, 1, classes}, 2);
    std::vector<float> sizes;
    for (const box_size& each : anchors) {
        sizes.push_back(each.w);
        sizes.push_back(each.h);
    }
    const tensor by = net.constant(sizes, {1, count, 2, 1, 1});
    const bool squares = coding == yolo_coding::square;
    const place_grid grid(net, d.h, d.w, 2, 5, stride, squares ? -0.5f : 0.0f);
    const tensor inside = (parts[0] | sigmoid{}) * (squares ? 2 * stride : stride);
    const tensor middle = inside + grid.across + grid.down;
    const tensor size = squares ? lamina::pow((parts[1] | sigmoid{}) * 2.0f, 2.0f) * by
                                : (parts[1] | lamina::exp{}) * by;
    const tensor score = (parts[3] | sigmoid{}) * (parts[2] | sigmoid{});
    return {as_rows(corners_of(middle, size, 2), true), as_rows(score, true)};
}

// YOLO without anchors

/// A map of an anchor-free YOLO.
struct yolo_map {
    int h, w;
    float stride;
};

/// The boxes of YOLOv8 to v12 from detect_outputs' "boxes", N x 4 bins x places: each side's distance is the
/// mean of its bins (DFL), in strides from the middle of its place. Source   ultralytics' Detect, DFL.
constexpr tensor decode_distances(const tensor& sides, std::span<const yolo_map> maps) {
    network& net = *sides.net;
    const int n = sides.dims.n, places = sides.dims.h, bins = sides.dims.c / 4;
    tensor distances = sides;
    if (bins > 1) {
        std::vector<float> numbers;
        for (int k = 0; k < bins; ++k) numbers.push_back(static_cast<float>(k));
        distances = (sides | reshape{{n, 4, bins, places}} | softmax{2})
                * net.constant(numbers, {1, 1, bins, 1})
            | reduce_sum{2};
    }
    std::vector<tensor> parts;
    int first = 0;
    for (const yolo_map& map : maps) {
        const int count = map.h * map.w;
        const tensor own = distances
            | slice{2, {.start = first, .stop = first + count}}
            | reshape{{n, 4, map.h, map.w}};
        const tensor sign
            = net.constant({-map.stride, -map.stride, map.stride, map.stride}, {1, 4, 1, 1});
        const place_grid grid(net, map.h, map.w, 4, 4, map.stride, 0.5f);
        parts.push_back((own * sign + grid.across + grid.down)
            | permute{{0, 2, 3, 1}}
            | reshape{{n, count, 4}});
        first += count;
    }
    return join_maps(parts);
}

// Anchors that deltas move: SSD, RetinaNet, RetinaFace, region proposals

struct anchor_options {
    float stride = 16;
    float offset = 0;         ///< of the middle of place 0, in strides: 0.5 for SSD and RetinaFace
    float of_middle = 1;      ///< what deltas of the middle are multiplied by: SSD 0.1
    float of_size = 1;        ///< and those of the size: SSD 0.2
    float most = 4.1351666f;  ///< deltas of the size at most: log(1000 / 16)
    float stride_down = 0;    ///< between rows, where it differs from that between columns
};

/// Anchors' sizes as a constant for maps [N, anchors, 2, h, w].
constexpr tensor sizes_of(network& net, std::span<const box_size> anchors) {
    std::vector<float> sizes;
    for (const box_size& each : anchors) {
        sizes.push_back(each.w);
        sizes.push_back(each.h);
    }
    return net.constant(sizes, {1, static_cast<int>(anchors.size()), 2, 1, 1});
}

/// Boxes of N x 4 anchors x h x w deltas (dx, dy, dw, dh of each anchor), N x h w anchors x 4.
/// Source   torchvision's BoxCoder and its generators of anchors; SSD's prior boxes.
constexpr tensor decode_deltas(
    const tensor& map, std::span<const box_size> anchors, const anchor_options& o) {
    network& net = *map.net;
    const int count = static_cast<int>(anchors.size());
    const shape d = map.dims;
    const auto parts = split(map | reshape{{d.n, count, 4, d.h, d.w}}, {2, 2}, 2);
    const tensor sizes = sizes_of(net, anchors);
    const place_grid grid(net, d.h, d.w, 2, 5, o.stride, o.offset, o.stride_down);
    const tensor middle = parts[0] * o.of_middle * sizes + grid.across + grid.down;
    const tensor size = (min(parts[1] * o.of_size, o.most) | lamina::exp{}) * sizes;
    return as_rows(corners_of(middle, size, 2), false);
}

/// Points of N x 2 points anchors x h x w deltas, N x h w anchors x 2 points. Source   RetinaFace's landmarks.
constexpr tensor decode_points(
    const tensor& map, std::span<const box_size> anchors, int points, const anchor_options& o) {
    network& net = *map.net;
    const int count = static_cast<int>(anchors.size());
    const shape d = map.dims;
    std::vector<float> sizes;
    for (const box_size& each : anchors)
        for (int k = 0; k < 2 * points; ++k) sizes.push_back(k % 2 ? each.h : each.w);
    const tensor by = net.constant(sizes, {1, count, 2 * points, 1, 1});
    const place_grid grid(net, d.h, d.w, 2 * points, 5, o.stride, o.offset);
    const tensor raw = map | reshape{{d.n, count, 2 * points, d.h, d.w}};
    return as_rows(raw * o.of_middle * by + grid.across + grid.down, false);
}

// CenterNet

struct peaks {
    tensor boxes;    ///< N x most x 4
    tensor scores;   ///< N x most
    tensor classes;  ///< N x most, i32
};

/// The highest peaks of heat maps N x classes x h x w (before the sigmoid): places whose score is the largest
/// of their 3 x 3 neighbours. Sizes and offsets N x 2 x h x w, in places. Source   CenterNet's ctdet_decode.
constexpr peaks decode_peaks(
    const tensor& heat, const tensor& sizes, const tensor& offsets, int most, float stride) {
    network& net = *heat.net;
    const shape d = heat.dims;
    const tensor score = heat | sigmoid{};
    const tensor largest = score | max_pool{{.kernel = 3, .stride = 1, .pad = 1}};
    const tensor peak = where(eq(score, largest), score, 0.0f) | reshape{{d.n, d.c, d.h * d.w}};
    const place_grid grid(net, d.h, d.w, 2, 4, stride, 0);
    const tensor middle = offsets * stride + grid.across + grid.down;
    const tensor boxes = corners_of(middle, sizes * stride, 1)
        | permute{{0, 2, 3, 1}}
        | reshape{{d.n, d.h * d.w, 4}};
    const auto [of_class, places] = peak | topk{most};
    const auto [best, order] = of_class | reshape{{d.n, d.c * most}} | topk{most};
    std::vector<int> numbers;
    for (int k = 0; k < d.c; ++k) numbers.push_back(k);
    const tensor kinds = net.constant(numbers, {1, d.c, 1}) | expand{{d.n, d.c, most}};
    const tensor place = gather_elements(places | reshape{{d.n, d.c * most}}, order, 1);
    return {gather_nd(boxes, place | unsqueeze{2}, 1), best,
        gather_elements(kinds | reshape{{d.n, d.c * most}}, order, 1)};
}

// Region proposals

/// One level of a region proposal network: objectness N x anchors x h x w and deltas N x 4 anchors x h x w.
struct proposal_level {
    tensor objectness, deltas;
    std::vector<box_size> anchors;
    float stride;
    float stride_down = 0;  ///< between rows, where it differs from that between columns
};

struct proposal_options {
    int height, width;  ///< of the picture, which boxes are cut to
    int before = 1000;  ///< best boxes of a level before nms
    int after = 1000;   ///< proposals of a picture
    float iou = 0.7f;
    float least_size = 1e-3f;  ///< smaller boxes are left out
};

/// What a proposal network gives: boxes N x after x 4 for roi_align, 0 behind the count.
struct proposals {
    tensor boxes, scores, count;
};

/// The best boxes of each level, cut to the picture, without those that overlap others of their level.
/// Source   torchvision.models.detection.rpn.RegionProposalNetwork.filter_proposals.
constexpr proposals propose(const std::vector<proposal_level>& levels, const proposal_options& o) {
    network& net = *levels[0].objectness.net;
    std::vector<tensor> all_boxes, all_scores;
    std::vector<int> kinds;
    for (const proposal_level& level : levels) {
        const tensor boxes = decode_deltas(level.deltas, level.anchors,
            {.stride = level.stride, .stride_down = level.stride_down});
        const shape d = level.objectness.dims;
        const tensor scores
            = level.objectness | permute{{0, 2, 3, 1}} | reshape{{d.n, d.c * d.h * d.w}};
        const int all = scores.dims.c, kept = all < o.before ? all : o.before;
        const auto [sorted, order] = scores | lamina::sort{.axis = 1, .descending = true};
        const tensor first = order | slice{1, {.stop = kept}} | reshape{{d.n, kept, 1}};
        all_boxes.push_back(gather_nd(boxes, first, 1));
        all_scores.push_back((sorted | slice{1, {.stop = kept}}) | sigmoid{});
        for (int i = 0; i < kept; ++i) kinds.push_back(static_cast<int>(all_boxes.size()) - 1);
    }
    const auto w = static_cast<float>(o.width), h = static_cast<float>(o.height);
    const tensor boxes
        = min(max(join_maps(all_boxes), 0.0f), net.constant({w, h, w, h}, {1, 1, 4}));
    const tensor extent = (boxes | slice{2, {.start = 2}}) - (boxes | slice{2, {.stop = 2}});
    const tensor large = ge(extent | reduce_min{2}, o.least_size);
    const tensor scores = where(large, join_maps(all_scores), -1.0f);
    const int count = static_cast<int>(kinds.size()), n = boxes.dims.n;
    const tensor levels_of = net.constant(kinds, {1, count}) | expand{{n, count}};
    const nms_result chosen
        = batched_nms(boxes, scores, levels_of, {.most = o.after, .iou = o.iou, .score = -0.5f});
    const tensor at = chosen.indices | unsqueeze{2};
    return {where(ge(at, 0), gather_nd(boxes, at, 1), 0.0f), chosen.scores, chosen.count};
}

}  // namespace zoo
