// SPDX-License-Identifier: Apache-2.0
// op::argmax on the CPU: where the greatest value of each line lies.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <cmath>

namespace lamina::reference_op {

/// The first index of the greatest value along the axis; the first NaN is greater than all.
inline void argmax(const node& n, const operands& in, reference_tensor& out) {
    const along_axis lines = along(in[0].dims, n.attr.axis);
    for (std::size_t o = 0; o < lines.outer; ++o)
        for (std::size_t k = 0; k < lines.inner; ++k) {
            std::size_t best = 0;
            for (std::size_t i = 1; i < lines.extent; ++i) {
                const float most = in[0].values[lines.at(o, best, k)];
                const float x = in[0].values[lines.at(o, i, k)];
                if (!std::isnan(most) && (x > most || std::isnan(x))) best = i;
            }
            out.indices[o * lines.inner + k] = static_cast<std::int32_t>(best);
        }
}

}  // namespace lamina::reference_op
