// SPDX-License-Identifier: Apache-2.0
// HigherHRNet: joints of all people in a picture, on a quarter and on half of its rows and columns.
//
// Task     pose estimation (COCO, bottom-up)
// Source   Cheng et al. 2020, figure 2; weights named as in HRNet/HigherHRNet-Human-Pose-Estimation.
#pragma once
#include "blocks/hrnet.hpp"

namespace zoo {

/// Input "image" Nx3xHxW, multiples of 32; outputs "joints" Nx34x(H/4)x(W/4), maps of 17 joints and of 17 tags
/// that tell people apart, and "finer" Nx17x(H/2)x(W/2), the joints alone.
template <int Width = 32, int Batch = 1, int Side = 512> struct higher_hrnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int joints = 17;
        const auto x
            = hrnet_body(net.input("image", image), {.width = Width, .finest_alone = true})[0];
        const auto coarse = x | conv2d{name("final_layers") / 0, biased(2 * joints, 1)};
        net.output("joints", coarse);
        const name at = name("deconv_layers") / 0;
        auto y = concat({x, coarse})
            | conv_transpose2d{at / 0 / 0, {.out = Width, .kernel = 4, .stride = 2, .pad = 1}}
            | batch_norm{at / 0 / 1}
            | relu{};
        for (int block = 1; block <= 4; ++block) y = basic_block(y, at / block / 0, Width, 1);
        net.output("finer", y | conv2d{name("final_layers") / 1, biased(joints, 1)});
    }
};

}  // namespace zoo
