// SPDX-License-Identifier: Apache-2.0
// op::pad on the CPU: a border of a constant, of mirrored or of repeated values.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <algorithm>

namespace lamina::reference_op {

/// starts[axis] elements go before; the number after follows from the extents. Reflect mirrors at
/// the edge element, which is not repeated; the constant is scalars[0].
inline void pad(const node& n, const operands& in, reference_tensor& out) {
    const auto kind = static_cast<pad_kind>(n.attr.kind);
    const shape& from = in[0].dims;
    for_each_place(n.dims, [&](place at, std::size_t index) {
        bool is_inside = true;
        for (int axis = 0; axis < n.dims.rank; ++axis) {
            int& i = at[static_cast<std::size_t>(axis)];
            const int last = from[axis] - 1;
            i -= n.attr.starts[axis];
            if (kind == pad_kind::constant)
                is_inside = is_inside && i >= 0 && i <= last;
            else if (kind == pad_kind::reflect)
                i = i < 0 ? -i : i > last ? 2 * last - i : i;
            else
                i = std::clamp(i, 0, last);
        }
        if (is_inside)
            copy_element(in[0], flat(from, at), out, index);
        else
            out.values[index] = n.attr.scalars[0];
    });
}

}  // namespace lamina::reference_op
