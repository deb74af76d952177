// SPDX-License-Identifier: Apache-2.0
// op::reshape on the CPU: the same elements in row-major order under another shape.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

inline void reshape(const node&, const operands& in, reference_tensor& out) {
    out.values = in[0].values;
    out.indices = in[0].indices;
}

inline constexpr reference_row reshape_row{op::reshape, reshape, moved<reshape>};

}  // namespace lamina::reference_op
