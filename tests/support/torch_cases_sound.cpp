// SPDX-License-Identifier: Apache-2.0
// Spectra of sound and back, mel filters, decibels.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/matmul.hpp>
#include <lamina/layers/mel.hpp>
#include <lamina/layers/pad.hpp>
#include <lamina/layers/permute.hpp>
#include <lamina/layers/reduce.hpp>
#include <lamina/layers/slice.hpp>
#include <lamina/layers/stft.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> sound_cases() {
    static constexpr torch_case cases[] = {
        // torch: torch.view_as_real(torch.stft(x, 20, 5, window=torch.hann_window(20).double(), return_complex=True))
        {"stft",
            [](network& net) {
                const tensor x = net.input("input0", {2, 101});
                const tensor hann = hann_window(net, 20);
                const tensor y = x | stft{{.n_fft = 20, .hop_length = 5, .window = hann}};
                net.output("output", y);
            }},
        // torch: torch.stft(x, 400, 160, window=torch.hann_window(400).double(), return_complex=True).abs().square()
        {"stft_speech",
            [](network& net) {
                const tensor x = net.input("input0", {2, 1000});
                // [stft]
                const tensor hann = hann_window(net, 400);
                const tensor y = x | stft{{.n_fft = 400, .hop_length = 160, .window = hann}};
                const tensor power = y | square{} | reduce_sum{-1};  // [2, 201, frames]
                // [/stft]
                net.output("output", power);
            }},
        // torch: torch.view_as_real(torch.stft(x, 16, center=False, normalized=True, onesided=False, return_complex=True))
        {"stft_plain",
            [](network& net) {
                const tensor x = net.input("input0", {150});
                const tensor y = x
                    | stft{{.n_fft = 16, .center = false, .normalized = true, .onesided = false}};
                net.output("output", y);
            }},
        // torch: torch.view_as_real(torch.stft(x, 32, 10, 21, torch.hamming_window(21).double(), pad_mode="constant", return_complex=True))
        {"stft_short_window",
            [](network& net) {
                const tensor x = net.input("input0", {2, 75});
                const tensor y = x
                    | stft{{.n_fft = 32,
                        .hop_length = 10,
                        .win_length = 21,
                        .window = hamming_window(net, 21),
                        .pad_mode = constant}};
                net.output("output", y);
            }},
        // torch: torch.view_as_real(torch.stft(x, 31, 7, return_complex=True, pad_mode="replicate"))
        {"stft_prime",
            [](network& net) {
                const tensor x = net.input("input0", {3, 40});
                const tensor y = x | stft{{.n_fft = 31, .hop_length = 7, .pad_mode = replicate}};
                net.output("output", y);
            }},
        // torch: torch.view_as_real(torch.stft(x, 512, 128, window=torch.blackman_window(512, False).double(), return_complex=True))
        {"stft_512",
            [](network& net) {
                const tensor x = net.input("input0", {2, 700});
                const tensor y = x
                    | stft{{.n_fft = 512,
                        .hop_length = 128,
                        .window = blackman_window(net, 512, false)}};
                net.output("output", y);
            }},
        // torch: torch.stft(x, 2310, 577, window=torch.hann_window(2310).double(), return_complex=True).abs().square().sum(-1)
        {"stft_factors",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2500});
                const tensor hann = hann_window(net, 2310);
                const tensor y
                    = x | stft{{.n_fft = 2310, .hop_length = 577, .window = hann}};  // 2 3 5 7 11
                net.output("output", y | square{} | reduce_sum{{2, 3}});
            }},
        // torch: torch.view_as_real(torch.stft(x, 30, 2, return_complex=True))
        {"stft_many",
            [](network& net) {
                const tensor x = net.input("input0", {1, 700});
                const tensor y = x | stft{{.n_fft = 30, .hop_length = 2}};
                net.output("output", y);
            }},
        // torch: torch.istft(torch.view_as_complex(x), 20, 5, window=torch.hann_window(20).double())
        {"istft",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11, 9, 2});
                const tensor hann = hann_window(net, 20);
                const tensor y = x | istft{{.n_fft = 20, .hop_length = 5, .window = hann}};
                net.output("output", y);
            }},
        // torch: torch.istft(torch.view_as_complex(x), 24, 7, 20, torch.hamming_window(20).double(), normalized=True, length=44)
        {"istft_length",
            [](network& net) {
                const tensor x = net.input("input0", {13, 6, 2});
                const tensor y = x
                    | istft{{.n_fft = 24,
                                .hop_length = 7,
                                .win_length = 20,
                                .window = hamming_window(net, 20),
                                .normalized = true},
                        44};
                net.output("output", y);
            }},
        // torch: torch.istft(torch.view_as_complex(x), 16, 4, center=False, onesided=False, length=60, window=torch.ones(16).double()).real
        {"istft_uncentered",
            [](network& net) {
                const tensor x = net.input("input0", {2, 16, 10, 2});
                const tensor y = x
                    | istft{{.n_fft = 16, .hop_length = 4, .center = false, .onesided = false}, 60};
                net.output("output", y);
            }},
        // torch: x[:, :192]
        {"istft_round_trip",
            [](network& net) {
                const tensor x = net.input("input0", {2, 200});
                // [istft]
                const tensor hann = hann_window(net, 64);
                const tensor spectrum = x | stft{{.n_fft = 64, .hop_length = 16, .window = hann}};
                const tensor y = spectrum | istft{{.n_fft = 64, .hop_length = 16, .window = hann}};
                // [/istft]
                net.output("output", y);
            }},
        // torch, positive: 10 * x.clamp(min=1e-10).log10() - 10 * 0.3
        {"amplitude_to_db",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 7});
                const tensor y = x | amplitude_to_db{{.db_multiplier = 0.3f}};
                net.output("output", y);
            }},
        // torch, positive: (lambda y: y.maximum(y.amax((1, 2, 3), True) - 6))(20 * x.log10())
        {"amplitude_to_db_top",
            [](network& net) {
                const tensor x = net.input("input0", {3, 2, 5, 7});
                // [amplitude_to_db]
                const tensor y
                    = x | amplitude_to_db{{.multiplier = 20, .amin = 1e-5f, .top_db = 6}};
                // [/amplitude_to_db]
                net.output("output", y);
            }},
        // torch: melscale(41, 100, 3500, 9, 8000).T @ x
        {"mel_htk",
            [](network& net) {
                const tensor x = net.input("input0", {2, 41, 6});
                const tensor filters = melscale_fbanks(net,
                    {.n_freqs = 41, .f_min = 100, .f_max = 3500, .n_mels = 9, .sample_rate = 8000});
                const tensor y = matmul(filters | transpose{0, 1}, x);
                net.output("output", y);
            }},
        // torch: log_mel_of_whisper(x)
        {"log_mel",
            [](network& net) {
                const tensor x = net.input("input0", {1, 3200});
                // [melscale_fbanks]
                // x: sound of 16 kHz as samples [1, T]; the features that Whisper reads
                const tensor hann = hann_window(net, 400);
                const tensor spectrum = x | stft{{.n_fft = 400, .hop_length = 160, .window = hann}};
                tensor power = spectrum | square{} | reduce_sum{-1};
                power = power | slice{2, {.stop = -1}};  // without the last frame
                const tensor filters = melscale_fbanks(
                    net, {.n_mels = 80, .slaney_norm = true, .scale = mel_scale::slaney});
                const tensor mel = matmul(filters | transpose{0, 1}, power);
                const tensor logs = mel | amplitude_to_db{{.multiplier = 1, .top_db = 8}};
                // in plans of 16 bits too: they do not hold the range of a spectrum
                for (const tensor& wide : {spectrum, power, mel, logs}) net.keep(wide, dtype::f32);
                const tensor y = (logs + 4.f) / 4.f;
                // [/melscale_fbanks]
                net.output("output", y);
            }},
    };
    return cases;
}

}  // namespace lamina_test
