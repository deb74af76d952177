// SPDX-License-Identifier: Apache-2.0
// op::argmax on the CPU: the index of the greatest or smallest value of each line.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <cmath>

namespace lamina::reference_op {

/// The first (or last, attr.take_last) index of the most extreme value along the axis; a NaN is more
/// extreme than all.
inline void argmax(const node& n, const operands& in, reference_tensor& out) {
    const along_axis lines = along(in[0].dims, n.attr.axis);
    const bool is_min = static_cast<extreme_kind>(n.attr.kind) == extreme_kind::smallest;
    const auto takes_over = [&](float x, float most) {
        if (std::isnan(most) || std::isnan(x))
            return std::isnan(x) && (!std::isnan(most) || n.attr.take_last);
        return (is_min ? x < most : x > most) || (x == most && n.attr.take_last);
    };
    for (std::size_t o = 0; o < lines.outer; ++o)
        for (std::size_t k = 0; k < lines.inner; ++k) {
            std::size_t best = 0;
            for (std::size_t i = 1; i < lines.extent; ++i)
                if (takes_over(in[0].values[lines.at(o, i, k)], in[0].values[lines.at(o, best, k)]))
                    best = i;
            out.indices[o * lines.inner + k] = static_cast<std::int32_t>(best);
        }
}

}  // namespace lamina::reference_op
