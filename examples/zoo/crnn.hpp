// SPDX-License-Identifier: Apache-2.0
// CRNN: a line of text as columns, read by two bidirectional LSTMs.
//
// Task     text recognition
// Source   Shi et al. 2015, table 1; weights named as meijieru/crnn.pytorch; torch_rewritten_misc.py has this one.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Input "lines" Nx1x32xW, W a multiple of 4; output "characters" (W/4 + 1)xNxCLASSES before softmax, whose first
/// class separates (CTC).
template <int Classes = 37, int Batch = 1, int Width = 100> struct crnn {
    static constexpr void define(network& net, shape lines = {Batch, 1, 32, Width}) {
        constexpr int widths[] = {64, 128, 256, 256, 512, 512, 512};
        const name cnn = "cnn";
        auto x = net.input("lines", lines);
        for (int i = 0; i < 7; ++i) {
            x = x
                | conv2d{cnn / name("conv", i).view(),
                    {.out = widths[i],
                        .kernel = i == 6 ? 2 : 3,
                        .pad = i == 6 ? 0 : 1,
                        .bias = true}};
            if (i == 2 || i == 4 || i == 6) x = x | batch_norm{cnn / name("batchnorm", i).view()};
            x = x | relu{};
            if (i < 2) x = x | max_pool{{.kernel = 2, .stride = 2}};
            if (i == 3 || i == 5) x = x | max_pool{{.kernel = 2, .stride = {2, 1}, .pad = {0, 1}}};
        }
        x = x | squeeze{2} | permute{{2, 0, 1}};
        for (int i = 0; i < 2; ++i) {
            const name at = name("rnn") / i;
            const auto [output, h, c]
                = x | lstm{at / "rnn", {.hidden_size = 256, .bidirectional = true}};
            x = output | linear{at / "embedding", i == 0 ? 256 : Classes};
        }
        net.output("characters", x);
    }
};

}  // namespace zoo
