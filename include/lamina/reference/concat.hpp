// SPDX-License-Identifier: Apache-2.0
// op::concat on the CPU: tensors joined along an axis.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

inline void concat(const node& n, const operands& in, reference_tensor& out) {
    int before = 0;  // extent along the axis of the inputs that are already there
    for (const reference_tensor* part : in.inputs) {
        for_each_place(part->dims, [&](place at, std::size_t index) {
            at[static_cast<std::size_t>(n.attr.axis)] += before;
            copy_element(*part, index, out, flat(n.dims, at));
        });
        before += part->dims[n.attr.axis];
    }
}

inline constexpr reference_row concat_row{op::concat, concat, moved<concat>};

}  // namespace lamina::reference_op
