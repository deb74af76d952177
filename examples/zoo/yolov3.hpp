// SPDX-License-Identifier: Apache-2.0
// YOLOv3 and YOLOv3-SPP with the anchor-free head ("v3u"), up to the raw outputs.
//
// Task     detection (COCO)
// Source   Redmon and Farhadi 2018; ultralytics' yolov3.yaml, yolov3-spp.yaml
#pragma once
#include "blocks/yolo_head.hpp"

namespace zoo {

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "boxes" and "scores" as blocks/yolo_head.hpp
/// says. `Spp`: pools of 5x5, 9x9 and 13x13 side by side.
template <bool Spp = false, int Batch = 1, int Side = 640> struct yolov3 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name model = "model";
        const auto conv = [&](tensor x, int layer, int out, int kernel, int stride = 1) {
            return yolo_conv(x, model / layer, padded(out, kernel, stride));
        };
        const auto blocks = [&](tensor x, int layer, int count, bool shortcut = true, int out = 0) {
            for (int i = 0; i < count; ++i) {
                const int wide = out ? out : x.dims.c;
                const name own = count == 1 ? model / layer : model / layer / i;
                x = yolo_bottleneck(x, own, wide, wide / 2, shortcut);
            }
            return x;
        };
        auto x = conv(net.input("image", image), 0, 32, 3);
        x = blocks(conv(x, 1, 64, 3, 2), 2, 1);
        x = blocks(conv(x, 3, 128, 3, 2), 4, 2);
        const auto eighth = blocks(conv(x, 5, 256, 3, 2), 6, 8);
        const auto sixteenth = blocks(conv(eighth, 7, 512, 3, 2), 8, 8);
        x = blocks(conv(sixteenth, 9, 1024, 3, 2), 10, 4);

        x = blocks(x, 11, 1, false);
        if (Spp) {
            const auto y = yolo_conv(x, model / 12 / "cv1", padded(512, 1));
            const auto pooled = [&](int kernel) {
                return y | max_pool{{.kernel = kernel, .stride = 1, .pad = kernel / 2}};
            };
            x = yolo_conv(
                concat({y, pooled(5), pooled(9), pooled(13)}), model / 12 / "cv2", padded(512, 1));
        } else {
            x = conv(x, 12, 512, 1);
        }
        x = conv(conv(x, 13, 1024, 3), 14, 512, 1);
        const auto coarse = conv(x, 15, 1024, 3);

        x = concat({upsample_twice(conv(x, 16, 256, 1)), sixteenth});
        x = conv(blocks(blocks(x, 19, 1, false, 512), 20, 1, false), 21, 256, 1);
        const auto medium = conv(x, 22, 512, 3);

        x = concat({upsample_twice(conv(x, 23, 128, 1)), eighth});
        const auto fine = blocks(blocks(x, 26, 1, false, 256), 27, 2, false);
        detect_outputs(net, {fine, medium, coarse}, model / 28);
    }
};

}  // namespace zoo
