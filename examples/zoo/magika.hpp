// SPDX-License-Identifier: Apache-2.0
// Magika: what type a file is, by bytes of its beginning and end. ../file_types prints it.
//
// Task     file types
// Source   Fratantonio et al. 2024; the network standard_v3_3 of the package magika, with its weights.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Input "bytes" Nx2048, i32: 1024 of the beginning and 1024 of the end, 256 where there are none; output
/// "types" Nx214 in 0 to 1. Four bytes make a token of 256 numbers.
template <int Batch = 1> struct magika {
    static constexpr void define(network& net, shape bytes = {Batch, 2048}) {
        constexpr layer_norm_options norm{.eps = 1e-6f};
        auto x = net.input("bytes", bytes, dtype::i32)
            | embedding{"Dense_0", {.rows = 257, .width = 64}};
        x = (x + net.parameter("Dense_0.bias", {64})) | gelu_tanh{};
        x = x
            | reshape{{bytes[0], 512, 256}}
            | permute{{0, 2, 1}}
            | layer_norm{"LayerNorm_0", norm};
        x = x | conv1d{"Conv_0", {.out = 512, .kernel = 5, .bias = true}} | gelu_tanh{};
        x = x | reduce_max{{.axes = {2}}} | layer_norm{"LayerNorm_1", norm};
        net.output("types", x | linear{"Dense_1", 214} | softmax{1});
    }
};

}  // namespace zoo
