// SPDX-License-Identifier: Apache-2.0
// YOLOv8-n, -s, -m, -l and -x: boxes, masks, poses and rotated boxes, up to the raw outputs.
//
// Task     detection, segmentation, pose, rotated boxes (COCO, DOTA)
// Source   ultralytics' yolov8.yaml, -seg, -pose, -obb
#pragma once
#include "blocks/yolo_head.hpp"

namespace zoo {

/// The outputs of the backbone with 1/8, 1/16 and 1/32 of the rows and columns, the last before SPPF.
struct yolov8_features {
    tensor eighth, sixteenth, last;
};

constexpr yolov8_features yolov8_backbone(tensor x, const yolo_scale& s) {
    const name model = "model";
    yolov8_features out;
    x = yolo_conv(x, model / 0, padded(s.wide(64), 3, 2));
    x = yolo_conv(x, model / 1, padded(s.wide(128), 3, 2));
    x = c2f(x, model / 2, s.wide(128), s.deep(3), true);
    x = yolo_conv(x, model / 3, padded(s.wide(256), 3, 2));
    x = out.eighth = c2f(x, model / 4, s.wide(256), s.deep(6), true);
    x = yolo_conv(x, model / 5, padded(s.wide(512), 3, 2));
    x = out.sixteenth = c2f(x, model / 6, s.wide(512), s.deep(6), true);
    x = yolo_conv(x, model / 7, padded(s.wide(1024), 3, 2));
    out.last = c2f(x, model / 8, s.wide(1024), s.deep(3), true);
    return out;
}

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs as blocks/yolo_head.hpp says.
template <char Size, yolo_task Task = yolo_task::detect, int Batch = 1, int Side = 640>
struct yolov8 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolov8_scale(Size);
        const name model = "model";
        const auto seen = yolov8_backbone(net.input("image", image), s);
        const auto deep = sppf(seen.last, model / 9, s.wide(1024));
        auto x = concat({upsample_twice(deep), seen.sixteenth});
        const auto middle = c2f(x, model / 12, s.wide(512), s.deep(3));
        x = concat({upsample_twice(middle), seen.eighth});
        const auto fine = c2f(x, model / 15, s.wide(256), s.deep(3));
        x = concat({yolo_conv(fine, model / 16, padded(s.wide(256), 3, 2)), middle});
        const auto medium = c2f(x, model / 18, s.wide(512), s.deep(3));
        x = concat({yolo_conv(medium, model / 19, padded(s.wide(512), 3, 2)), deep});
        const auto coarse = c2f(x, model / 21, s.wide(1024), s.deep(3));
        task_outputs(net, {fine, medium, coarse}, model / 22, Task, {}, s.wide(256));
    }
};

}  // namespace zoo
