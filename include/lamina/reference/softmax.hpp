// SPDX-License-Identifier: Apache-2.0
// op::softmax on the CPU, and its logarithm.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lamina::reference_op {

/// exp(x - max) / sum of exp(x - max) along the axis; with the flag log its logarithm.
inline void softmax(const node& n, const operands& in, reference_tensor& out) {
    const along_axis lines = along(n.dims, n.attr.axis);
    for (std::size_t o = 0; o < lines.outer; ++o)
        for (std::size_t k = 0; k < lines.inner; ++k) {
            double most = -std::numeric_limits<double>::infinity(), sum = 0;
            for (std::size_t i = 0; i < lines.extent; ++i)
                most = std::max(most, static_cast<double>(in[0].values[lines.at(o, i, k)]));
            for (std::size_t i = 0; i < lines.extent; ++i)
                sum += std::exp(in[0].values[lines.at(o, i, k)] - most);
            for (std::size_t i = 0; i < lines.extent; ++i) {
                const double x = in[0].values[lines.at(o, i, k)] - most;
                out.values[lines.at(o, i, k)]
                    = static_cast<float>(n.attr.log ? x - std::log(sum) : std::exp(x) / sum);
            }
        }
}

}  // namespace lamina::reference_op
