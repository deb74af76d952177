// SPDX-License-Identifier: Apache-2.0
// RegNetX and RegNetY: ResNets whose widths and depths follow a line; Y weights channels in each block.
//
// Task     classification (ImageNet)
// Source   Radosavovic et al. 2020; torchvision.models.regnet_x_400mf ..., regnet_y_400mf ...
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// A member of the family: blocks and channels of its four stages, channels of a group.
struct regnet_form {
    int blocks[4], widths[4];
    int group_width;
};

/// 1x1, 3x3 in groups, squeeze-and-excite to a quarter of the block's input (Y), 1x1, and a shortcut.
constexpr tensor regnet_block(
    tensor x, name at, int out, int stride, int group_width, bool excites) {
    const name f = at / "f";
    auto y = conv_bn(x, f / "a", padded(out, 1)) | relu{};
    y = conv_bn(y, f / "b", padded(out, 3, stride, out / group_width)) | relu{};
    if (excites) y = mul(y, squeeze_excite(y, f / "se", (x.dims.c + 2) / 4) | sigmoid{});
    y = conv_bn(y, f / "c", padded(out, 1));
    if (stride != 1 || x.dims.c != out) x = conv_bn(x, at / "proj", padded(out, 1, stride));
    return add(x, y) | relu{};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000.
constexpr void define_regnet(network& net, shape image, const regnet_form& form, bool excites) {
    auto x = conv_bn(net.input("image", image), "stem", padded(32, 3, 2)) | relu{};
    for (int stage = 0; stage < 4; ++stage) {
        const name at = name("trunk_output") / name("block", stage + 1).view();
        const text<32> first = text<32>("block").append(stage + 1).append('-');
        const int width = form.widths[stage];
        for (int i = 0; i < form.blocks[stage]; ++i)
            x = regnet_block(x, at / text<32>(first).append(i).view(), width, i == 0 ? 2 : 1,
                form.group_width < width ? form.group_width : width, excites);
    }
    net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
}

/// `regnet_x<400>` is regnet_x_400mf, `regnet_x<1600>` regnet_x_1_6gf.
template <int Mflop, int Batch = 1, int Side = 224> struct regnet_x {
    static constexpr regnet_form form() {
        switch (Mflop) {
        case 400:
            return {{1, 2, 7, 12}, {32, 64, 160, 400}, 16};
        case 800:
            return {{1, 3, 7, 5}, {64, 128, 288, 672}, 16};
        case 1600:
            return {{2, 4, 10, 2}, {72, 168, 408, 912}, 24};
        case 3200:
            return {{2, 6, 15, 2}, {96, 192, 432, 1008}, 48};
        case 8000:
            return {{2, 5, 15, 1}, {80, 240, 720, 1920}, 120};
        case 16000:
            return {{2, 6, 13, 1}, {256, 512, 896, 2048}, 128};
        default:
            return {{2, 7, 13, 1}, {336, 672, 1344, 2520}, 168};  // 32 GFLOP
        }
    }
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_regnet(net, image, form(), false);
    }
};

/// `regnet_y<400>` is regnet_y_400mf, `regnet_y<1600>` regnet_y_1_6gf.
template <int Mflop, int Batch = 1, int Side = 224> struct regnet_y {
    static constexpr regnet_form form() {
        switch (Mflop) {
        case 400:
            return {{1, 3, 6, 6}, {48, 104, 208, 440}, 8};
        case 800:
            return {{1, 3, 8, 2}, {64, 144, 320, 784}, 16};
        case 1600:
            return {{2, 6, 17, 2}, {48, 120, 336, 888}, 24};
        case 3200:
            return {{2, 5, 13, 1}, {72, 216, 576, 1512}, 24};
        case 8000:
            return {{2, 4, 10, 1}, {224, 448, 896, 2016}, 56};
        case 16000:
            return {{2, 4, 11, 1}, {224, 448, 1232, 3024}, 112};
        default:
            return {{2, 5, 12, 1}, {232, 696, 1392, 3712}, 232};  // 32 GFLOP
        }
    }
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_regnet(net, image, form(), true);
    }
};

}  // namespace zoo
