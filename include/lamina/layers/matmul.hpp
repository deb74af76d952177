// SPDX-License-Identifier: Apache-2.0
// Matrix product of two tensors, batched over leading axes.
#pragma once
#include <lamina/graph/matmul_rule.hpp>

namespace lamina {

struct matmul_options {
    bool transpose_a = false, transpose_b = false;  ///< swap the last two axes first
};

/// a b over the last two axes: `matmul(q, k, {.transpose_b = true})`.
///
/// Shapes   ...xMxK, ...xKxN -> ...xMxN; leading axes broadcast. Zeros where K is 0. A vector K on the left
///          gives ...xN, on the right ...xM; two vectors give a scalar.
/// Errors   LAM-01 a scalar; LAM-04 the shapes do not multiply; LAM-08 a vector is transposed; LAM-16
///          indices; LAM-17 a tensor of another network.
/// Fuses with   pointwise ops and residuals after it.
/// Source   torch.matmul.
constexpr tensor matmul(const tensor& a, const tensor& b, matmul_options o = {},
    std::source_location where = std::source_location::current()) {
    const subject who{"matmul", {}, where};
    if (!needs_owned(network_of(a), who, b, 2)) return a;
    return apply_matmul(a, b, who, o.transpose_a, o.transpose_b);
}

}  // namespace lamina
