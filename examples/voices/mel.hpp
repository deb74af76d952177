// SPDX-License-Identifier: Apache-2.0
// A mel spectrogram as librosa.feature.melspectrogram makes it by default: powers in Hann windows of 25 ms at
// a distance of 10 ms, summed by 40 triangles of Slaney's mel scale.
#pragma once
#include "../support/sound.hpp"

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace voices_program {

inline constexpr std::size_t window = 400, hop = 160, bins = window / 2 + 1, mels = 40;

/// Slaney's scale: linear to 1000 Hz, then logarithmic.
inline double hertz_of_mel(double mel) {
    constexpr double per_mel = 200.0 / 3, corner = 1000 / per_mel;
    static const double step = std::log(6.4) / 27;
    return mel < corner ? mel * per_mel : 1000 * std::exp(step * (mel - corner));
}

/// Weights of each bin in each triangle, whose area is the same for all.
inline std::array<std::array<double, bins>, mels> triangles() {
    std::array<double, mels + 2> edges{};
    const double last = 15 + 27 / std::log(6.4) * std::log(8.0);  // 8000 Hz
    for (std::size_t i = 0; i < edges.size(); ++i)
        edges[i] = hertz_of_mel(last * static_cast<double>(i) / (mels + 1));
    std::array<std::array<double, bins>, mels> out{};
    for (std::size_t m = 0; m < mels; ++m)
        for (std::size_t k = 0; k < bins; ++k) {
            const double at = static_cast<double>(k) * examples::sound_rate / window;
            const double up = (at - edges[m]) / (edges[m + 1] - edges[m]);
            const double down = (edges[m + 2] - at) / (edges[m + 2] - edges[m + 1]);
            out[m][k] = std::max(0.0, std::min(up, down)) * 2 / (edges[m + 2] - edges[m]);
        }
    return out;
}

/// Frames of 40 powers; the first one's middle is the first sample, and there is silence around the sound.
inline std::vector<float> spectrogram(const examples::sound& sound) {
    static const auto filters = triangles();
    static const auto turns = [] {
        std::array<std::complex<double>, window> out{};
        for (std::size_t i = 0; i < window; ++i)
            out[i] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i) / window);
        return out;
    }();
    std::vector<float> out;
    for (std::size_t middle = 0; middle <= sound.size(); middle += hop) {
        std::array<double, window> x{};
        for (std::size_t i = 0; i < window; ++i) {
            const std::size_t at = middle + i;
            if (at < window / 2 || at - window / 2 >= sound.size()) continue;
            const double hann = 0.5 - 0.5 * turns[i].real();
            x[i] = hann * static_cast<double>(sound[at - window / 2]);
        }
        std::array<double, bins> power{};
        for (std::size_t k = 0; k < bins; ++k) {
            std::complex<double> sum = 0;
            for (std::size_t i = 0; i < window; ++i) sum += x[i] * turns[k * i % window];
            power[k] = std::norm(sum);
        }
        for (const auto& filter : filters) {
            double sum = 0;
            for (std::size_t k = 0; k < bins; ++k) sum += filter[k] * power[k];
            out.push_back(static_cast<float>(sum));
        }
    }
    return out;
}

}  // namespace voices_program
