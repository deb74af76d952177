// SPDX-License-Identifier: Apache-2.0
// op::slice on the CPU: every step-th element of each axis, from a start.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// out[i, j, ...] = in[starts[0] + i * steps[0], starts[1] + j * steps[1], ...].
inline void slice(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](place at, std::size_t index) {
        for (std::size_t axis = 0; axis < at.size(); ++axis)
            at[axis] = n.attr.starts[axis] + at[axis] * n.attr.steps[axis];
        copy_element(in[0], flat(in[0].dims, at), out, index);
    });
}

inline constexpr reference_row slice_row{op::slice, slice, moved<slice>};

}  // namespace lamina::reference_op
