// SPDX-License-Identifier: Apache-2.0
// A voice as 256 numbers: three LSTMs over a mel spectrogram. ../voices compares speakers by them.
//
// Task     speaker verification
// Source   Wan et al. 2017 (GE2E); resemblyzer.VoiceEncoder, with its weights.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// Input "mels" NxTx40, powers in 25 ms windows of sound of 16 kHz at a distance of 10 ms; output "voice"
/// Nx256, at least 0, of length 1.
template <int Batch = 1, int Frames = 160> struct voice_encoder {
    static constexpr void define(network& net, shape mels = {Batch, Frames, 40}) {
        const auto [output, h, c] = net.input("mels", mels)
            | lstm{"lstm", {.hidden_size = 256, .num_layers = 3, .batch_first = true}};
        const auto last = h | slice{0, {.start = 2}} | squeeze{0};
        const auto raw = last | linear{"linear", 256} | relu{};
        net.output("voice", raw | lp_normalize{});
    }
};

}  // namespace zoo
