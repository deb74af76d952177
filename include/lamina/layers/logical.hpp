// SPDX-License-Identifier: Apache-2.0
// Logic: logical_and, logical_or, logical_xor of tensors (broadcast), logical_not. Elements that are not 0
// count as true, a NaN too. The output is boolean.
// Shapes   NumPy's rule: aligned at the end, extents of 1 stretch. Errors   LAM-04, LAM-16, LAM-17.
// Fuses with   pointwise ops around it. Source   torch.logical_and, logical_or, logical_xor, logical_not.
// Differs: both tensors have one element type.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// True where both are.
constexpr tensor logical_and(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"logical_and", {}, where}, function::logical_and);
}

/// True where one is, or both are.
constexpr tensor logical_or(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"logical_or", {}, where}, function::logical_or);
}

/// True where exactly one is.
constexpr tensor logical_xor(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"logical_xor", {}, where}, function::logical_xor);
}

/// True where x is 0.
constexpr tensor logical_not(
    const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_truth(x, {"logical_not", {}, where}, function::logical_not);
}

}  // namespace lamina
