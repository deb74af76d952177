// SPDX-License-Identifier: Apache-2.0
// op::pointwise on the CPU: every function of one value.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// The function `kind` of x; a and b are the node's scalars. All of them propagate NaN.
inline double apply(function kind, double x, double a, double b) {
    return row_of(kind).value(x, a, b);
}

inline void pointwise(const node& n, const operands& in, reference_tensor& out) {
    const auto kind = static_cast<function>(n.attr.kind);
    for (std::size_t i = 0; i < out.size(); ++i)
        out.set(i,
            apply(kind, in[0].at(i), static_cast<double>(n.attr.scalars[0]),
                static_cast<double>(n.attr.scalars[1])));
}

}  // namespace lamina::reference_op
