// SPDX-License-Identifier: Apache-2.0
// op::batch_norm on the CPU, as a formula and not folded into anything.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <cmath>

namespace lamina::reference_op {

/// (x - mean[c]) / sqrt(variance[c] + eps) * weight[c] + bias[c]; c is axis 1, eps scalars[0].
inline void batch_norm(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const auto channel = static_cast<std::size_t>(at[1]);
        const double mean = in.weights[mean_slot][channel];
        const double variance = in.weights[variance_slot][channel];
        double value = (in[0].values[index] - mean)
            / std::sqrt(variance + static_cast<double>(n.attr.scalars[0]));
        if (!in.weights[weight_slot].empty()) value *= in.weights[weight_slot][channel];
        if (!in.weights[bias_slot].empty()) value += in.weights[bias_slot][channel];
        out.values[index] = static_cast<float>(value);
    });
}

}  // namespace lamina::reference_op
