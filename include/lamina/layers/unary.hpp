// SPDX-License-Identifier: Apache-2.0
// Mathematical functions of one value, as op::pointwise: exp, log, sqrt, abs, neg, those of
// angles, rounding and the like.
// With define.hpp alone the plain names work. Where <cmath> or <cstdlib> meets `using namespace
// lamina` they mean two things: write lamina::exp{}, or `using lamina::exp;` inside define.
#pragma once
#include <lamina/layers/activation.hpp>

namespace lamina {

/// e^x. Shapes   any. Source   torch.exp.
struct exp {
    subject who;
    constexpr exp(std::source_location where = std::source_location::current())
        : who{"exp", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const exp& layer) {
    return apply_function(x, layer.who, function::exp);
}

/// Natural logarithm. Shapes   any. Source   torch.log.
struct log {
    subject who;
    constexpr log(std::source_location where = std::source_location::current())
        : who{"log", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const log& layer) {
    return apply_function(x, layer.who, function::log);
}

/// Square root. Shapes   any. Source   torch.sqrt.
struct sqrt {
    subject who;
    constexpr sqrt(std::source_location where = std::source_location::current())
        : who{"sqrt", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const sqrt& layer) {
    return apply_function(x, layer.who, function::sqrt);
}

/// |x|. Shapes   any. Source   torch.abs.
struct abs {
    subject who;
    constexpr abs(std::source_location where = std::source_location::current())
        : who{"abs", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const abs& layer) {
    return apply_function(x, layer.who, function::abs);
}

/// -x. Shapes   any. Source   torch.neg.
struct neg {
    subject who;
    constexpr neg(std::source_location where = std::source_location::current())
        : who{"neg", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const neg& layer) {
    return apply_function(x, layer.who, function::neg);
}

/// -x, as neg{}. `from` carries the user's line.
constexpr tensor operator-(const located& from) {
    return apply_function(from.x, {"neg", {}, from.where}, function::neg);
}

/// Sine of an angle in radians. Source   torch.sin.
using sin = activation<function::sin>;

/// Cosine of an angle in radians. Source   torch.cos.
using cos = activation<function::cos>;

/// Tangent of an angle in radians. Source   torch.tan.
using tan = activation<function::tan>;

/// Angle whose sine is x; NaN outside of -1 to 1. Source   torch.asin.
using asin = activation<function::asin>;

/// Angle whose cosine is x; NaN outside of -1 to 1. Source   torch.acos.
using acos = activation<function::acos>;

/// Angle whose tangent is x. Source   torch.atan.
using atan = activation<function::atan>;

/// Hyperbolic sine. Source   torch.sinh.
using sinh = activation<function::sinh>;

/// Hyperbolic cosine. Source   torch.cosh.
using cosh = activation<function::cosh>;

/// Inverse of the hyperbolic sine. Source   torch.asinh.
using asinh = activation<function::asinh>;

/// Inverse of the hyperbolic cosine; NaN below 1. Source   torch.acosh.
using acosh = activation<function::acosh>;

/// Inverse of the hyperbolic tangent; NaN outside of -1 to 1. Source   torch.atanh.
using atanh = activation<function::atanh>;

/// The error function. Source   torch.erf.
using erf = activation<function::erf>;

/// The largest whole number that is not above x. Source   torch.floor.
using floor = activation<function::floor>;

/// The smallest whole number that is not below x. Source   torch.ceil.
using ceil = activation<function::ceil>;

/// The nearest whole number, the even one of two. Source   torch.round.
using round = activation<function::round>;

/// x without its fraction. Source   torch.trunc.
using trunc = activation<function::trunc>;

/// 1 above 0, -1 below, else 0, of a NaN too. Source   torch.sign.
using sign = activation<function::sign>;

/// x x. Source   torch.square.
using square = activation<function::square>;

/// 1 / x. Source   torch.reciprocal.
using reciprocal = activation<function::reciprocal>;

/// 1 / sqrt(x). Source   torch.rsqrt.
using rsqrt = activation<function::rsqrt>;

}  // namespace lamina
