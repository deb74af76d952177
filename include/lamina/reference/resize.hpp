// SPDX-License-Identifier: Apache-2.0
// op::resize on the CPU: images of another height and width.
// Called by reference.hpp.
#pragma once
#include <lamina/graph/resize_rule.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace lamina::reference_op {

/// One axis of a resize: extents, and the scale that the user gave (0: the ratio of the extents).
struct resized_axis {
    coordinate_mode mode;
    int in, out;
    float scale;

    /// Inputs per output.
    double step() const {
        return scale > 0 ? 1 / static_cast<double>(scale) : static_cast<double>(in) / out;
    }
    /// The coordinate of output `i` in the input.
    double source(int i) const {
        if (mode == coordinate_mode::half_pixel) return (i + 0.5) * step() - 0.5;
        if (mode == coordinate_mode::asymmetric) return i * step();
        return out > 1 ? i * (static_cast<double>(in) - 1) / (out - 1) : 0;
    }
};

/// The one input that `nearest` picks. Asymmetric is PyTorch's 'nearest' and half_pixel its
/// 'nearest-exact', both in floats as there, where 41 * (2.f / 82) is below 1.
inline int nearest_of(const resized_axis& axis, int i) {
    const float step = axis.scale > 0 ? static_cast<float>(axis.step())
                                      : static_cast<float>(axis.in) / static_cast<float>(axis.out);
    const float half = axis.mode == coordinate_mode::half_pixel ? 0.5f : 0.0f;
    const float at = std::floor((static_cast<float>(i) + half) * step);
    return std::clamp(static_cast<int>(at), 0, axis.in - 1);
}

/// The two inputs that `bilinear` mixes, and the second one's share.
struct mix {
    int first, second;
    double share;
};
inline mix mix_of(const resized_axis& axis, int i) {
    const double at = std::max(0.0, axis.source(i));
    const int first = std::min(static_cast<int>(at), axis.in - 1);
    return {first, std::min(first + 1, axis.in - 1), at - first};
}

/// Inputs along one axis with their weights, whose sum is one output of the other kinds.
struct tap {
    int input;
    double share;
};

/// The cubic filter of Keys 1981, equation 4.
inline double cubic_at(double distance, double a) {
    const double d = std::abs(distance);
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/// A coordinate on one axis: the input at or before it, and the distance from that input, in units.
struct source_place {
    std::int64_t whole, rest, unit;
    source_place(const source_line& line, int i) : unit(line.unit) {
        const std::int64_t at = i * line.step + line.first;
        whole = at / unit - (at % unit < 0);
        rest = at - whole * unit;
    }
    bool is_outside(int in) const {
        return whole < 0 || whole > in - 1 || (whole == in - 1 && rest);
    }
};

/// The input that `nearest` takes.
inline std::int64_t rounded(const source_place& at, nearest_rounding how) {
    switch (how) {
    case nearest_rounding::ceil:
        return at.whole + (at.rest > 0);
    case nearest_rounding::prefer_floor:
        return at.whole + (2 * at.rest > at.unit);
    case nearest_rounding::prefer_ceil:
        return at.whole + (2 * at.rest >= at.unit);
    case nearest_rounding::floor:
        break;
    }
    return at.whole;
}

/// The taps of output i on height (axis 0) or width (axis 1).
inline std::vector<tap> taps_at(
    const attributes& attr, int axis, int in, int out, const source_place& at) {
    const auto inside
        = [in](std::int64_t i) { return static_cast<int>(std::clamp<std::int64_t>(i, 0, in - 1)); };
    const auto kind = static_cast<resize_kind>(attr.kind);
    if (kind == resize_kind::nearest) return {{inside(rounded(at, attr.rounding)), 1}};
    const double share = static_cast<double>(at.rest) / static_cast<double>(at.unit);
    const double shrink = shrink_of(attr, axis, in, out);
    const int count = taps_of(attr, shrink_of(attr, axis, in, out));
    std::vector<tap> taps;
    double sum = 0;
    for (int k = 1 - count / 2; k <= count / 2; ++k) {
        const double distance = shrink * (k - share);
        const double weight = kind == resize_kind::bicubic ? cubic_at(distance, attr.cubic_a)
                                                           : std::max(0.0, 1 - std::abs(distance));
        const std::int64_t input = at.whole + k;
        if (attr.exclude_outside && (input < 0 || input > in - 1)) continue;
        // Inputs with weight 0 do not count, not even a NaN.
        if ((attr.antialias || attr.exclude_outside) && weight == 0) continue;
        taps.push_back({inside(input), weight});
        sum += weight;
    }
    if (attr.antialias || attr.exclude_outside)
        for (tap& t : taps) t.share /= sum;
    return taps;
}

/// All kinds for which is_plain_resize is false.
inline void resize_by_taps(const node& n, const operands& in, reference_tensor& out) {
    const attributes& attr = n.attr;
    const shape& from = in[0].dims;
    struct line {
        std::vector<tap> taps;
        bool is_outside;
    };
    const auto lines_of = [&](int axis, int extent, int count) {
        const source_line line = source_line_of(attr, axis, extent, count);
        std::vector<struct line> lines;
        for (int i = 0; i < count; ++i) {
            const source_place at(line, i);
            lines.push_back({taps_at(attr, axis, extent, count, at),
                attr.coordinates == coordinate_mode::crop_and_resize && at.is_outside(extent)});
        }
        return lines;
    };
    const auto rows = lines_of(0, from.h, n.dims.h), columns = lines_of(1, from.w, n.dims.w);
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const auto& y = rows[static_cast<std::size_t>(at[2])];
        const auto& x = columns[static_cast<std::size_t>(at[3])];
        double sum = 0;
        for (const tap& row : y.taps) {
            double along = 0;
            for (const tap& column : x.taps)
                along += column.share
                    * in[0].values[flat(from, at[0], at[1], row.input, column.input)];
            sum += row.share * along;
        }
        out.values[index]
            = y.is_outside || x.is_outside ? attr.extrapolation : static_cast<float>(sum);
    });
}

inline void resize(const node& n, const operands& in, reference_tensor& out) {
    if (!is_plain_resize(n.attr)) return resize_by_taps(n, in, out);
    const shape& from = in[0].dims;
    const resized_axis rows{n.attr.coordinates, from.h, n.dims.h, n.attr.scalars[0]};
    const resized_axis columns{n.attr.coordinates, from.w, n.dims.w, n.attr.scalars[1]};
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const auto value = [&](int row, int column) -> double {
            return in[0].values[flat(from, at[0], at[1], row, column)];
        };
        if (static_cast<resize_kind>(n.attr.kind) == resize_kind::nearest) {
            out.values[index]
                = static_cast<float>(value(nearest_of(rows, at[2]), nearest_of(columns, at[3])));
            return;
        }
        const mix y = mix_of(rows, at[2]), x = mix_of(columns, at[3]);
        const double top
            = value(y.first, x.first) * (1 - x.share) + value(y.first, x.second) * x.share;
        const double bottom
            = value(y.second, x.first) * (1 - x.share) + value(y.second, x.second) * x.share;
        out.values[index] = static_cast<float>(top * (1 - y.share) + bottom * y.share);
    });
}

}  // namespace lamina::reference_op
