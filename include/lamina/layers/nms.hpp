// SPDX-License-Identifier: Apache-2.0
// Choosing among boxes that overlap: nms, batched_nms. detections.hpp makes results of a detector with them.
// Units    corners and extents in any unit, angles in radians.
// Errors   LAM-01, LAM-04 the shapes do not fit, with both; LAM-08 most is not 1 to 8192, a threshold outside
//          its range; LAM-16 not f32, classes not i32; LAM-17.
// Precision  boxes that the caller gives, or that functions of single elements compute, keep floats in plans
//          of 16 bits; scores are rounded to 16 bits. Keep floats of what computes them (net.keep) where
//          equal scores would matter.
// Cost     a line is looked through once for each of its boxes that has a score above the threshold and
//          whose turn comes: of more than about a thousand boxes choose the best ones first (topk, sort), or
//          raise the threshold of scores.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// At most so many boxes of a line are chosen.
inline constexpr int most_chosen = 8192;

struct nms_options {
    whole most = 0;    ///< boxes that are chosen of a line, at most; must be given
    float iou = 0.5f;  ///< boxes that overlap a chosen one by more are left out
    /// Boxes with this score or less are left out; torchvision's nms has none.
    float score = -3.4028234663852886e38f;
    box_form form = box_form::corners;     ///< or centre, rotated, normal
    nms_method method = nms_method::hard;  ///< or linear, gaussian: soft-NMS
    float sigma = 0.5f;                    ///< of gaussian
};

/// What nms gives: `const auto [indices, scores, count] = nms(boxes, scores, {.most = 100});`
struct nms_result {
    tensor indices;  ///< i32 [..., most], in falling order of their scores; -1 behind the last
    tensor scores;   ///< f32 [..., most], as they were when the box was chosen; 0 behind the last
    tensor count;    ///< i32 [...], how many are chosen
};

namespace detail {

/// Nodes from `first` on are parts of results: what nobody reads is not computed. One of several outputs
/// that is read needs its node.
constexpr void make_optional(network& net, std::size_t first) {
    for (std::size_t id = first; id < net.nodes.size(); ++id) {
        const bool has_further = id + 1 < net.nodes.size() && is_further(net.nodes[id + 1].kind);
        if (!has_further && !is_further(net.nodes[id].kind)) net.nodes[id].is_optional = true;
    }
}

/// The shapes of boxes and scores as batch, lines and boxes of a line.
struct nms_shape {
    int batch = 1, lines = 1, boxes = 1, numbers = 4;
    bool fits = false;
    constexpr nms_shape(const shape& b, const shape& s) {
        if (b.rank != 2 && b.rank != 3) return;
        const bool is_batch = b.rank == 3;
        numbers = b[b.rank - 1];
        boxes = b[b.rank - 2];
        batch = is_batch ? b.n : 1;
        const int last = s.rank - 1;
        lines = s.rank == (is_batch ? 3 : 2) ? s[last - 1] : 1;
        fits = (s.rank == b.rank || s.rank == b.rank - 1) && s[last] == boxes
            && (!is_batch || s.n == batch) && lines >= 1;
    }
};

constexpr bool settle_nms(
    network& net, const subject& who, const nms_shape& in, const nms_options& o) {
    if (o.most < 1 || o.most > most_chosen) {
        net.report(problem_id::option_range, who, "most is ", o.most,
            "; write 1 to 8192, the size of the result");
        return false;
    }
    const bool is_turned = o.form == box_form::rotated || o.form == box_form::normal;
    if (in.numbers != (is_turned ? 5 : 4)) {
        net.report(problem_id::operands, who, "boxes have ", in.numbers,
            " numbers each and the form ", is_turned ? 5 : 4,
            "; corners and centre have 4, rotated and normal 5, the angle last");
        return false;
    }
    if (!(o.iou >= 0 && o.iou <= 1)) {
        net.report(problem_id::option_range, who, "iou is not 0 to 1; write 0.45f, for example");
        return false;
    }
    if (!needs_finite(net, who, "score", static_cast<double>(o.score))) return false;
    if (o.method != nms_method::hard && o.score < 0) {
        net.report(problem_id::option_range, who,
            "soft methods need a threshold of scores that is not below 0, for scores become "
            "smaller; write .score = 0.001f");
        return false;
    }
    if (o.method == nms_method::gaussian && !(o.sigma > 0 && o.sigma <= 1e6f)) {
        net.report(problem_id::option_range, who, "sigma is not above 0; write 0.5f");
        return false;
    }
    return true;
}

constexpr nms_result apply_nms(const tensor& boxes, const tensor& scores, const tensor* classes,
    const subject& who, nms_options o) {
    network& net = network_of(boxes);
    const nms_result nothing{boxes, boxes, boxes};
    if (!needs_owned(net, who, scores, 2) || !needs_values(net, who, boxes)
        || !needs_values(net, who, scores))
        return nothing;
    const nms_shape in(boxes.dims, scores.dims);
    if (!in.fits) {
        net.report(problem_id::operands, who, "boxes ", to_text(boxes.dims), " (",
            maker_text(net, boxes, who), ") and scores ", to_text(scores.dims), " (",
            maker_text(net, scores, who),
            ") do not fit; they need Nx4 and N, BxNx4 and BxN, or BxNx4 and BxLxN for L scores of "
            "each box");
        return nothing;
    }
    if (!settle_nms(net, who, in, o)) return nothing;
    const int most = o.most;
    node made;
    made.kind = op::nms;
    made.inputs = {reshape_to(boxes, who, {in.batch, in.boxes, in.numbers}).id,
        reshape_to(scores, who, {in.batch, in.lines, in.boxes}).id};
    if (classes) made.inputs.push_back(reshape_to(*classes, who, {in.batch, in.boxes}).id);
    made.dims = {in.batch, in.lines, most};
    made.attr.kind = static_cast<int>(o.method);
    made.attr.box = o.form;
    made.attr.scalars[0] = o.method == nms_method::gaussian ? o.sigma : o.iou;
    made.attr.scalars[1] = o.score;
    const tensor kept = net.add(who, made);
    const tensor places = net.add_further(who, kept, kept.dims, dtype::i32);
    const tensor count = net.add_further(who, kept, {in.batch, in.lines}, dtype::i32);
    shape out, of_count;
    for (int axis = 0; axis < scores.dims.rank; ++axis) {
        const bool is_last = axis == scores.dims.rank - 1;
        out.push(is_last ? most : scores.dims[axis]);
        if (!is_last) of_count.push(scores.dims[axis]);
    }
    const auto shown = [&](const tensor& x, const shape& dims) {
        const std::size_t before = net.nodes.size();
        const tensor y = reshape_to(x, who, dims);
        make_optional(net, before);
        return y;
    };
    return {shown(places, out), shown(kept, out), shown(count, of_count)};
}

}  // namespace detail

/// Boxes that do not overlap: the one with the best score, then the best one of those that overlap no chosen
/// one, and so on: `nms(boxes, scores, {.most = 100, .iou = 0.45f})`.
///
/// Shapes   boxes Nx4 (x1, y1, x2, y2) and scores N, or BxNx4 and BxN, or BxNx4 and BxLxN for L independent
///          choices among the same boxes (one for each class, as in ONNX). Of equal scores the first comes
///          first. Corners may be given in any order.
/// Errors   those of the file.
/// Source   torchvision.ops.nms; ONNX NonMaxSuppression (selected_list makes its list of it); rotated boxes:
///          detectron2's nms_rotated, here (x, y, width, height, angle) in radians; normal: ultralytics'
///          probiou; linear, gaussian: Bodla et al. 2017. Differs: the size is fixed.
constexpr nms_result nms(const tensor& boxes, const tensor& scores, nms_options options,
    std::source_location where = std::source_location::current()) {
    return detail::apply_nms(boxes, scores, nullptr, {"nms", {}, where}, options);
}

/// The same where boxes of different classes do not suppress each other.
///
/// Shapes   boxes Nx4, scores N and classes N (i32), or BxNx4, BxN and BxN.
/// Errors   those of the file.
/// Source   torchvision.ops.batched_nms.
constexpr nms_result batched_nms(const tensor& boxes, const tensor& scores, const tensor& classes,
    nms_options options, std::source_location where = std::source_location::current()) {
    network& net = network_of(boxes);
    const subject who{"batched_nms", {}, where};
    const nms_result nothing{boxes, boxes, boxes};
    if (!needs_owned(net, who, classes, 3)) return nothing;
    if (classes.type != dtype::i32) {
        net.report(problem_id::dtype_mismatch, who, "classes ", to_text(classes.dims), " are ",
            to_text(classes.type),
            ", i32 is needed; argmax gives it, or write cast(x, dtype::i32)");
        return nothing;
    }
    if (!(classes.dims == scores.dims) || scores.dims.rank != boxes.dims.rank - 1) {
        net.report(problem_id::operands, who, "classes ", to_text(classes.dims), " and scores ",
            to_text(scores.dims), " do not fit boxes ", to_text(boxes.dims),
            "; they need N and N for Nx4, or BxN and BxN for BxNx4");
        return nothing;
    }
    return detail::apply_nms(boxes, scores, &classes, who, options);
}

}  // namespace lamina
