// SPDX-License-Identifier: Apache-2.0
// YOLOv5-n, -s, -m, -l and -x with the anchor-free head ("v5u"), and with the anchors of its own repository: boxes,
// and masks; up to the raw outputs.
//
// Task     detection, segmentation (COCO)
// Source   ultralytics' yolov5.yaml; yolov5s.yaml and yolov5s-seg.yaml of ultralytics/yolov5, whose heads
//          torch_rewritten_yolos.py has.
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

/// Layers 0 to 23: what the heads read, the finest scale first.
constexpr std::vector<tensor> yolov5_neck(tensor image, const yolo_scale& s) {
    const name model = "model";
    const auto down = [&](tensor x, int layer, int out) {
        return yolo_conv(x, model / layer, padded(s.wide(out), 3, 2));
    };
    const auto [eighth, sixteenth, last] = yolov5_backbone(image, s);
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
    return {fine, medium, c3(x, model / 23, s.wide(1024), s.deep(3), false)};
}

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "boxes" and "scores" as blocks/yolo_head.hpp
/// says.
template <char Size, int Batch = 1, int Side = 640> struct yolov5 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto scales = yolov5_neck(net.input("image", image), yolov5_scale(Size));
        detect_outputs(net, scales, name("model") / 24);
    }
};

/// The same with three anchors a place: outputs "fine", "medium" and "coarse" Nx3(5 + 80)xhxw with 1/8, 1/16 and 1/32
/// of the rows and columns, before sigmoid: of each anchor a box, whether there is something, and classes. With
/// `Masks` 32 factors of "prototypes" Nx32x(H/4)x(W/4) are behind these.
template <char Size, bool Masks = false, int Batch = 1, int Side = 640> struct yolov5_anchors {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolov5_scale(Size);
        constexpr const char* what[] = {"fine", "medium", "coarse"};
        const auto scales = yolov5_neck(net.input("image", image), s);
        const name at = name("model") / 24;
        for (int i = 0; i < 3; ++i)
            net.output(what[i],
                scales[static_cast<std::size_t>(i)]
                    | conv2d{at / "m" / i, biased(3 * (5 + 80 + (Masks ? 32 : 0)), 1)});
        if (!Masks) return;
        const name proto = at / "proto";
        auto x = yolo_conv(scales[0], proto / "cv1", padded(s.wide(256), 3));
        x = yolo_conv(upsample_twice(x), proto / "cv2", padded(s.wide(256), 3));
        net.output("prototypes", yolo_conv(x, proto / "cv3", padded(32, 1)));
    }
};

}  // namespace zoo
