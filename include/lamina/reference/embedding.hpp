// SPDX-License-Identifier: Apache-2.0
// op::embedding on the CPU: rows of a table, picked by indices.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <algorithm>

namespace lamina::reference_op {

/// out[..., :] = weight[in[...], :]; zeros for an index outside of the table.
inline void embedding(const node&, const operands& in, reference_tensor& out) {
    const int rows = in.weight_dims[weight_slot][0];
    const auto width = static_cast<std::size_t>(in.weight_dims[weight_slot][1]);
    for (std::size_t i = 0; i < in[0].indices.size(); ++i) {
        const std::int32_t row = in[0].indices[i];
        if (row < 0 || row >= rows) continue;
        const auto picked
            = in.weights[weight_slot].subspan(static_cast<std::size_t>(row) * width, width);
        std::copy(picked.begin(), picked.end(),
            out.values.begin() + static_cast<std::ptrdiff_t>(i * width));
    }
}

}  // namespace lamina::reference_op
