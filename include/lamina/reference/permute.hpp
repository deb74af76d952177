// SPDX-License-Identifier: Apache-2.0
// op::permute on the CPU: axes in another order.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// Output axis i is input axis order[i].
inline void permute(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        place from{};
        for (int axis = 0; axis < n.dims.rank; ++axis)
            from[static_cast<std::size_t>(n.attr.order[axis])] = at[static_cast<std::size_t>(axis)];
        copy_element(in[0], flat(in[0].dims, from), out, index);
    });
}

inline constexpr reference_row permute_row{op::permute, permute, moved<permute>};

}  // namespace lamina::reference_op
