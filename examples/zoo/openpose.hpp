// SPDX-License-Identifier: Apache-2.0
// OpenPose: joints of people as peaks of maps, and fields that say which belong together.
//
// Task     pose
// Source   Cao et al. 2017, figure 3, the COCO body of 2017; weights named as Hzzone/pytorch-openpose;
//          torch_rewritten_misc.py has this one.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// A name that goes on without a dot.
constexpr name glued(name at, const char* end) { return at.prefix() / end; }
constexpr name glued(name at, int number) { return at.prefix() / number; }

/// The branch of a stage: `out` is 38 for fields, 19 for joints; `side` 1 or 2.
constexpr tensor openpose_branch(tensor x, int stage, int side, int out) {
    const name model = glued(glued(name("model", stage), "_"), side);
    const int layers = stage == 1 ? 5 : 7, kernel = stage == 1 ? 3 : 7;
    for (int i = 1; i <= layers; ++i) {
        const name begin = stage == 1
            ? glued(name("conv5_", i), "_CPM_L")
            : glued(glued(glued(name("Mconv", i), "_stage"), stage), "_L");
        const bool last = i == layers, wide = i <= layers - 2;
        const int width = last ? out : stage == 1 && i == 4 ? 512 : 128;
        x = x | conv2d{model / glued(begin, side).view(), biased(width, wide ? kernel : 1)};
        if (!last) x = x | relu{};
    }
    return x;
}

/// Input "image" Nx3xHxW, BGR, value / 256 - 0.5, multiples of 8; outputs at an eighth of the rows and columns
/// "fields" Nx38xH/8xW/8 and "joints" Nx19xH/8xW/8.
template <int Batch = 1, int Side = 368> struct openpose {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name first = "model0";
        const auto convolve
            = [](tensor y, name at, int out) { return y | conv2d{at, biased(out, 3)} | relu{}; };
        auto x = net.input("image", image);
        constexpr int repeats[] = {2, 2, 4, 2}, widths[] = {64, 128, 256, 512};
        for (int stage = 0; stage < 4; ++stage) {
            if (stage > 0) x = x | max_pool{{.kernel = 2, .stride = 2}};
            for (int i = 1; i <= repeats[stage]; ++i) {
                const name layer = glued(glued(name("conv", stage + 1), "_"), i);
                x = convolve(x, first / layer.view(), widths[stage]);
            }
        }
        x = convolve(x, first / "conv4_3_CPM", 256);
        const auto seen = convolve(x, first / "conv4_4_CPM", 128);
        auto fields = openpose_branch(seen, 1, 1, 38), joints = openpose_branch(seen, 1, 2, 19);
        for (int stage = 2; stage <= 6; ++stage) {
            const auto all = concat({fields, joints, seen});
            fields = openpose_branch(all, stage, 1, 38);
            joints = openpose_branch(all, stage, 2, 19);
        }
        net.output("fields", fields);
        net.output("joints", joints);
    }
};

}  // namespace zoo
