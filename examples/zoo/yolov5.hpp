// SPDX-License-Identifier: Apache-2.0
// YOLOv5-n, -s, -m, -l and -x with the anchor-free head ("v5u"), up to the raw outputs.
//
// Task     detection (COCO)
// Source   ultralytics' yolov5.yaml
#pragma once
#include "blocks/yolo_head.hpp"

namespace zoo {

constexpr yolo_scale yolov5_scale(char size) {
    switch (size) {
    case 'n':
        return {0.33, 0.25, 1024};
    case 's':
        return {0.33, 0.5, 1024};
    case 'm':
        return {0.67, 0.75, 1024};
    case 'l':
        return {1, 1, 1024};
    default:
        return {1.33, 1.25, 1024};
    }
}

/// What the heads read: images of an eighth, a sixteenth and a thirty-second of the sides.
struct yolov5_scales {
    tensor eighth, sixteenth, last;
};

/// Layers 0 to 8.
constexpr yolov5_scales yolov5_backbone(tensor image, const yolo_scale& s) {
    const name model = "model";
    const auto down = [&](tensor x, int layer, int out) {
        return yolo_conv(x, model / layer, padded(s.wide(out), 3, 2));
    };
    yolov5_scales seen;
    auto x = yolo_conv(image, model / 0, {.out = s.wide(64), .kernel = 6, .stride = 2, .pad = 2});
    x = c3(down(x, 1, 128), model / 2, s.wide(128), s.deep(3));
    seen.eighth = c3(down(x, 3, 256), model / 4, s.wide(256), s.deep(6));
    seen.sixteenth = c3(down(seen.eighth, 5, 512), model / 6, s.wide(512), s.deep(9));
    seen.last = c3(down(seen.sixteenth, 7, 1024), model / 8, s.wide(1024), s.deep(3));
    return seen;
}

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "boxes" and "scores" as blocks/yolo_head.hpp
/// says.
template <char Size, int Batch = 1, int Side = 640> struct yolov5 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolov5_scale(Size);
        const name model = "model";
        const auto down = [&](tensor x, int layer, int out) {
            return yolo_conv(x, model / layer, padded(s.wide(out), 3, 2));
        };
        const auto [eighth, sixteenth, last] = yolov5_backbone(net.input("image", image), s);
        auto x = sppf(last, model / 9, s.wide(1024));

        const auto deep = yolo_conv(x, model / 10, padded(s.wide(512), 1));
        x = concat({upsample_twice(deep), sixteenth});
        x = c3(x, model / 13, s.wide(512), s.deep(3), false);
        const auto middle = yolo_conv(x, model / 14, padded(s.wide(256), 1));
        x = concat({upsample_twice(middle), eighth});
        const auto fine = c3(x, model / 17, s.wide(256), s.deep(3), false);
        x = concat({down(fine, 18, 256), middle});
        const auto medium = c3(x, model / 20, s.wide(512), s.deep(3), false);
        x = concat({down(medium, 21, 512), deep});
        const auto coarse = c3(x, model / 23, s.wide(1024), s.deep(3), false);
        detect_outputs(net, {fine, medium, coarse}, model / 24);
    }
};

}  // namespace zoo
