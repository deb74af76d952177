// SPDX-License-Identifier: Apache-2.0
// Whisper's encoder, its five sizes: what a mel spectrogram says, for the decoder that writes it.
//
// Task     speech recognition, encoder
// Source   Radford et al. 2022, figure 1; transformers' WhisperEncoder.
#pragma once
#include "blocks/transformer.hpp"

namespace zoo {

constexpr tensor whisper_layer(tensor x, name at, int heads) {
    const int width = x.dims[2];
    const name attention = at / "self_attn";
    const auto n = x | layer_norm{at / "self_attn_layer_norm"};
    const auto seen = multi_head_attention(n | linear{attention / "q_proj", width},
        n | linear{attention / "k_proj", {.out = width, .bias = false}},
        n | linear{attention / "v_proj", width}, heads);
    x = x + (seen | linear{attention / "out_proj", width});
    return x + gelu_mlp(x | layer_norm{at / "final_layer_norm"}, at / "fc1", at / "fc2", 4 * width);
}

/// Input "mels" Nx80x2T, the logarithm of 80 powers for each 10 ms; output "states" NxTxWIDTH. Tiny is
/// `whisper_encoder<>`, with 3000 powers of 30 s. Positions belong to the weights, T of them.
template <int Layers = 4, int Width = 384, int Batch = 1, int Length = 3000>
struct whisper_encoder {
    static constexpr void define(network& net, shape mels = {Batch, 80, Length}) {
        auto x = net.input("mels", mels)
            | conv1d{"conv1", {.out = Width, .kernel = 3, .pad = 1, .bias = true}}
            | gelu_erf{};
        x = x
            | conv1d{"conv2", {.out = Width, .kernel = 3, .stride = 2, .pad = 1, .bias = true}}
            | gelu_erf{};
        x = x | permute{{0, 2, 1}};
        x = x + net.parameter(name("embed_positions") / "weight", {x.dims[1], Width});
        for (int i = 0; i < Layers; ++i) x = whisper_layer(x, name("layers") / i, Width / 64);
        net.output("states", x | layer_norm{"layer_norm"});
    }
};

}  // namespace zoo
