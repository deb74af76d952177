// SPDX-License-Identifier: Apache-2.0
// Results of detectors: the boxes that nms chooses as one list for each image, with scores and classes.
#pragma once
#include <lamina/layers/argmax.hpp>
#include <lamina/layers/cast.hpp>
#include <lamina/layers/compare.hpp>
#include <lamina/layers/cumsum.hpp>
#include <lamina/layers/gather.hpp>
#include <lamina/layers/nms.hpp>
#include <lamina/layers/nonzero.hpp>
#include <lamina/layers/permute.hpp>
#include <lamina/layers/reduce.hpp>
#include <lamina/layers/reshape.hpp>
#include <lamina/layers/slice.hpp>
#include <lamina/layers/topk.hpp>
#include <lamina/layers/where.hpp>

namespace lamina {

struct detections_options {
    whole most = 100;        ///< results of an image, at most
    float iou = 0.5f;        ///< boxes of a class that overlap a better one by more are left out
    float score = 0.25f;     ///< results have a score above it; at least 0
    bool one_class = false;  ///< a box has its best class only (ultralytics' multi_label=False)
    bool across_classes = false;  ///< boxes of all classes suppress each other; implies one_class
    box_form form = box_form::corners;
    nms_method method = nms_method::hard;
    float sigma = 0.5f;  ///< of gaussian
};

/// What detections gives. Rows behind the count are 0.
struct detections_result {
    tensor count;    ///< i32 [B], results of each image
    tensor boxes;    ///< f32 [B, most, 4 or 5], in the form they came in
    tensor scores;   ///< f32 [B, most], in falling order
    tensor classes;  ///< i32 [B, most]
};

namespace detail {

/// How many of each row are not below 0: rows end with such.
constexpr tensor count_used(const tensor& indices, std::source_location where) {
    const tensor used = cast(ge(indices, 0, where), dtype::i32, where) | cumsum{1, {}, where};
    return used | slice{1, {.start = -1}, where} | reshape{{indices.dims.n}, where};
}

/// What indices, of which those below 0 name nothing, take of x along axis 1, with 0 for those.
constexpr tensor take_used(const tensor& x, const tensor& indices, std::source_location where) {
    network& net = network_of(x);
    const shape one = with_axis(indices.dims, 2);
    if (x.dims.rank == 2) {
        const tensor taken = gather_elements(x, indices, 1, where);
        return lamina::where(ge(indices, 0, where), taken, net.constant({0}, {1, 1}, where), where);
    }
    const tensor at = indices | reshape{{one.n, one.c, 1}, where};
    return lamina::where(ge(at, 0, where), gather_nd(x, at, 1, where), 0.0f, where);
}

}  // namespace detail

/// A detector's results: of each image the best boxes that do not overlap others of their class, with their
/// scores and classes: `detections(boxes, scores, {.most = 300, .iou = 0.7f, .score = 0.25f})`.
///
/// Shapes   boxes BxNx4 (or BxNx5, rotated), scores BxNxC, between 0 and 1 (behind a sigmoid or softmax).
/// Errors   LAM-01 not three axes; LAM-04 boxes and scores differ; LAM-08 score below 0; those of nms.hpp.
/// Cost     without one_class each class is a line of nms and up to C * most boxes are sorted.
/// Source   TensorRT's EfficientNMS_TRT (num_detections, detection_boxes, detection_scores,
///          detection_classes; num_detections is [B, 1] there); ultralytics' non_max_suppression;
///          torchvision's postprocess_detections.
constexpr detections_result detections(const tensor& boxes, const tensor& scores,
    detections_options o = {}, std::source_location where = std::source_location::current()) {
    network& net = network_of(boxes);
    const subject who{"detections", {}, where};
    const detections_result nothing{boxes, boxes, boxes, boxes};
    if (!needs_owned(net, who, scores, 2)) return nothing;
    if (boxes.dims.rank != 3 || scores.dims.rank != 3) {
        net.report(problem_id::shape_rank, who, "boxes ", to_text(boxes.dims), " and scores ",
            to_text(scores.dims), " need three axes, BxNx4 and BxNxC");
        return nothing;
    }
    if (boxes.dims.n != scores.dims.n || boxes.dims.c != scores.dims.c) {
        net.report(problem_id::operands, who, "boxes ", to_text(boxes.dims), " (",
            maker_text(net, boxes, who), ") and scores ", to_text(scores.dims), " (",
            maker_text(net, scores, who),
            ") do not fit; they need BxNx4 and BxNxC, transpose scores of BxCxN");
        return nothing;
    }
    if (!(o.score >= 0)) {
        net.report(problem_id::option_range, who,
            "score is below 0; scores are 0 to 1, write 0.25f, for example");
        return nothing;
    }
    if (!needs_values(net, who, boxes) || !needs_values(net, who, scores)) return nothing;
    const nms_options options{.most = o.most,
        .iou = o.iou,
        .score = o.score,
        .form = o.form,
        .method = o.method,
        .sigma = o.sigma};
    const int classes = scores.dims.h, batch = scores.dims.n;
    const detail::nms_shape of_boxes(boxes.dims, {batch, boxes.dims.c});
    if (!detail::settle_nms(net, who, of_boxes, options)) return nothing;
    const std::size_t before = net.nodes.size();
    if (o.one_class || o.across_classes || classes == 1) {
        const tensor best = scores | reduce_max{{2}, {}, where};
        const tensor kind = scores | argmax{.axis = 2, .where = where};
        const nms_result chosen = o.across_classes || classes == 1
            ? nms(boxes, best, options, where)
            : batched_nms(boxes, best, kind, options, where);
        const detections_result out{detail::count_used(chosen.indices, where),
            detail::take_used(boxes, chosen.indices, where), chosen.scores,
            detail::take_used(kind, chosen.indices, where)};
        detail::make_optional(net, before);
        return out;
    }
    const nms_result chosen
        = nms(boxes, scores | permute{{0, 2, 1}, where}, options, where);  // [B, C, most]
    const int most = o.most;
    const shape flat{batch, to_extent(std::int64_t{classes} * most)};
    const tensor all = chosen.scores | reshape{{flat.n, flat.c}, where};
    tensor kept = all, order = all;
    if (most > 512) {
        const auto [values, indices] = all | sort{.axis = 1, .descending = true, .where = where};
        kept = values | slice{1, {.stop = most}, where};
        order = indices | slice{1, {.stop = most}, where};
    } else {
        const auto [values, indices] = all | topk{.k = most, .axis = 1, .where = where};
        kept = values;
        order = indices;
    }
    std::vector<int> numbers;
    for (int k = 0; k < classes; ++k) numbers.push_back(k);
    const tensor kinds = lamina::where(ge(chosen.indices, 0, where),
        net.constant(numbers, {1, classes, 1}, where), net.constant({-1}, {1, 1, 1}, where), where);
    const tensor place
        = gather_elements(chosen.indices | reshape{{flat.n, flat.c}, where}, order, 1, where);
    const tensor kind = gather_elements(kinds | reshape{{flat.n, flat.c}, where}, order, 1, where);
    const detections_result out{detail::count_used(place, where),
        detail::take_used(boxes, place, where), kept,
        lamina::where(ge(kind, 0, where), kind, net.constant({0}, {1, 1}, where), where)};
    detail::make_optional(net, before);
    return out;
}

/// What selected_list gives.
struct selected_list_result {
    tensor rows;   ///< i32 [most, 3]
    tensor count;  ///< i32, a scalar
};

/// What nms chose of BxLxN scores as one list: rows (image, class, box), the images one after another and of
/// each the classes, each in falling order of its scores. -1 behind the last.
///
/// Shapes   [most, 3] and a scalar, both i32.
/// Errors   LAM-01 the scores had no three axes; LAM-08 most is below 1.
/// Source   selected_indices of ONNX's NonMaxSuppression. Differs: the size is fixed.
constexpr selected_list_result selected_list(const nms_result& chosen, whole most,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(chosen.indices);
    const subject who{"selected_list", {}, where};
    const tensor& indices = chosen.indices;
    if (indices.dims.rank != 3) {
        net.report(problem_id::shape_rank, who, "indices are ", to_text(indices.dims),
            "; they need three axes, scores of BxLxN for nms");
        return {indices, indices};
    }
    const std::size_t before = net.nodes.size();
    const auto [places, count] = ge(indices, 0, where) | nonzero{most, where};
    const tensor box
        = gather_nd(indices, places, 0, where);  // behind the last it is not 0 to N - 1
    const auto two = [&](int from) {
        node cut;
        cut.kind = op::slice;
        cut.type = dtype::i32;
        cut.inputs = {places.id};
        cut.dims = {places.dims.n, 1};
        cut.attr.starts[1] = from;
        return net.add(who, cut);
    };
    const tensor valid = ge(two(0), 0, where);
    const tensor column = reshape_to(box, who, {places.dims.n, 1});
    const tensor none = net.constant({-1}, {1, 1}, where);
    node joined;
    joined.kind = op::concat;
    joined.type = dtype::i32;
    joined.inputs = {two(0).id, two(1).id, lamina::where(valid, column, none, where).id};
    joined.attr.axis = 1;
    joined.dims = {places.dims.n, 3};
    const selected_list_result out{net.add(who, joined), count};
    detail::make_optional(net, before);
    return out;
}

}  // namespace lamina
