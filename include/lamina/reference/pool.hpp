// SPDX-License-Identifier: Apache-2.0
// op::pool on the CPU: the greatest or the mean of each window or adaptive bin.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <cmath>
#include <limits>

namespace lamina::reference_op {

/// Rows (or columns) that one output reads, and how many more of its window lie in the padding.
struct pool_span {
    std::vector<int> inside;
    int padded = 0;
};

/// A window starts at out * stride - before. The part outside of the padded input, which windows of
/// ceil_mode may have, does not count at all.
inline pool_span window_span(
    int out, int extent, int kernel, int stride, int before, int after, int dilation) {
    pool_span span;
    for (int k = 0; k < kernel; ++k) {
        const int at = out * stride - before + k * dilation;
        if (at >= 0 && at < extent)
            span.inside.push_back(at);
        else if (at < extent + after)
            ++span.padded;
    }
    return span;
}

/// Bin `out` of `bins` reaches from floor(out * extent / bins) to ceil((out + 1) * extent / bins).
inline pool_span adaptive_span(int out, int extent, int bins) {
    pool_span span;
    const int begin = static_cast<int>(std::int64_t{out} * extent / bins);
    const int end = static_cast<int>(((std::int64_t{out} + 1) * extent + bins - 1) / bins);
    for (int at = begin; at < end; ++at) span.inside.push_back(at);
    return span;
}

/// The divisor of an average is scalars[0] if that is not 0, else the window's elements with
/// (count_include_pad) or without padding. A NaN in the window is the result.
inline void pool(const node& n, const operands& in, reference_tensor& out) {
    const auto kind = static_cast<pool_kind>(n.attr.kind);
    const bool is_max = kind == pool_kind::max || kind == pool_kind::adaptive_max;
    const bool is_adaptive = kind == pool_kind::adaptive_average || kind == pool_kind::adaptive_max;
    const window& win = n.attr.win;
    const shape& from = in[0].dims;

    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const pool_span rows = is_adaptive ? adaptive_span(at[2], from.h, n.dims.h)
                                           : window_span(at[2], from.h, win.kernel_h, win.stride_h,
                                                 win.pad_top, win.pad_bottom, win.dilation_h);
        const pool_span columns = is_adaptive
            ? adaptive_span(at[3], from.w, n.dims.w)
            : window_span(at[3], from.w, win.kernel_w, win.stride_w, win.pad_left, win.pad_right,
                  win.dilation_w);
        double most = -std::numeric_limits<double>::infinity(), sum = 0;
        for (int row : rows.inside)
            for (int column : columns.inside) {
                const double value = in[0].values[flat(from, at[0], at[1], row, column)];
                sum += value;
                if (value > most || std::isnan(value)) most = value;  // nothing is above a NaN
            }
        double divisor = static_cast<double>(n.attr.scalars[0]);
        if (divisor == 0) {
            const int padding = !is_adaptive && n.attr.count_include_pad;
            divisor = (static_cast<double>(rows.inside.size()) + padding * rows.padded)
                * (static_cast<double>(columns.inside.size()) + padding * columns.padded);
        }
        out.values[index] = static_cast<float>(is_max ? most : sum / divisor);
    });
}

/// The index of pool's maximum: the first of equals, the last NaN, -1 for an empty window.
inline void pool_index(const node& n, const operands& in, reference_tensor& out) {
    const window& win = n.attr.win;
    const shape& from = in[0].dims;
    const bool whole = static_cast<index_space>(n.attr.kind) == index_space::tensor;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const pool_span rows = window_span(
            at[2], from.h, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom, win.dilation_h);
        const pool_span columns = window_span(
            at[3], from.w, win.kernel_w, win.stride_w, win.pad_left, win.pad_right, win.dilation_w);
        int best = -1;
        float most = 0;
        for (int row : rows.inside)
            for (int column : columns.inside) {
                const float value = in[0].values[flat(from, at[0], at[1], row, column)];
                if (best >= 0 && !(value > most) && !std::isnan(value)) continue;
                most = value;
                best = row * from.w + column;
            }
        const int first = whole ? (at[0] * from.c + at[1]) * from.h * from.w : 0;
        out.indices[index] = best < 0 ? -1 : first + best;
    });
}

}  // namespace lamina::reference_op
