// SPDX-License-Identifier: Apache-2.0
// Reading sound: WAV files as one channel of 16 kHz, which all networks here were trained with.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/runtime/mapped_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace examples {

inline constexpr int sound_rate = 16000;

/// Samples in -1 to 1, 16,000 a second.
using sound = std::vector<float>;

inline double seconds_of(std::span<const float> samples) {
    return static_cast<double>(samples.size()) / sound_rate;
}

/// Samples of another rate: each new one is a sum of those around it, weighted by a sinc in a Hann window.
/// Where the new rate is the lower one, the sinc is as wide as it must be to leave out what aliases.
inline sound resampled(std::span<const float> from, int rate) {
    if (rate == sound_rate) return {from.begin(), from.end()};
    constexpr int half = 16;  // zero crossings at each side
    const double step = static_cast<double>(rate) / sound_rate, width = std::max(1.0, step);
    const auto reach = static_cast<std::int64_t>(std::ceil(half * width));
    const auto size = static_cast<std::int64_t>(from.size());
    sound out(static_cast<std::size_t>(static_cast<double>(size) / step));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double at = static_cast<double>(i) * step;
        const auto middle = static_cast<std::int64_t>(at);
        double sum = 0;
        for (std::int64_t j = std::max(middle - reach + 1, std::int64_t{0});
            j <= std::min(middle + reach, size - 1); ++j) {
            const double x = (static_cast<double>(j) - at) / width;
            const double angle = std::numbers::pi * x;
            const double sinc = x == 0 ? 1 : std::sin(angle) / angle;
            sum += from[static_cast<std::size_t>(j)] * sinc * (0.5 + 0.5 * std::cos(angle / half));
        }
        out[i] = static_cast<float>(sum / width);
    }
    return out;
}

/// Reads WAV: 8, 16, 24 and 32 bits, and 32-bit floats; the mean of its channels.
/// Errors  LAM-R01; LAM-R23 for what is none of these, or is cut short.
inline sound read_sound(const std::string& path) {
    const lamina::mapped_file file(path);
    const std::span<const std::byte> bytes = file.bytes();
    const auto refuse = [&](const std::string& found) {
        throw lamina::error(lamina::errc::picture, path,
            path + " " + found
                + "; give a WAV file of 8 to 32 bits, such as ffmpeg -i IN OUT.wav writes");
    };
    const auto number = [&](std::size_t at, std::size_t size) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
        return value;
    };
    const auto is = [&](std::size_t at, const char* word) {
        return bytes.size() >= at + 4 && std::memcmp(bytes.data() + at, word, 4) == 0;
    };
    if (!is(0, "RIFF") || !is(8, "WAVE")) refuse("is not a WAV file");
    std::uint32_t kind = 0, channels = 0, rate = 0, bits = 0;
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
        const std::size_t size = number(at + 4, 4), left = bytes.size() - at - 8;
        if (is(at, "fmt ") && size >= 16 && left >= size) {
            kind = number(at + 8, 2), channels = number(at + 10, 2);
            rate = number(at + 12, 4), bits = number(at + 22, 2);
            if (kind == 0xfffe && size >= 26) kind = number(at + 32, 2);  // an extensible header
        } else if (is(at, "data")) {
            const bool whole = kind == 1 && (bits == 8 || bits == 16 || bits == 24 || bits == 32);
            if (!whole && !(kind == 3 && bits == 32))
                refuse(
                    "has format " + std::to_string(kind) + " of " + std::to_string(bits) + " bits");
            if (channels == 0 || rate < 1000 || rate > 1'000'000)
                refuse("has " + std::to_string(channels) + " channels of " + std::to_string(rate)
                    + " Hz");
            if (size > left && size < 0xffffff00u) refuse("is cut short");
            const std::size_t wide = bits / 8, frame = wide * channels,
                              count = std::min(size, left) / frame;
            sound mixed(count);
            for (std::size_t i = 0; i < count; ++i) {
                float sum = 0;
                for (std::size_t c = 0; c < channels; ++c) {
                    const std::uint32_t raw = number(at + 8 + i * frame + c * wide, wide);
                    float value = 0;
                    if (kind == 3)
                        std::memcpy(&value, &raw, sizeof value);
                    else if (bits == 8)
                        value = (static_cast<float>(raw) - 128) / 128;
                    else
                        value = static_cast<float>(static_cast<std::int32_t>(raw << (32 - bits)))
                            / 2147483648.f;
                    sum += value;
                }
                mixed[i] = sum / static_cast<float>(channels);
            }
            return resampled(mixed, static_cast<int>(rate));
        }
        at += 8 + size + size % 2;
    }
    refuse("has no samples");
    return {};
}

}  // namespace examples
