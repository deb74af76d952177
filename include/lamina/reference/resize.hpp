// SPDX-License-Identifier: Apache-2.0
// op::resize on the CPU: images of another height and width.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>

namespace lamina::reference_op {

/// Where row (or column) `out` of `outs` lies among `ins` rows.
inline double source_of(coordinate_mode mode, int out, int ins, int outs) {
    const double scale = static_cast<double>(ins) / outs;
    if (mode == coordinate_mode::half_pixel) return (out + 0.5) * scale - 0.5;
    if (mode == coordinate_mode::asymmetric) return out * scale;
    return outs > 1 ? out * (static_cast<double>(ins) - 1) / (outs - 1) : 0;
}

/// The one row that `nearest` picks. Asymmetric is PyTorch's 'nearest' and half_pixel its
/// 'nearest-exact', both in floats as there: 41 * (2.f / 82) is below 1. Align_corners has no
/// PyTorch twin; it rounds, halves downwards, as ONNX does.
inline int nearest_row(coordinate_mode mode, int out, int ins, int outs) {
    const float scale = static_cast<float>(ins) / static_cast<float>(outs);
    const auto at = static_cast<float>(out);
    int row = 0;
    if (mode == coordinate_mode::asymmetric)
        row = static_cast<int>(std::floor(at * scale));
    else if (mode == coordinate_mode::half_pixel)
        row = static_cast<int>(std::floor((at + 0.5f) * scale));
    else
        row = static_cast<int>(std::ceil(source_of(mode, out, ins, outs) - 0.5));
    return std::clamp(row, 0, ins - 1);
}

/// The two rows that `bilinear` mixes, and the second one's share.
struct row_mix {
    int first, second;
    double share;
};
inline row_mix mix_rows(coordinate_mode mode, int out, int ins, int outs) {
    const double at = std::max(0.0, source_of(mode, out, ins, outs));
    const int first = std::min(static_cast<int>(at), ins - 1);
    return {first, std::min(first + 1, ins - 1), at - first};
}

inline void resize(const node& n, const operands& in, reference_tensor& out) {
    const shape& from = in[0].dims;
    const coordinate_mode mode = n.attr.coordinates;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const auto value = [&](int row, int column) -> double {
            return in[0].values[flat(from, at[0], at[1], row, column)];
        };
        if (static_cast<resize_kind>(n.attr.kind) == resize_kind::nearest) {
            const int row = nearest_row(mode, at[2], from.h, n.dims.h);
            out.values[index]
                = static_cast<float>(value(row, nearest_row(mode, at[3], from.w, n.dims.w)));
            return;
        }
        const row_mix y = mix_rows(mode, at[2], from.h, n.dims.h);
        const row_mix x = mix_rows(mode, at[3], from.w, n.dims.w);
        const double top = value(y.first, x.first) * (1 - x.share) + value(y.first, x.second) * x.share;
        const double bottom
            = value(y.second, x.first) * (1 - x.share) + value(y.second, x.second) * x.share;
        out.values[index] = static_cast<float>(top * (1 - y.share) + bottom * y.share);
    });
}

} // namespace lamina::reference_op
