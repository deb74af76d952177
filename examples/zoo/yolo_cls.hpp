// SPDX-License-Identifier: Apache-2.0
// YOLOv5-cls, YOLOv8-cls and YOLO11-cls: the detectors' backbones as classifiers, n, s, m, l and x.
//
// Task     classification (ImageNet)
// Source   ultralytics' yolov8-cls.yaml, yolo11-cls.yaml: their batch norms keep PyTorch's eps, 0.00001, where
//          those of the detectors have 0.001; ClassificationModel of ultralytics/yolov5, which cuts a detector off
//          behind layer 8, so that only the new layers have 0.00001.
#pragma once
#include "yolo11.hpp"
#include "yolov5.hpp"
#include "yolov8.hpp"

namespace zoo {

/// Every batch norm with another eps: the blocks have the detectors'.
constexpr void set_norm_eps(network& net, float eps) {
    for (node& n : net.nodes)
        if (n.kind == op::batch_norm) n.attr.scalars[0] = eps;
}

/// 1x1, mean, and a linear layer: ultralytics' Classify.
constexpr void classify_outputs(network& net, tensor x, name at) {
    x = yolo_conv(x, at / "conv", padded(1280, 1)) | global_avg_pool{};
    net.output("logits", x | dense{at / "linear", 1000});
    set_norm_eps(net, 1e-5f);
}

/// Input "image" Nx3xHxW in 0 to 1; output "logits" Nx1000.
template <char Size, int Batch = 1, int Side = 224> struct yolov5_cls {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto seen = yolov5_backbone(net.input("image", image), yolov5_scale(Size)).last;
        const name head = name("model") / 9;
        const auto x = conv_bn(
            seen, head / "conv" / "conv", head / "conv" / "bn", padded(1280, 1), {.eps = 1e-5f});
        net.output("logits", x | silu{} | global_avg_pool{} | dense{head / "linear", 1000});
    }
};

/// The same of YOLOv8.
template <char Size, int Batch = 1, int Side = 224> struct yolov8_cls {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        yolo_scale s = yolov8_scale(Size);
        s.most = 1024;
        classify_outputs(
            net, yolov8_backbone(net.input("image", image), s).last, name("model") / 9);
    }
};

/// The same with attention (C2PSA) behind the backbone.
template <char Size, int Batch = 1, int Side = 224> struct yolo11_cls {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolo11_scale(Size);
        const auto seen = yolo11_backbone(net.input("image", image), s, yolo11_is_large(Size)).last;
        classify_outputs(net, c2psa(seen, name("model") / 9, s.deep(2)), name("model") / 10);
    }
};

}  // namespace zoo
