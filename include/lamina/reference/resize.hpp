// SPDX-License-Identifier: Apache-2.0
// op::resize on the CPU: images of another height and width.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>

namespace lamina::reference_op {

/// One axis of a resize: extents, and the scale that the user gave (0: the extents tell).
struct resized_axis {
    coordinate_mode mode;
    int in, out;
    float scale;

    /// Inputs per output.
    double step() const {
        return scale > 0 ? 1 / static_cast<double>(scale) : static_cast<double>(in) / out;
    }
    /// Where output `i` lies among the inputs.
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

inline void resize(const node& n, const operands& in, reference_tensor& out) {
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
