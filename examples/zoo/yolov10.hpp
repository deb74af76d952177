// SPDX-License-Identifier: Apache-2.0
// YOLOv10-n, -s, -m, -b, -l and -x: one box a thing without suppression, up to the raw outputs of the
// one-to-one head.
//
// Task     detection (COCO)
// Source   Wang et al. 2024; ultralytics' yolov10n.yaml ...
#pragma once
#include "blocks/yolo_attention.hpp"
#include "blocks/yolo_head.hpp"

namespace zoo {

/// 1x1, then a depthwise 3x3 that halves rows and columns.
constexpr tensor spatial_down(tensor x, name at, int out) {
    const auto y = yolo_conv(x, at / "cv1", padded(out, 1));
    return yolo_conv(y, at / "cv2", depthwise(y, 3, 2), yolo_act::none);
}

/// Depthwise and 1x1 convolutions in turn; `large`: the middle one is 7x7 and 3x3 side by side.
constexpr tensor compact_block(tensor x, name at, bool large) {
    const int c = x.dims.c;
    const name own = at / "cv1";
    auto y = yolo_conv(x, own / 0, depthwise(x, 3));
    y = yolo_conv(y, own / 1, padded(2 * c, 1));
    if (large) {
        const auto wide = yolo_conv(y, own / 2 / "conv", depthwise(y, 7), yolo_act::none);
        y = add(wide, yolo_conv(y, own / 2 / "conv1", depthwise(y, 3), yolo_act::none)) | silu{};
    } else {
        y = yolo_conv(y, own / 2, depthwise(y, 3));
    }
    y = yolo_conv(y, own / 3, padded(c, 1));
    return add(x, yolo_conv(y, own / 4, depthwise(y, 3)));
}

/// YOLOv8's block of compact blocks.
constexpr tensor c2f_compact(tensor x, name at, int out, int repeats, bool large) {
    return joined_blocks(
        x, at, out, out / 2, repeats, [=](tensor y, name m) { return compact_block(y, m, large); });
}

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "boxes" and "scores" as blocks/yolo_head.hpp
/// says.
template <char Size, int Batch = 1, int Side = 640> struct yolov10 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolov8_scale(Size);
        const name model = "model";
        // Larger members have more compact blocks; the smallest have large kernels in theirs.
        const auto block = [&](tensor x, int layer, int out, int repeats, const char* compact_in,
                               bool shortcut = false) {
            for (const char* size = compact_in; *size; ++size)
                if (*size == Size)
                    return c2f_compact(
                        x, model / layer, s.wide(out), s.deep(repeats), Size == 'n' || Size == 's');
            return c2f(x, model / layer, s.wide(out), s.deep(repeats), shortcut);
        };
        const auto conv = [&](tensor x, int layer, int out) {
            return yolo_conv(x, model / layer, padded(s.wide(out), 3, 2));
        };
        const auto down = [&](tensor x, int layer, int out) {
            return spatial_down(x, model / layer, s.wide(out));
        };
        auto x = conv(conv(net.input("image", image), 0, 64), 1, 128);
        x = block(x, 2, 128, 3, "", true);
        const auto eighth = block(conv(x, 3, 256), 4, 256, 6, "", true);
        const auto sixteenth = block(down(eighth, 5, 512), 6, 512, 6, "x", true);
        x = block(down(sixteenth, 7, 1024), 8, 1024, 3, "smblx", true);
        const auto deep = psa(sppf(x, model / 9, s.wide(1024)), model / 10);

        x = concat({upsample_twice(deep), sixteenth});
        const auto middle = block(x, 13, 512, 3, "blx");
        const auto fine = block(concat({upsample_twice(middle), eighth}), 16, 256, 3, "");
        const auto medium = block(concat({conv(fine, 17, 256), middle}), 19, 512, 3, "mblx");
        const auto coarse = block(concat({down(medium, 20, 512), deep}), 22, 1024, 3, "nsmblx");
        detect_outputs(net, {fine, medium, coarse}, model / 23,
            {.light = true, .boxes = "one2one_cv2", .scores = "one2one_cv3"});
    }
};

}  // namespace zoo
