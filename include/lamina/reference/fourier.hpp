// SPDX-License-Identifier: Apache-2.0
// op::fourier on the CPU: sums of sines and cosines, term by term.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/row.hpp>
#include <lamina/reference/spread_parts.hpp>
#include <lamina/reference/value.hpp>

#include <cmath>
#include <numbers>

namespace lamina::reference_op {

/// Cosines and sines of one turn, n steps.
struct turn_table {
    std::vector<double> cosine, sine;
    explicit turn_table(int n) {
        for (int k = 0; k < n; ++k) {
            cosine.push_back(std::cos(2 * std::numbers::pi * k / n));
            sine.push_back(std::sin(2 * std::numbers::pi * k / n));
        }
    }
};

/// The window as n numbers, scaled; zeros around it.
inline std::vector<double> widened(const std::vector<float>& window, int n, double scale) {
    std::vector<double> out(static_cast<std::size_t>(n), 0.0);
    const std::size_t first = (static_cast<std::size_t>(n) - window.size()) / 2;
    for (std::size_t j = 0; j < window.size(); ++j)
        out[first + j] = static_cast<double>(window[j]) * scale;
    return out;
}

inline void fourier(const node& n, const operands& in, reference_tensor& out) {
    const int size = n.attr.axis;
    const auto count = static_cast<std::size_t>(size);
    const turn_table turns(size);
    const std::vector<double> window
        = widened(in[1].values, size, static_cast<double>(n.attr.scalars[0]));
    if (static_cast<fourier_kind>(n.attr.kind) == fourier_kind::forward) {
        for_each_place({n.dims.n, n.dims.c, n.dims.h}, [&](const place& at, std::size_t index) {
            const float* x
                = &in[0].values[flat(in[0].dims, place{at[0], at[2] * n.attr.win.stride_h})];
            double re = 0, im = 0;
            for (std::size_t j = 0; j < count; ++j) {
                const std::size_t turn = j * static_cast<std::size_t>(at[1]) % count;
                const double value = window[j] == 0 ? 0 : window[j] * static_cast<double>(x[j]);
                re += value * turns.cosine[turn];
                im -= value * turns.sine[turn];
            }
            out.values[2 * index] = static_cast<float>(re);
            out.values[2 * index + 1] = static_cast<float>(im);
        });
        return;
    }
    const int bins = in[0].dims.c;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        double sum = 0;
        for (int k = 0; k < bins; ++k) {
            const std::size_t turn
                = static_cast<std::size_t>(at[2]) * static_cast<std::size_t>(k) % count;
            const std::size_t from = flat(in[0].dims, place{at[0], k, at[1], 0});
            // Each number stands for its conjugate too, but for those that are their own.
            const bool alone = k == 0 || 2 * k == size;
            const double share = alone ? 1 : 2;
            sum += share * static_cast<double>(in[0].values[from]) * turns.cosine[turn];
            if (!alone)
                sum -= share * static_cast<double>(in[0].values[from + 1]) * turns.sine[turn];
        }
        out.values[index] = static_cast<float>(sum * window[static_cast<std::size_t>(at[2])]);
    });
}

/// What the stages of a transform of n numbers round, as a factor of the root of their squares.
inline double transform_error(int n) {
    double all = 4;
    for (int factor = 2; n > 1; ++factor)
        for (; n % factor == 0; n /= factor) all += 3 + 2 * std::sqrt(static_cast<double>(factor));
    return float_unit * all;
}

/// Squares of errors add up as all numbers meet roots of 1.
inline void fourier_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const int size = n.attr.axis;
    const double scale = static_cast<double>(n.attr.scalars[0]), unit = transform_error(size);
    const std::vector<double> window = widened(in[1].values, size, scale),
                              of_window = widened(in[1].spread, size, scale);
    const bool forward = static_cast<fourier_kind>(n.attr.kind) == fourier_kind::forward;
    const int bins = forward ? n.dims.c : in[0].dims.c;
    const int frames = forward ? n.dims.h : n.dims.c;
    for_each_place({n.dims.n, frames}, [&](const place& at, std::size_t) {
        double square = 0, error = 0;
        const auto take = [&](double x, double of_x, double w, double of_w) {
            square += x * x * w * w;
            error += of_x * of_x * w * w + x * x * of_w * of_w;
        };
        if (forward) {
            const std::size_t first = flat(in[0].dims, place{at[0], at[1] * n.attr.win.stride_h});
            for (std::size_t j = 0; j < window.size(); ++j)
                take(size_of(static_cast<double>(in[0].values[first + j])),
                    static_cast<double>(in[0].spread[first + j]), window[j], of_window[j]);
            const double own = std::sqrt(error + unit * unit * square);
            for (int k = 0; k < bins; ++k)
                for (int part = 0; part < 2; ++part) {
                    const std::size_t i = flat(n.dims, place{at[0], k, at[1], part});
                    out.spread[i] = kept_spread(root_of_squares(
                        own, by.stored(size_of(static_cast<double>(out.values[i])))));
                }
            return;
        }
        for (int k = 0; k < bins; ++k)
            for (int part = 0; part < 2; ++part) {
                const std::size_t i = flat(in[0].dims, place{at[0], k, at[1], part});
                const double share = 2;  // it and its conjugate, at most
                take(share * size_of(static_cast<double>(in[0].values[i])),
                    share * static_cast<double>(in[0].spread[i]), 1, 0);
            }
        const double own = std::sqrt(error + unit * unit * square), sum = std::sqrt(square);
        for (std::size_t j = 0; j < window.size(); ++j) {
            const std::size_t i = flat(n.dims, place{at[0], at[1], static_cast<int>(j)});
            out.spread[i] = kept_spread(
                root_of_squares(own * std::fabs(window[j]), sum * std::fabs(of_window[j]),
                    by.stored(size_of(static_cast<double>(out.values[i])))));
        }
    });
}

inline constexpr reference_row fourier_row{op::fourier, fourier, fourier_spread};

}  // namespace lamina::reference_op
