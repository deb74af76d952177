// SPDX-License-Identifier: Apache-2.0
// Functions of two values: add, sub, mul, div, min, max, pow of tensors (broadcast) or of a tensor
// and a number, and the operators + - * / for four of them.
// Shapes   NumPy's rule: aligned at the end, extents of 1 stretch. Errors   LAM-04, LAM-08, LAM-16,
// LAM-17. Fuses with   the kernel that makes either operand. Source   torch.add, sub, mul, div,
// minimum, maximum, pow. Differs: x / number multiplies by its reciprocal (at most 1 ulp apart).
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// The reciprocal of a divisor. Errors   LAM-08 it is 0.
constexpr float inverse_of(network& net, const subject& who, float number) {
    if (needs_finite(net, who, "the divisor", number) && number != 0) return 1 / number;
    net.report(problem_id::option_range, who, "divides by 0; use another number");
    return 1;
}

/// A function of two operands of f32, or of i32. Errors   LAM-16 another type, or two.
constexpr tensor apply_number(const tensor& a, const tensor& b, const subject& who, function kind) {
    return make_binary(a, b, who, kind, a.type, [&](network& net) {
        if (a.type != dtype::i32 || b.type != dtype::i32)
            if (needs_values(net, who, a)) needs_one_type(net, who, a, b);
    });
}
/// True for an i32 tensor and a number that has no fraction: arithmetic of ints, with this constant.
constexpr bool is_whole_operand(const tensor& x, float number) {
    return x.type == dtype::i32 && number >= -16777216.f && number <= 16777216.f
        && static_cast<float>(static_cast<int>(number)) == number;
}
constexpr tensor whole_operand(const tensor& x, float number, const subject& who) {
    return network_of(x).constant({static_cast<int>(number)}, {1}, who.where);
}

/// a + b. Of i32 as well (positions, indices), where the number has no fraction; so are - and *.
constexpr tensor add(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_number(a, b, {"add", {}, where}, function::add);
}
constexpr tensor add(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    const subject who{"add", {}, where};
    if (is_whole_operand(x, number))
        return apply_number(x, whole_operand(x, number, who), who, function::add);
    return apply_function(x, who, function::add_scalar, number);
}
constexpr tensor add(
    float number, const tensor& x, std::source_location where = std::source_location::current()) {
    const subject who{"add", {}, where};
    if (is_whole_operand(x, number))
        return apply_number(x, whole_operand(x, number, who), who, function::add);
    return apply_function(x, who, function::add_scalar, number);
}

/// a - b.
constexpr tensor sub(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_number(a, b, {"sub", {}, where}, function::sub);
}
constexpr tensor sub(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    const subject who{"sub", {}, where};
    if (is_whole_operand(x, number))
        return apply_number(x, whole_operand(x, number, who), who, function::sub);
    return apply_function(x, who, function::add_scalar, -number);
}
constexpr tensor sub(
    float number, const tensor& x, std::source_location where = std::source_location::current()) {
    const subject who{"sub", {}, where};
    if (is_whole_operand(x, number))
        return apply_number(whole_operand(x, number, who), x, who, function::sub);
    return apply_function(x, who, function::rsub_scalar, number);
}

/// a b.
constexpr tensor mul(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_number(a, b, {"mul", {}, where}, function::mul);
}
constexpr tensor mul(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    const subject who{"mul", {}, where};
    if (is_whole_operand(x, number))
        return apply_number(x, whole_operand(x, number, who), who, function::mul);
    return apply_function(x, who, function::mul_scalar, number);
}
constexpr tensor mul(
    float number, const tensor& x, std::source_location where = std::source_location::current()) {
    const subject who{"mul", {}, where};
    if (is_whole_operand(x, number))
        return apply_number(x, whole_operand(x, number, who), who, function::mul);
    return apply_function(x, who, function::mul_scalar, number);
}

/// a / b.
constexpr tensor div(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_binary(a, b, {"div", {}, where}, function::div);
}
constexpr tensor div(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    const subject who{"div", {}, where};
    return apply_function(x, who, function::mul_scalar, inverse_of(network_of(x), who, number));
}
constexpr tensor div(
    float number, const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_function(x, {"div", {}, where}, function::rdiv_scalar, number);
}

/// The smaller of a and b; NaN if either is.
constexpr tensor min(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_binary(a, b, {"min", {}, where}, function::min);
}
constexpr tensor min(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_function(x, {"min", {}, where}, function::min_scalar, number);
}
constexpr tensor min(
    float number, const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_function(x, {"min", {}, where}, function::min_scalar, number);
}

/// The larger of a and b; NaN if either is.
constexpr tensor max(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_binary(a, b, {"max", {}, where}, function::max);
}
constexpr tensor max(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_function(x, {"max", {}, where}, function::max_scalar, number);
}
constexpr tensor max(
    float number, const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_function(x, {"max", {}, where}, function::max_scalar, number);
}

/// a to the power of b.
constexpr tensor pow(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_binary(a, b, {"pow", {}, where}, function::pow);
}
constexpr tensor pow(
    const tensor& x, float number, std::source_location where = std::source_location::current()) {
    return apply_function(x, {"pow", {}, where}, function::pow_scalar, number);
}
constexpr tensor pow(
    float number, const tensor& x, std::source_location where = std::source_location::current()) {
    return apply_function(x, {"pow", {}, where}, function::rpow_scalar, number);
}

/// What is left of a / b rounded towards 0: it has the sign of a. f32 or i32; of ints 0 where b is 0.
/// Source   torch.fmod, ONNX Mod with fmod = 1.
constexpr tensor fmod(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_number(a, b, {"fmod", {}, where}, function::fmod);
}
/// What is left of a / b rounded down: it has the sign of b. f32 or i32; of ints 0 where b is 0.
/// Source   torch.remainder, ONNX Mod, % in Python.
constexpr tensor remainder(const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    return apply_number(a, b, {"remainder", {}, where}, function::remainder);
}

// The operators. `a` carries the user's source line, since an operator cannot have a default argument.
constexpr tensor operator+(const located& a, const tensor& b) { return add(a.x, b, a.where); }
constexpr tensor operator+(const located& a, float number) { return add(a.x, number, a.where); }
constexpr tensor operator+(float number, const located& a) { return add(number, a.x, a.where); }
constexpr tensor operator-(const located& a, const tensor& b) { return sub(a.x, b, a.where); }
constexpr tensor operator-(const located& a, float number) { return sub(a.x, number, a.where); }
constexpr tensor operator-(float number, const located& a) { return sub(number, a.x, a.where); }
constexpr tensor operator*(const located& a, const tensor& b) { return mul(a.x, b, a.where); }
constexpr tensor operator*(const located& a, float number) { return mul(a.x, number, a.where); }
constexpr tensor operator*(float number, const located& a) { return mul(number, a.x, a.where); }
constexpr tensor operator/(const located& a, const tensor& b) { return div(a.x, b, a.where); }
constexpr tensor operator/(const located& a, float number) { return div(a.x, number, a.where); }
constexpr tensor operator/(float number, const located& a) { return div(number, a.x, a.where); }

}  // namespace lamina
