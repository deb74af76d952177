// SPDX-License-Identifier: Apache-2.0
// Silero VAD for sound of 16 kHz: how likely someone speaks, for each 32 ms. ../speech marks a sound file.
//
// Task     voice activity detection
// Source   snakers4/silero-vad v6, tinygrad_model.py, whose names the weights have (but lstm's); weights of the
//          package silero-vad.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Inputs "windows" Tx576, 512 samples in -1 to 1 behind the 64 before them, and the LSTM's states "h" and "c"
/// 1x1x128, 0 at first; outputs "speech" Tx1 in 0 to 1, and the states "next_h" and "next_c" for the windows
/// that follow.
template <int Windows = 32> struct silero_vad {
    static constexpr void define(network& net, shape windows = {Windows, 576}) {
        const int count = windows[0];
        auto x = net.input("windows", windows) | unsqueeze{1};
        x = x | pad{{.before = {0, 0, 0}, .after = {0, 0, 64}, .mode = reflect}};
        const auto [real, imaginary]
            = chunk<2>(x | conv1d{"stft_conv", {.out = 258, .kernel = 256, .stride = 128}}, 1);
        x = (real * real + imaginary * imaginary) | lamina::sqrt{};
        const auto convolve = [&](const char* at, int out, int stride) {
            return x
                | conv1d{at, {.out = out, .kernel = 3, .stride = stride, .pad = 1, .bias = true}}
            | relu{};
        };
        x = convolve("conv1", 128, 1);
        x = convolve("conv2", 64, 2);
        x = convolve("conv3", 64, 2);
        x = convolve("conv4", 128, 1);
        const lstm_state before{net.input("h", {1, 1, 128}), net.input("c", {1, 1, 128})};
        const auto [output, h, c]
            = x | reshape{{count, 1, 128}} | lstm{"lstm", {.hidden_size = 128}, before};
        x = output | permute{{0, 2, 1}} | relu{} | conv1d{"final_conv", {.out = 1, .bias = true}};
        net.output("speech", x | sigmoid{} | reshape{{count, 1}});
        net.output("next_h", h);
        net.output("next_c", c);
    }
};

}  // namespace zoo
