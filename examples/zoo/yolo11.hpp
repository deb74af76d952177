// SPDX-License-Identifier: Apache-2.0
// YOLO11-n, -s, -m, -l and -x: boxes, masks, poses and rotated boxes, up to the raw outputs.
//
// Task     detection, segmentation, pose, rotated boxes (COCO, DOTA)
// Source   ultralytics' yolo11.yaml, -seg, -pose, -obb
#pragma once
#include "blocks/yolo_attention.hpp"
#include "blocks/yolo_head.hpp"

namespace zoo {

constexpr yolo_scale yolo11_scale(char size) {
    switch (size) {
    case 'n':
        return {0.5, 0.25, 1024};
    case 's':
        return {0.5, 0.5, 1024};
    case 'm':
        return {0.5, 1, 512};
    case 'l':
        return {1, 1, 512};
    default:
        return {1, 1.5, 512};
    }
}

/// The larger members have C3k blocks everywhere.
constexpr bool yolo11_is_large(char size) { return size == 'm' || size == 'l' || size == 'x'; }

struct yolo11_features {
    tensor eighth, sixteenth, last;
};

/// Stages that YOLO11 and YOLO12 share: 1/8 of the rows and columns, and the convolution after it.
constexpr yolo11_features yolo11_backbone(tensor x, const yolo_scale& s, bool large) {
    const name model = "model";
    yolo11_features out;
    x = yolo_conv(x, model / 0, padded(s.wide(64), 3, 2));
    x = yolo_conv(x, model / 1, padded(s.wide(128), 3, 2));
    x = c3k2(x, model / 2, s.wide(256), s.deep(2), large, 0.25);
    x = yolo_conv(x, model / 3, padded(s.wide(256), 3, 2));
    x = out.eighth = c3k2(x, model / 4, s.wide(512), s.deep(2), large, 0.25);
    x = yolo_conv(x, model / 5, padded(s.wide(512), 3, 2));
    x = out.sixteenth = c3k2(x, model / 6, s.wide(512), s.deep(2), true);
    x = yolo_conv(x, model / 7, padded(s.wide(1024), 3, 2));
    out.last = c3k2(x, model / 8, s.wide(1024), s.deep(2), true);
    return out;
}

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs as blocks/yolo_head.hpp says.
template <char Size, yolo_task Task = yolo_task::detect, int Batch = 1, int Side = 640>
struct yolo11 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolo11_scale(Size);
        constexpr bool large = yolo11_is_large(Size);
        const name model = "model";
        const auto seen = yolo11_backbone(net.input("image", image), s, large);
        const auto deep = c2psa(sppf(seen.last, model / 9, s.wide(1024)), model / 10, s.deep(2));
        auto x = concat({upsample_twice(deep), seen.sixteenth});
        const auto middle = c3k2(x, model / 13, s.wide(512), s.deep(2), large);
        x = concat({upsample_twice(middle), seen.eighth});
        const auto fine = c3k2(x, model / 16, s.wide(256), s.deep(2), large);
        x = concat({yolo_conv(fine, model / 17, padded(s.wide(256), 3, 2)), middle});
        const auto medium = c3k2(x, model / 19, s.wide(512), s.deep(2), large);
        x = concat({yolo_conv(medium, model / 20, padded(s.wide(512), 3, 2)), deep});
        const auto coarse = c3k2(x, model / 22, s.wide(1024), s.deep(2), true);
        task_outputs(net, {fine, medium, coarse}, model / 23, Task, {.light = true}, s.wide(256));
    }
};

}  // namespace zoo
