// SPDX-License-Identifier: Apache-2.0
// op::pool on the CPU: the greatest or the mean of each window or adaptive bin.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/row.hpp>
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

/// The slices of a volume, rows and columns that an element of the output reads.
struct pool_spans {
    pool_span slices, rows, columns;

    /// Calls visit(slice, row, column).
    template <class Visit> void each(Visit visit) const {
        for (int slice : slices.inside)
            for (int row : rows.inside)
                for (int column : columns.inside) visit(slice, row, column);
    }
};
inline pool_spans spans_of(const node& n, const shape& from, const place& at) {
    const auto kind = static_cast<pool_kind>(n.attr.kind);
    const window& win = n.attr.win;
    const window_extents in = extents_of(from), out = extents_of(n.dims);
    const bool is_volume = from.rank == 5;
    const int z = is_volume ? at[2] : 0, y = at[is_volume ? 3 : 2], x = at[is_volume ? 4 : 3];
    if (kind == pool_kind::adaptive_average || kind == pool_kind::adaptive_max)
        return {adaptive_span(z, in.d, out.d), adaptive_span(y, in.h, out.h),
            adaptive_span(x, in.w, out.w)};
    return {window_span(
                z, in.d, win.kernel_d, win.stride_d, win.pad_front, win.pad_back, win.dilation_d),
        window_span(
            y, in.h, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom, win.dilation_h),
        window_span(
            x, in.w, win.kernel_w, win.stride_w, win.pad_left, win.pad_right, win.dilation_w)};
}

/// The divisor of an average is scalars[0] if that is not 0, else the window's elements with
/// (count_include_pad) or without padding. A NaN in the window is the result.
inline void pool(const node& n, const operands& in, outputs out) {
    const auto kind = static_cast<pool_kind>(n.attr.kind);
    const bool is_max = kind == pool_kind::max || kind == pool_kind::adaptive_max;
    const bool is_adaptive = kind == pool_kind::adaptive_average || kind == pool_kind::adaptive_max;
    const shape& from = in[0].dims;
    const window_extents extents = extents_of(from);
    const int plane = extents.h * extents.w;
    const bool whole = n.attr.indices == index_space::tensor;

    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const pool_spans spans = spans_of(n, from, at);
        double most = -std::numeric_limits<double>::infinity(), sum = 0;
        int best = -1;
        spans.each([&](int slice, int row, int column) {
            const double value = in[0].values[flat(from, at[0], at[1], slice, row, column)];
            sum += value;
            if (best >= 0 && !(value > most) && !std::isnan(value)) return;
            most = value;  // nothing is above a NaN
            best = slice * plane + row * extents.w + column;
        });
        if (out.size() > 1)
            out[1].indices[index]
                = best < 0 || !whole ? best : best + (at[0] * from.c + at[1]) * extents.d * plane;
        double divisor = static_cast<double>(n.attr.scalars[0]);
        if (divisor == 0) {
            const int padding = !is_adaptive && n.attr.count_include_pad;
            divisor = 1;
            for (const pool_span* span : {&spans.slices, &spans.rows, &spans.columns})
                divisor *= static_cast<double>(span->inside.size()) + padding * span->padded;
        }
        out[0].values[index] = static_cast<float>(is_max ? most : sum / divisor);
    });
}

/// The values alone.
inline void pool_values(const node& n, const operands& in, reference_tensor& out) {
    pool(n, in, outputs(&out, 1));
}

}  // namespace lamina::reference_op
