// SPDX-License-Identifier: Apache-2.0
// Comparisons: eq, ne, lt, le, gt, ge of tensors (broadcast) or of a tensor and a number, and isnan, isinf,
// isfinite. The output is boolean. Whole numbers are compared as such, exactly.
// Shapes   NumPy's rule: aligned at the end, extents of 1 stretch. Errors   LAM-04, LAM-08, LAM-16,
// LAM-17. Fuses with   pointwise ops around it. Source   torch.eq, ne, lt, le, gt, ge, isnan, isinf,
// isfinite: a NaN is not equal to anything. Differs: both tensors have one element type; PyTorch converts.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// A tensor of any type compared with a number. Errors   LAM-08 the number is not finite, or the tensor is
/// of whole numbers and it is not one that its type holds.
constexpr tensor apply_comparison(
    const tensor& x, const subject& who, function kind, float number) {
    network& net = network_of(x);
    if (!needs_finite(net, who, "the number", number)) number = 0;
    const double low = x.type == dtype::i32 ? -2147483648.0 : x.type == dtype::i8 ? -128 : 0;
    const double high = x.type == dtype::i32 ? 2147483647.0
        : x.type == dtype::i8                ? 127
        : x.type == dtype::u8                ? 255
                                             : 1;
    const double value = number;
    if (is_integer(x.type)
        && (value < low || value > high
            || value != static_cast<double>(static_cast<int>(number)))) {
        net.report(problem_id::option_range, who, "compares ", to_text(x.type),
            " with a number that this type does not hold; use one that it holds, or cast the tensor");
        number = 0;
    }
    return apply_truth(x, who, kind, number);
}

/// A question about a float. Errors   LAM-16 the tensor holds no f32 values.
constexpr tensor apply_float_test(const tensor& x, const subject& who, function kind) {
    needs_values(network_of(x), who, x);
    return apply_truth(x, who, kind);
}

/// a == b.
constexpr tensor eq(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"eq", {}, where}, function::eq);
}
constexpr tensor eq(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_comparison(x, {"eq", {}, where}, function::eq_scalar, number);
}

/// a != b.
constexpr tensor ne(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"ne", {}, where}, function::ne);
}
constexpr tensor ne(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_comparison(x, {"ne", {}, where}, function::ne_scalar, number);
}

/// a < b.
constexpr tensor lt(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"lt", {}, where}, function::lt);
}
constexpr tensor lt(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_comparison(x, {"lt", {}, where}, function::lt_scalar, number);
}

/// a <= b.
constexpr tensor le(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"le", {}, where}, function::le);
}
constexpr tensor le(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_comparison(x, {"le", {}, where}, function::le_scalar, number);
}

/// a > b.
constexpr tensor gt(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"gt", {}, where}, function::gt);
}
constexpr tensor gt(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_comparison(x, {"gt", {}, where}, function::gt_scalar, number);
}

/// a >= b.
constexpr tensor ge(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_truth(a, b, {"ge", {}, where}, function::ge);
}
constexpr tensor ge(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_comparison(x, {"ge", {}, where}, function::ge_scalar, number);
}

/// True where x is NaN. Errors   LAM-16 it holds no f32 values.
constexpr tensor isnan(
    const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_float_test(x, {"isnan", {}, where}, function::isnan);
}

/// True where x is infinite, of either sign. Errors   LAM-16 it holds no f32 values.
constexpr tensor isinf(
    const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_float_test(x, {"isinf", {}, where}, function::isinf);
}

/// True where x is a number: neither NaN nor infinite. Errors   LAM-16 it holds no f32 values.
constexpr tensor isfinite(
    const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_float_test(x, {"isfinite", {}, where}, function::isfinite);
}

}  // namespace lamina
