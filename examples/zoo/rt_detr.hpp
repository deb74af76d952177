// SPDX-License-Identifier: Apache-2.0
// RT-DETR on HGNetV2 (-l, -x) and on ResNet-50 and -101: boxes from queries that the picture itself chooses.
//
// Task     detection (COCO)
// Source   Zhao et al. 2023, figure 4; ultralytics' rtdetr-l.yaml, rtdetr-x.yaml, rtdetr-resnet50.yaml ...
#pragma once
#include "blocks/rt_detr.hpp"

namespace zoo {

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "boxes" NxQUERIESx4, middle and size over those
/// of the picture, and "scores" NxQUERIESx80 before the sigmoid. `Size` is 'l' or 'x'.
template <char Size, int Queries = 300, int Batch = 1, int Side = 640> struct rt_detr {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr bool is_x = Size == 'x';
        const name model = "model";
        int layer = 0;
        const auto next = [&] { return model / layer++; };
        auto x = hg_stem(net.input("image", image), next(), 32, is_x ? 64 : 48);
        x = hg_block(x, next(), is_x ? 64 : 48, 128, {});
        const auto shrink = [&] { x = yolo_conv(x, next(), depthwise(x, 3, 2), yolo_act::none); };
        const auto stage = [&](int inner, int out, int blocks, bool is_deep) {
            shrink();
            for (int i = 0; i < blocks; ++i)
                x = hg_block(x, next(), inner, out,
                    {.kernel = is_deep ? 5 : 3, .is_light = is_deep, .shortcut = i > 0});
            return x;
        };
        const auto eighth = stage(is_x ? 128 : 96, 512, is_x ? 2 : 1, false);
        const auto sixteenth = stage(is_x ? 256 : 192, 1024, is_x ? 5 : 3, true);
        const auto deep = stage(is_x ? 512 : 384, 2048, is_x ? 2 : 1, true);
        rt_detr_head(net, {eighth, sixteenth, deep}, model, layer,
            {.queries = Queries, .width = is_x ? 384 : 256, .hidden = is_x ? 2048 : 1024});
    }
};

/// The same on a ResNet whose convolutions have silu, not relu, as its source has it.
template <int Depth, int Queries = 300, int Batch = 1, int Side = 640> struct rt_detr_resnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr resnet_form form{.depth = Depth};
        const name model = "model";
        auto x = yolo_conv(net.input("image", image), model / 0 / "layer" / 0, padded(64, 7, 2))
            | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
        std::vector<tensor> levels;
        for (int stage = 1; stage <= 4; ++stage) {
            const int width = 32 << stage;
            for (int block = 0; block < form.blocks(stage); ++block) {
                const name at = model / stage / "layer" / block;
                const int stride = block == 0 && stage > 1 ? 2 : 1;
                auto y = yolo_conv(x, at / "cv1", padded(width, 1));
                y = yolo_conv(y, at / "cv2", padded(width, 3, stride));
                y = yolo_conv(y, at / "cv3", padded(4 * width, 1), yolo_act::none);
                if (block == 0)
                    x = yolo_conv(
                        x, at / "shortcut" / 0, padded(4 * width, 1, stride), yolo_act::none);
                x = add(y, x) | relu{};
            }
            if (stage > 1) levels.push_back(x);
        }
        rt_detr_head(net, levels, model, 5, {.queries = Queries});
    }
};

}  // namespace zoo
