// SPDX-License-Identifier: Apache-2.0
// Heads of ultralytics' anchor-free YOLOs, up to their raw outputs: what comes before the sum over distances
// (DFL), the grid of places and the choice of boxes.
#pragma once
#include "yolo.hpp"

namespace zoo {

/// What a member of a family is for.
enum class yolo_task { detect, segment, pose, rotated };

/// Two convolutions and a 1x1 to `out`, for a kind of answer.
constexpr tensor head_branch(tensor x, name at, int inner, int out, yolo_act act = yolo_act::silu) {
    const auto y
        = yolo_conv(yolo_conv(x, at / 0, padded(inner, 3), act), at / 1, padded(inner, 3), act);
    return y | conv2d{at / 2, {.out = out, .bias = true}};
}

/// The same with depthwise 3x3 and 1x1: scores of YOLOv10 and later.
constexpr tensor light_head_branch(tensor x, name at, int inner, int out) {
    auto y = yolo_conv(x, at / 0 / 0, depthwise(x, 3));
    y = yolo_conv(y, at / 0 / 1, padded(inner, 1));
    y = yolo_conv(y, at / 1 / 0, depthwise(y, 3));
    y = yolo_conv(y, at / 1 / 1, padded(inner, 1));
    return y | conv2d{at / 2, {.out = out, .bias = true}};
}

/// How a version's head differs.
struct yolo_head_form {
    bool light = false;  ///< depthwise branches for scores
    const char* boxes = "cv2";
    const char* scores = "cv3";
    int classes = 80;
    yolo_act act = yolo_act::silu;
};

/// One branch on every scale, all places one after another: NxCx(all places).
template <class Branch>
constexpr tensor on_scales(const std::vector<tensor>& scales, name at, Branch branch) {
    std::vector<tensor> parts;
    for (std::size_t i = 0; i < scales.size(); ++i)
        parts.push_back(branch(scales[i], at / static_cast<int>(i)) | flatten{2});
    return concat(parts, 2);
}

/// Outputs "boxes" Nx64xPLACES (16 distances for each side) and "scores" Nx80xPLACES, before softmax and
/// sigmoid; places of the finest scale first, row by row.
constexpr void detect_outputs(
    network& net, const std::vector<tensor>& scales, name at, const yolo_head_form& form = {}) {
    const int finest = scales[0].dims.c;
    const int few = form.classes < 100 ? form.classes : 100;
    const int box = finest / 4 > 64 ? finest / 4 : 64, score = finest > few ? finest : few;
    net.output("boxes", on_scales(scales, at / form.boxes, [&](tensor x, name own) {
        return head_branch(x, own, box, 64, form.act);
    }));
    net.output("scores", on_scales(scales, at / form.scores, [&](tensor x, name own) {
        return form.light ? light_head_branch(x, own, score, form.classes)
                          : head_branch(x, own, score, form.classes, form.act);
    }));
}

/// detect_outputs and what a task adds: "masks" Nx32xPLACES and "prototypes" Nx32x(H/4)x(W/4) (`prototypes`
/// is the width of the layers before them), "points" Nx51xPLACES, "angles" Nx1xPLACES in radians,
/// -pi/4 to 3 pi/4.
constexpr void task_outputs(network& net, const std::vector<tensor>& scales, name at,
    yolo_task task, yolo_head_form form, int prototypes) {
    if (task == yolo_task::pose) form.classes = 1;
    detect_outputs(net, scales, at, form);
    if (task == yolo_task::detect) return;
    const int out = task == yolo_task::segment ? 32 : task == yolo_task::pose ? 51 : 1;
    const int quarter = scales[0].dims.c / 4, inner = quarter > out ? quarter : out;
    const char* what = task == yolo_task::segment ? "masks"
        : task == yolo_task::pose                 ? "points"
                                                  : "angles";
    const auto answers = on_scales(
        scales, at / "cv4", [&](tensor x, name own) { return head_branch(x, own, inner, out); });
    constexpr float pi = 3.14159265f;
    net.output(
        what, task == yolo_task::rotated ? mul(sub(answers | sigmoid{}, 0.25f), pi) : answers);
    if (task != yolo_task::segment) return;
    const name proto = at / "proto";
    auto y = yolo_conv(scales[0], proto / "cv1", padded(prototypes, 3))
        | conv_transpose2d{
            proto / "upsample", {.out = prototypes, .kernel = 2, .stride = 2, .bias = true}};
    y = yolo_conv(y, proto / "cv2", padded(prototypes, 3));
    net.output("prototypes", yolo_conv(y, proto / "cv3", padded(32, 1)));
}

}  // namespace zoo
