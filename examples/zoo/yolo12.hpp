// SPDX-License-Identifier: Apache-2.0
// YOLO12-n, -s, -m, -l and -x: attention within areas of the picture, up to the raw outputs.
//
// Task     detection (COCO)
// Source   Tian et al. 2025; ultralytics' yolo12.yaml
#pragma once
#include "yolo11.hpp"

namespace zoo {

/// Two area blocks a repeat (`areas` above 0) or a C3k block, everything joined; the largest members scale
/// the result and add it to x.
constexpr tensor area_stage(
    tensor x, name at, int out, int repeats, int areas, bool residual, double ratio) {
    const int inner = out / 2;
    std::vector<tensor> parts{yolo_conv(x, at / "cv1", padded(inner, 1))};
    for (int i = 0; i < repeats; ++i) {
        const name own = at / "m" / i;
        tensor y = parts.back();
        if (areas == 0)
            y = c3(y, own, inner, 2, true, 3);
        else
            for (int block = 0; block < 2; ++block) y = area_block(y, own / block, areas, ratio);
        parts.push_back(y);
    }
    const auto y = yolo_conv(concat(parts), at / "cv2", padded(out, 1));
    if (!residual || areas == 0) return y;
    const auto gamma = network_of(x).parameter(at / "gamma", {out}) | reshape{{1, out, 1, 1}};
    return add(x, mul(gamma, y));
}

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32 with 4 dividing H W / 256; outputs "boxes" and "scores" as
/// blocks/yolo_head.hpp says.
template <char Size, int Batch = 1, int Side = 640> struct yolo12 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolo_scale s = yolo11_scale(Size);
        constexpr bool large = yolo11_is_large(Size), residual = Size == 'l' || Size == 'x';
        constexpr double ratio = residual ? 1.2 : 2;
        const name model = "model";
        const auto conv = [&](tensor x, int layer, int out) {
            return yolo_conv(x, model / layer, padded(s.wide(out), 3, 2));
        };
        const auto stage = [&](tensor x, int layer, int out, int repeats, int areas) {
            return area_stage(
                x, model / layer, s.wide(out), s.deep(repeats), areas, residual, ratio);
        };
        auto x = conv(conv(net.input("image", image), 0, 64), 1, 128);
        x = c3k2(x, model / 2, s.wide(256), s.deep(2), large, 0.25);
        const auto eighth = c3k2(conv(x, 3, 256), model / 4, s.wide(512), s.deep(2), large, 0.25);
        const auto sixteenth = stage(conv(eighth, 5, 512), 6, 512, 4, 4);
        const auto deep = stage(conv(sixteenth, 7, 1024), 8, 1024, 4, 1);

        const auto middle = stage(concat({upsample_twice(deep), sixteenth}), 11, 512, 2, 0);
        const auto fine = stage(concat({upsample_twice(middle), eighth}), 14, 256, 2, 0);
        const auto medium = stage(concat({conv(fine, 15, 256), middle}), 17, 512, 2, 0);
        x = concat({conv(medium, 18, 512), deep});
        const auto coarse = c3k2(x, model / 20, s.wide(1024), s.deep(2), true);
        detect_outputs(net, {fine, medium, coarse}, model / 21, {.light = true});
    }
};

}  // namespace zoo
