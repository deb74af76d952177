// SPDX-License-Identifier: Apache-2.0
// DCGAN's generator: a picture from 100 random numbers.
//
// Task     pictures from noise
// Source   Radford et al. 2015, figure 1; weights named as PyTorch's example; torch_rewritten_misc.py has it.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Input "noise" Nx100x1x1; output "picture" Nx3x64x64 in -1 to 1.
template <int Batch = 1> struct dcgan {
    static constexpr void define(network& net, shape noise = {Batch, 100, 1, 1}) {
        auto x = net.input("noise", noise);
        const name main = "main";
        for (int i = 0; i < 4; ++i)
            x = x
                | conv_transpose2d{main / (3 * i),
                    {.out = 512 >> i, .kernel = 4, .stride = i ? 2 : 1, .pad = i ? 1 : 0}}
                | batch_norm{main / (3 * i + 1)}
                | relu{};
        x = x | conv_transpose2d{main / 12, {.out = 3, .kernel = 4, .stride = 2, .pad = 1}};
        net.output("picture", x | lamina::tanh{});
    }
};

}  // namespace zoo
