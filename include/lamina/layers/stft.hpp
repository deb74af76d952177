// SPDX-License-Identifier: Apache-2.0
// Spectra of sound: short-time Fourier transforms and their inverse.
#pragma once
#include <lamina/graph/constant_math.hpp>
#include <lamina/graph/pad_rule.hpp>
#include <lamina/graph/slice_rule.hpp>

#include <vector>

namespace lamina {

/// Numbers of a window at most: what a kernel holds of a frame.
inline constexpr int most_n_fft = 16384;

struct stft_options {
    whole n_fft = 0;       ///< samples of a frame; must be given
    whole hop_length = 0;  ///< samples from one frame to the next; 0: n_fft / 4
    whole win_length = 0;  ///< of the window, in the middle of a frame; 0: n_fft
    tensor window;         ///< [win_length], hann_window{} or a parameter; ones by default
    bool center
        = true;  ///< the first frame has its middle on the first sample: the ends are padded
    pad_kind pad_mode = pad_kind::reflect;  ///< or constant (zeros), replicate, circular
    bool normalized = false;                ///< numbers are divided by the root of n_fft
    bool onesided = true;                   ///< n_fft / 2 + 1 frequencies; false: all n_fft
};

/// Spectra of the frames of a signal: `x | stft{{.n_fft = 400, .hop_length = 160, .window = hann}}`.
///
/// Shapes   [T] or [B, T] -> [F, frames, 2] or [B, F, frames, 2]: real and imaginary parts, as
///          torch.view_as_real gives them; F = n_fft / 2 + 1 or n_fft, frames = 1 + T / hop_length with center,
///          else 1 + (T - n_fft) / hop_length.
/// Units    samples; the spectrum is a sum over a frame, without a factor.
/// Errors   LAM-01 not one or two axes; LAM-02 the signal is shorter than a frame; LAM-04 the window has
///          another length; LAM-08 options; LAM-16 indices; LAM-17 a window of another network.
/// Cost     a fast transform of mixed radices: about 20 n_fft (p + q + ...) / 2 operations a frame, n_fft = p q
///          ... in factors, where a product with a table takes 4 n_fft F. A prime n_fft is slow.
/// Source   torch.stft(return_complex=True), as real numbers. Differs: hop_length and win_length below 1 are
///          errors, n_fft is 16384 at most.
struct stft {
    subject who;
    stft_options options;
    constexpr stft(stft_options o, std::source_location where = std::source_location::current())
        : who{"stft", {}, where}, options(o) {}
};

/// Checks the options that stft and istft share and resolves their defaults. Errors   LAM-04, LAM-08, LAM-17.
constexpr bool settle_frames(network& net, const subject& who, stft_options& o) {
    if (o.n_fft < 1 || o.n_fft > most_n_fft) {
        net.report(problem_id::option_range, who, "n_fft ", o.n_fft, "; use 1 to ", most_n_fft);
        return false;
    }
    if (o.hop_length == 0) o.hop_length = o.n_fft < 4 ? 1 : o.n_fft / 4;
    if (o.win_length == 0) o.win_length = o.n_fft;
    if (o.hop_length < 1) {
        net.report(problem_id::option_range, who, "hop_length ", o.hop_length, "; use 1 or more");
        return false;
    }
    if (o.win_length < 1 || o.win_length > o.n_fft) {
        net.report(problem_id::option_range, who, "win_length ", o.win_length, "; use 1 to n_fft (",
            o.n_fft, ")");
        return false;
    }
    if (!o.window.net) {
        const std::vector<float> ones(static_cast<std::size_t>(o.win_length), 1.f);
        o.window = net.constant(ones, who.where);
        return true;
    }
    if (!needs_owned(net, who, o.window, 2) || !needs_values(net, who, o.window)) return false;
    if (o.window.dims.rank == 1 && o.window.dims.n == o.win_length) return true;
    net.report(problem_id::operands, who, "window ", to_text(o.window.dims), " does not have ",
        o.win_length, " elements; give it the length of win_length (n_fft by default)");
    return false;
}

/// The node of a transform of `n` numbers.
constexpr tensor apply_fourier(const tensor& x, const subject& who, fourier_kind kind,
    const stft_options& o, const shape& dims, float scale) {
    node made;
    made.kind = op::fourier;
    made.inputs = {x.id, o.window.id};
    made.dims = dims;
    made.attr.kind = static_cast<int>(kind);
    made.attr.axis = o.n_fft;
    made.attr.win.stride_h = o.hop_length;
    made.attr.scalars[0] = scale;
    return network_of(x).add(who, made);
}

constexpr tensor operator|(const tensor& x, const stft& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    stft_options o = layer.options;
    if (x.dims.rank < 1 || x.dims.rank > 2 || x.dims.is_empty()) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims), " has ", x.dims.rank,
            " axes", x.dims.is_empty() ? " and no element" : "",
            "; a signal has one, or a batch of them two; reshape before it");
        return x;
    }
    if (!needs_values(net, who, x) || !settle_frames(net, who, o)) return x;
    const bool has_batch = x.dims.rank == 2;
    tensor signal = reshape_to(x, who, has_batch ? x.dims : shape{1, x.dims.n});
    if (o.center) {
        const whole half = o.n_fft / 2;
        const std::size_t before = net.problems.size();
        signal = apply_pad(signal, who, {0, half}, {0, half}, o.pad_mode, 0);
        if (net.problems.size() > before) return x;
    }
    const int length = signal.dims.c, bins = o.onesided ? o.n_fft / 2 + 1 : o.n_fft.value;
    if (length < o.n_fft) {
        net.report(problem_id::kernel_fit, who, "a frame of ", o.n_fft,
            " samples does not fit input ", to_text(x.dims), "; use a smaller n_fft or center");
        return x;
    }
    const int frames = 1 + (length - o.n_fft) / o.hop_length;
    const float scale = o.normalized ? static_cast<float>(1 / square_root(o.n_fft)) : 1.f;
    const tensor out = apply_fourier(
        signal, who, fourier_kind::forward, o, {signal.dims.n, bins, frames, 2}, scale);
    return has_batch ? out : reshape_to(out, who, {bins, frames, 2});
}

/// The signal of such spectra, overlapping frames added and divided by the sum of their squared windows:
/// `y | istft{{.n_fft = 400, .hop_length = 160, .window = hann}}`. `length` as in torch.istft: 0 is all that
/// the frames cover.
///
/// Shapes   [F, frames, 2] or [B, F, frames, 2] -> [T] or [B, T]; T = hop_length (frames - 1) with center (half a
///          frame is cut from both ends), else n_fft + hop_length (frames - 1); or `length`, with zeros behind
///          what the frames cover.
/// Errors   LAM-01 not three or four axes; LAM-04 other frequencies than the options have, or the window;
///          LAM-08 options, or windows that leave samples out; LAM-16 indices; LAM-17 a window of another network.
/// Cost     as stft; frames are stored and added in as many steps as overlap.
/// Source   torch.istft. Differs: pad_mode has no meaning; a sum of windows of 0 gives 0 / 0, where PyTorch stops.
struct istft {
    subject who;
    stft_options options;
    whole length;
    constexpr istft(stft_options o, whole samples = 0,
        std::source_location where = std::source_location::current())
        : who{"istft", {}, where}, options(o), length(samples) {}
};

/// Frames [B, frames, n] added where they lie, `hop` apart: [B, n + hop (frames - 1)] and maybe zeros behind.
constexpr tensor add_frames(const tensor& frames, const subject& who, int hop) {
    const int batch = frames.dims.n, count = frames.dims.c, n = frames.dims.h;
    const int parts = (n + hop - 1) / hop;  // of a frame, that long
    const auto widened = [&](const tensor& x, int axis, int before, int after) {
        if (!before && !after) return x;
        int_list first, last;
        first.count = last.count = x.dims.rank;
        first.at[axis] = before;
        last.at[axis] = after;
        return apply_pad(x, who, first, last, pad_kind::constant, 0);
    };
    const tensor whole_parts = widened(frames, 2, 0, parts * hop - n);
    tensor sum;
    for (int part = 0; part < parts; ++part) {
        const tensor cut = apply_slice(whole_parts, who, 2, part * hop, hop);
        const tensor row = reshape_to(cut, who, {batch, count * hop});
        const tensor moved = widened(row, 1, part * hop, (parts - 1 - part) * hop);
        sum = part ? apply_binary(sum, moved, who, function::add) : moved;
    }
    return sum;
}

constexpr tensor operator|(const tensor& x, const istft& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    stft_options o = layer.options;
    const int rank = x.dims.rank;
    if (rank < 3 || rank > 4 || x.dims.is_empty() || x.dims[rank - 1] != 2) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims),
            " is no spectrum [F, frames, 2] or a batch of them; reshape before it");
        return x;
    }
    if (!needs_values(net, who, x) || !settle_frames(net, who, o)) return x;
    const bool has_batch = rank == 4;
    const int bins = o.onesided ? o.n_fft / 2 + 1 : o.n_fft.value;
    const tensor spectrum
        = reshape_to(x, who, has_batch ? x.dims : shape{1, x.dims.n, x.dims.c, 2});
    const int frames = spectrum.dims.h;
    if (spectrum.dims.c != bins) {
        net.report(problem_id::operands, who, "input ", to_text(x.dims), " has ", spectrum.dims.c,
            " frequencies, n_fft ", o.n_fft, " has ", bins, "; check n_fft and onesided");
        return x;
    }
    const std::int64_t covered = o.n_fft + std::int64_t{frames - 1} * o.hop_length;
    const int first = o.center ? o.n_fft / 2 : 0;
    const std::int64_t all = covered - 2 * std::int64_t{first};
    if (o.hop_length > o.win_length || layer.length < 0 || all < 1 || covered > 1073741824) {
        net.report(problem_id::option_range, who, "hop_length ", o.hop_length, ", win_length ",
            o.win_length, ", length ", layer.length, " of ", frames,
            " frames; use windows that overlap, a length of 0 or more and two frames or more");
        return x;
    }
    const double root = square_root(o.n_fft);
    // The others are the conjugates of these.
    const tensor half = apply_slice(spectrum, who, 1, 0, o.n_fft / 2 + 1);
    const tensor parts
        = apply_fourier(half, who, fourier_kind::inverse, o, {spectrum.dims.n, frames, o.n_fft},
            static_cast<float>(o.normalized ? 1 / root : 1.0 / o.n_fft));
    tensor signal = add_frames(parts, who, o.hop_length);
    // The sum of the squares of all windows, which every signal of the batch has.
    const int before = (o.n_fft - o.win_length) / 2;
    tensor square = apply_function(o.window, who, function::square);
    if (o.win_length < o.n_fft)
        square = apply_pad(
            square, who, {before}, {o.n_fft - o.win_length - before}, pad_kind::constant, 0);
    const int zeros[max_rank] = {};
    square = apply_wrap(reshape_to(square, who, {1, 1, o.n_fft}), who, zeros, {1, frames, o.n_fft});
    const tensor weight = add_frames(square, who, o.hop_length);
    const std::int64_t wanted = layer.length ? layer.length.value : all;
    const int behind
        = static_cast<int>(covered) - first;  // with length PyTorch keeps the last half frame
    const int kept = wanted < behind ? static_cast<int>(wanted) : behind;
    signal = apply_binary(apply_slice(signal, who, 1, first, kept),
        apply_slice(weight, who, 1, first, kept), who, function::div);
    if (kept < wanted) {
        signal = apply_pad(
            signal, who, {0, 0}, {0, static_cast<int>(wanted) - kept}, pad_kind::constant, 0);
    }
    return has_batch ? signal : reshape_to(signal, who, {static_cast<int>(wanted)});
}

}  // namespace lamina
