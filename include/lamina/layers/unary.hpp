// SPDX-License-Identifier: Apache-2.0
// Mathematical functions of one value, as op::pointwise: exp, log, sqrt, abs, neg.
// With define.hpp alone the plain names work. Where <cmath> or <cstdlib> meets `using namespace
// lamina` they mean two things: write lamina::exp{}, or `using lamina::exp;` inside define.
#pragma once
#include <lamina/graph/apply.hpp>

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

}  // namespace lamina
