// SPDX-License-Identifier: Apache-2.0
// What sound needs besides its spectra: windows, mel filter banks, decibels. Tables are constants of the plan.
#pragma once
#include <lamina/graph/constant_math.hpp>
#include <lamina/graph/reduce_rule.hpp>

#include <source_location>
#include <vector>

namespace lamina {

/// A window of cosines: a - b cos(2 pi k / n) + c cos(4 pi k / n).
constexpr tensor cosine_window(
    network& net, const subject& who, int length, bool periodic, double a, double b, double c) {
    if (length < 1 || length > 16384) {
        net.report(problem_id::option_range, who, "length ", length, "; use 1 to 16384");
        length = 1;
    }
    std::vector<float> numbers;
    numbers.reserve(static_cast<std::size_t>(length));
    const int turn = periodic || length == 1 ? length : length - 1;
    for (int k = 0; k < length; ++k) {
        const double at = static_cast<double>(k) / turn;
        numbers.push_back(
            static_cast<float>(a - b * cosine_of_turns(at) + c * cosine_of_turns(2 * at)));
    }
    if (length == 1) numbers[0] = 1;
    return net.constant(numbers, who.where);
}

/// (1 - cos) / 2 over n samples: `hann_window(net, 400)`. Shapes   [length]. Errors   LAM-08 the length.
/// Source   torch.hann_window(window_length, periodic).
constexpr tensor hann_window(network& net, whole length, bool periodic = true,
    std::source_location where = std::source_location::current()) {
    return cosine_window(net, {"hann_window", {}, where}, length, periodic, 0.5, 0.5, 0);
}
/// 0.54 - 0.46 cos. As hann_window. Source   torch.hamming_window.
constexpr tensor hamming_window(network& net, whole length, bool periodic = true,
    std::source_location where = std::source_location::current()) {
    return cosine_window(net, {"hamming_window", {}, where}, length, periodic, 0.54, 0.46, 0);
}
/// 0.42 - cos / 2 + 0.08 cos of the double. As hann_window. Source   torch.blackman_window.
constexpr tensor blackman_window(network& net, whole length, bool periodic = true,
    std::source_location where = std::source_location::current()) {
    return cosine_window(net, {"blackman_window", {}, where}, length, periodic, 0.42, 0.5, 0.08);
}

enum class mel_scale : unsigned char { htk, slaney };

struct melscale_options {
    whole n_freqs = 201;  ///< of the spectrum, n_fft / 2 + 1
    float f_min = 0;
    float f_max = 0;  ///< 0: half of the sample rate
    whole n_mels = 80;
    whole sample_rate = 16000;
    bool slaney_norm = false;  ///< torchaudio's norm="slaney": each filter's area is 1
    mel_scale scale = mel_scale::htk;
};

/// Hertz as mels, and back.
constexpr double mel_of(double hertz, mel_scale scale) {
    if (scale == mel_scale::htk) return 2595 / logarithm(10) * logarithm(1 + hertz / 700);
    constexpr double step = 200.0 / 3;
    if (hertz < 1000) return hertz / step;
    return 15 + logarithm(hertz / 1000) / (logarithm(6.4) / 27);
}
constexpr double hertz_of(double mel, mel_scale scale) {
    if (scale == mel_scale::htk) return 700 * (exponential(mel / 2595 * logarithm(10)) - 1);
    if (mel < 15) return mel * 200.0 / 3;
    return 1000 * exponential((mel - 15) * (logarithm(6.4) / 27));
}

/// Triangular filters over the frequencies of a spectrum, evenly spaced in mels: power [.., F, frames] becomes
/// `matmul(melscale_fbanks(net, {.n_freqs = 201, .n_mels = 80}) | transpose{0, 1}, power)`.
///
/// Shapes   [n_freqs, n_mels].
/// Units    hertz.
/// Errors   LAM-08 options.
/// Source   torchaudio.functional.melscale_fbanks; slaney_norm and mel_scale::slaney are librosa's and Whisper's
///          filters.
constexpr tensor melscale_fbanks(network& net, melscale_options o,
    std::source_location where = std::source_location::current()) {
    const subject who{"melscale_fbanks", {}, where};
    if (o.f_max == 0) o.f_max = static_cast<float>(o.sample_rate.value) / 2;
    const bool fits = o.n_freqs >= 2 && o.n_freqs <= 16384 && o.n_mels >= 1 && o.n_mels <= 1024
        && o.sample_rate >= 1 && o.f_min >= 0 && o.f_max > o.f_min;
    if (!fits) {
        net.report(problem_id::option_range, who, "n_freqs ", o.n_freqs, ", n_mels ", o.n_mels,
            ", sample_rate ", o.sample_rate, " with f_min ", static_cast<int>(o.f_min),
            " and f_max ", static_cast<int>(o.f_max),
            "; use 2 to 16384, 1 to 1024 and 1 or more, and 0 <= f_min < f_max");
        return net.constant({0.f}, {1, 1}, where);
    }
    const double low = mel_of(static_cast<double>(o.f_min), o.scale);
    const double high = mel_of(static_cast<double>(o.f_max), o.scale);
    std::vector<double> corners;
    for (int k = 0; k < o.n_mels + 2; ++k)
        corners.push_back(hertz_of(low + (high - low) * k / (o.n_mels + 1), o.scale));
    std::vector<float> numbers;
    numbers.reserve(static_cast<std::size_t>(o.n_freqs) * static_cast<std::size_t>(o.n_mels));
    const int highest = o.sample_rate / 2;
    const double step = static_cast<double>(highest) / (o.n_freqs - 1);
    for (int f = 0; f < o.n_freqs; ++f)
        for (std::size_t m = 0; m < static_cast<std::size_t>(o.n_mels); ++m) {
            const double at = f * step;
            const double up = (at - corners[m]) / (corners[m + 1] - corners[m]);
            const double down = (corners[m + 2] - at) / (corners[m + 2] - corners[m + 1]);
            double share = up < down ? up : down;
            if (share < 0) share = 0;
            if (o.slaney_norm) share *= 2 / (corners[m + 2] - corners[m]);
            numbers.push_back(static_cast<float>(share));
        }
    return net.constant(numbers, {o.n_freqs, o.n_mels}, where);
}

struct amplitude_to_db_options {
    float multiplier = 10;    ///< 10 of powers, 20 of amplitudes
    float amin = 1e-10f;      ///< smaller numbers count as this one
    float db_multiplier = 0;  ///< log10 of the reference, which is 0 dB
    float top_db
        = 0;  ///< above 0: what lies further below the loudest of its sound is raised to that
};

/// multiplier (log10(max(x, amin)) - db_multiplier), in decibels: `amplitude_to_db{{.top_db = 80}}`.
///
/// Shapes   any; same shape out. The loudest is that of the last three axes (all if there are fewer).
/// Errors   LAM-08 amin is not above 0, or top_db is negative; LAM-16 indices.
/// Fuses with   the layer before it, without top_db.
/// Source   torchaudio.functional.amplitude_to_DB.
struct amplitude_to_db {
    subject who;
    amplitude_to_db_options options;
    constexpr amplitude_to_db(amplitude_to_db_options o = {},
        std::source_location where = std::source_location::current())
        : who{"amplitude_to_db", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const amplitude_to_db& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const amplitude_to_db_options& o = layer.options;
    needs_values(net, who, x);
    if (!(o.amin > 0) || !(o.top_db >= 0) || !needs_finite(net, who, "multiplier", o.multiplier)
        || !needs_finite(net, who, "db_multiplier", o.db_multiplier)) {
        net.report(problem_id::option_range, who,
            "amin must be above 0 and top_db 0 (none) or above; torchaudio uses 1e-10 and 80");
        return x;
    }
    const auto per_ten = static_cast<float>(static_cast<double>(o.multiplier) / logarithm(10));
    tensor y = apply_function(x, who, function::max_scalar, o.amin);
    y = apply_function(apply_function(y, who, function::log), who, function::mul_scalar, per_ten);
    if (o.db_multiplier != 0)
        y = apply_function(y, who, function::add_scalar, -o.multiplier * o.db_multiplier);
    if (o.top_db == 0 || !x.dims.rank) return y;
    int_list axes;
    for (int axis = x.dims.rank > 3 ? x.dims.rank - 3 : 0; axis < x.dims.rank; ++axis)
        axes.at[axes.count++] = axis;
    const tensor most = apply_reduce(y, who, reduce_kind::max, axes, true);
    return apply_binary(
        y, apply_function(most, who, function::add_scalar, -o.top_db), who, function::max);
}

}  // namespace lamina
