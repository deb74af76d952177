// SPDX-License-Identifier: Apache-2.0
// op::prelu on the CPU: a learned slope for negative values.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// x for x > 0, else weight[c] * x; c is axis 1, or 0 where there is one weight for all.
inline void prelu(const node& n, const operands& in, reference_tensor& out) {
    const bool is_shared = in.weights[weight_slot].size() == 1;
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const double slope
            = in.weights[weight_slot][is_shared ? 0 : static_cast<std::size_t>(at[1])];
        const double x = in[0].values[index];
        out.values[index] = static_cast<float>(x > 0 ? x : slope * x);
    });
}

}  // namespace lamina::reference_op
