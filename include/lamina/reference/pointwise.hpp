// SPDX-License-Identifier: Apache-2.0
// op::pointwise on the CPU: every function of one value.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <cmath>
#include <numbers>

namespace lamina::reference_op {

/// The function `kind` of x; a and b are the node's scalars. NaN goes through all of them.
inline double apply(function kind, double x, double a, double b) {
    const auto clamp = [](double v, double low, double high) {
        return v < low ? low : v > high ? high : v;
    };
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    switch (kind) {
    case function::relu:
        return x < 0 ? 0 : x;
    case function::leaky_relu:
        return x > 0 ? x : a * x;
    case function::elu:
        return x > 0 ? x : a * std::expm1(x);
    case function::sigmoid:
        return sigmoid(x);
    case function::hard_sigmoid:
        return clamp(x + 3, 0, 6) / 6;
    case function::tanh:
        return std::tanh(x);
    case function::silu:
        return x * sigmoid(x);
    case function::hard_swish:
        return x * clamp(x + 3, 0, 6) / 6;
    case function::mish:
        return x * std::tanh(x > 20 ? x : std::log1p(std::exp(x)));
    case function::gelu_erf:
        return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    case function::gelu_tanh:
        return 0.5 * x
            * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case function::softplus:
        return x * a > b ? x : (std::fmax(x * a, 0) + std::log1p(std::exp(-std::fabs(x * a)))) / a;
    case function::clamp: {
        const double raised = x < a ? a : x;
        return raised > b ? b : raised;
    }
    case function::exp:
        return std::exp(x);
    case function::log:
        return std::log(x);
    case function::sqrt:
        return std::sqrt(x);
    case function::abs:
        return std::fabs(x);
    case function::neg:
        return -x;
    case function::add_scalar:
        return x + a;
    case function::mul_scalar:
        return x * a;
    case function::rsub_scalar:
        return a - x;
    case function::rdiv_scalar:
        return a / x;
    case function::pow_scalar:
        return std::pow(x, a);
    case function::min_scalar:
        return x > a || std::isnan(a) ? a : x;
    case function::max_scalar:
        return x < a || std::isnan(a) ? a : x;
    case function::rpow_scalar:
        return std::pow(a, x);
    default:
        return std::nan("");
    }
}

inline void pointwise(const node& n, const operands& in, reference_tensor& out) {
    const auto kind = static_cast<function>(n.attr.kind);
    for (std::size_t i = 0; i < out.values.size(); ++i)
        out.values[i] = static_cast<float>(apply(kind, static_cast<double>(in[0].values[i]),
            static_cast<double>(n.attr.scalars[0]), static_cast<double>(n.attr.scalars[1])));
}

}  // namespace lamina::reference_op
