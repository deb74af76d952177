// SPDX-License-Identifier: Apache-2.0
// op::flip and op::wrap on the CPU: axes in reverse order, turned and repeated ones.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

inline void flip(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](place at, std::size_t index) {
        for (int axis = 0; axis < n.dims.rank; ++axis)
            if (n.attr.mask >> axis & 1u) {
                int& i = at[static_cast<std::size_t>(axis)];
                i = n.dims[axis] - 1 - i;
            }
        copy_element(in[0], flat(n.dims, at), out, index);
    });
}

inline void wrap(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](place at, std::size_t index) {
        for (int axis = 0; axis < n.dims.rank; ++axis) {
            int& i = at[static_cast<std::size_t>(axis)];
            i = (i + n.attr.starts[axis]) % in[0].dims[axis];
        }
        copy_element(in[0], flat(in[0].dims, at), out, index);
    });
}

inline constexpr reference_row flip_row{op::flip, flip, moved<flip>};
inline constexpr reference_row wrap_row{op::wrap, wrap, moved<wrap>};

}  // namespace lamina::reference_op
