// SPDX-License-Identifier: Apache-2.0
// op::binary on the CPU: every function of two values, with broadcasting.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// The function `kind` of a and b. min and max return NaN if either is NaN, as torch.minimum does.
inline double apply_to_two(function kind, double a, double b, float number = 0) {
    return row_of(kind).value(a, b, static_cast<double>(number));
}

inline void binary(const node& n, const operands& in, reference_tensor& out) {
    const auto kind = static_cast<function>(n.attr.kind);
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        const double a = in[0].at(flat_broadcast(in[0].dims, n.dims, at));
        const double b = in[1].at(flat_broadcast(in[1].dims, n.dims, at));
        out.set(index, apply_to_two(kind, a, b, n.attr.scalars[0]));
    });
}

}  // namespace lamina::reference_op
