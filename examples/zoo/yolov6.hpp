// SPDX-License-Identifier: Apache-2.0
// YOLOv6-n, -s, -m, -l and -x as ultralytics has them: plain 3x3 convolutions with relu, up to the raw outputs.
//
// Task     detection (COCO)
// Source   Li et al. 2022; ultralytics' yolov6.yaml
#pragma once
#include "yolov8.hpp"

namespace zoo {

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "boxes" and "scores" as blocks/yolo_head.hpp
/// says. The head has relu too.
template <char Size, int Batch = 1, int Side = 640> struct yolov6 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolov8_scale(Size);
        const name model = "model";
        const auto conv = [&](tensor x, int layer, int out, int kernel = 3, int stride = 1) {
            return yolo_conv(x, model / layer, padded(s.wide(out), kernel, stride), yolo_act::relu);
        };
        const auto stack = [&](tensor x, int layer, int out, int repeats) {
            for (int i = 0; i < s.deep(repeats); ++i)
                x = yolo_conv(x, model / layer / i, padded(s.wide(out), 3), yolo_act::relu);
            return x;
        };
        const auto enlarge = [&](tensor x, int layer, int out) {
            return x
                | conv_transpose2d{
                    model / layer, {.out = s.wide(out), .kernel = 2, .stride = 2, .bias = true}};
        };
        auto x = conv(net.input("image", image), 0, 64, 3, 2);
        x = stack(conv(x, 1, 128, 3, 2), 2, 128, 6);
        const auto eighth = stack(conv(x, 3, 256, 3, 2), 4, 256, 12);
        const auto sixteenth = stack(conv(eighth, 5, 512, 3, 2), 6, 512, 18);
        x = stack(conv(sixteenth, 7, 1024, 3, 2), 8, 1024, 6);
        x = sppf(x, model / 9, s.wide(1024), yolo_act::relu);

        const auto deep = conv(x, 10, 256, 1);
        x = concat({enlarge(deep, 11, 256), sixteenth});
        const auto middle = conv(stack(conv(x, 13, 256), 14, 256, 9), 15, 128, 1);
        x = concat({enlarge(middle, 16, 128), eighth});
        const auto fine = stack(conv(x, 18, 128), 19, 128, 9);
        x = concat({conv(fine, 20, 128, 3, 2), middle});
        const auto medium = stack(conv(x, 22, 256), 23, 256, 9);
        x = concat({conv(medium, 24, 256, 3, 2), deep});
        const auto coarse = stack(conv(x, 26, 512), 27, 512, 9);
        detect_outputs(net, {fine, medium, coarse}, model / 28, {.act = yolo_act::relu});
    }
};

}  // namespace zoo
