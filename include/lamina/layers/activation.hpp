// SPDX-License-Identifier: Apache-2.0
// Activations: functions of one value, all op::pointwise, which any kernel's epilogue can take.
// Shapes   any; same shape out. Errors   LAM-08, LAM-16. Fuses with   whatever precedes them.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// A function of one value as a layer, defined by the function's row: its name, the number of scalars and
/// their defaults. Errors   LAM-08 a scalar that the function does not accept.
template <function F> struct activation {
    static constexpr const function_traits& traits = row_of(F).traits;
    subject who;
    float a = traits.defaults[0], b = traits.defaults[1];

    constexpr activation(std::source_location where = std::source_location::current())
        : who{row_of(F).name(), {}, where} {}
    constexpr activation(float first, std::source_location where = std::source_location::current())
        requires(traits.scalars == 1)
        : who{row_of(F).name(), {}, where}, a(first) {}
    constexpr activation(
        float first, float second, std::source_location where = std::source_location::current())
        requires(traits.scalars == 2)
        : who{row_of(F).name(), {}, where}, a(first), b(second) {}
};
template <function F> constexpr tensor operator|(const tensor& x, const activation<F>& layer) {
    constexpr scalar_rule rule = row_of(F).traits.rule;
    float a = layer.a;
    if ((rule == scalar_rule::not_zero && a == 0) || (rule == scalar_rule::not_negative && a < 0)) {
        network_of(x).report(problem_id::option_range, layer.who, "its argument is ",
            a == 0 ? "0; use another number" : "negative; write 0 or more");
        a = 1;
    }
    return apply_function(x, layer.who, F, a, layer.b);
}

/// max(x, 0). Source   torch.nn.ReLU.
struct relu {
    subject who;
    constexpr relu(std::source_location where = std::source_location::current())
        : who{"relu", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const relu& layer) {
    return apply_function(x, layer.who, function::relu);
}

/// min(max(x, 0), 6). Source   torch.nn.ReLU6.
struct relu6 {
    subject who;
    constexpr relu6(std::source_location where = std::source_location::current())
        : who{"relu6", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const relu6& layer) {
    return apply_function(x, layer.who, function::clamp, 0, 6);
}

/// x for x > 0, else slope x. Source   torch.nn.LeakyReLU (slope 0.01).
struct leaky_relu {
    subject who;
    float slope;
    constexpr leaky_relu(
        float s = 0.01f, std::source_location where = std::source_location::current())
        : who{"leaky_relu", {}, where}, slope(s) {}
};
constexpr tensor operator|(const tensor& x, const leaky_relu& layer) {
    return apply_function(x, layer.who, function::leaky_relu, layer.slope);
}

/// x for x > 0, else alpha (exp(x) - 1). Source   torch.nn.ELU (alpha 1).
struct elu {
    subject who;
    float alpha;
    constexpr elu(float a = 1.f, std::source_location where = std::source_location::current())
        : who{"elu", {}, where}, alpha(a) {}
};
constexpr tensor operator|(const tensor& x, const elu& layer) {
    return apply_function(x, layer.who, function::elu, layer.alpha);
}

/// 1 / (1 + exp(-x)). Source   torch.nn.Sigmoid.
struct sigmoid {
    subject who;
    constexpr sigmoid(std::source_location where = std::source_location::current())
        : who{"sigmoid", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const sigmoid& layer) {
    return apply_function(x, layer.who, function::sigmoid);
}

/// min(max(alpha x + beta, 0), 1): PyTorch's slope of 1/6 without arguments, `hard_sigmoid{0.2f, 0.5f}` as in
/// Keras 2 and ONNX. Errors   LAM-08 an argument is not finite.
/// Source   torch.nn.Hardsigmoid (alpha 1/6, beta 0.5); ONNX HardSigmoid (alpha 0.2, beta 0.5).
struct hard_sigmoid {
    subject who;
    float alpha = row_of(function::hard_sigmoid).traits.defaults[0];
    float beta = row_of(function::hard_sigmoid).traits.defaults[1];
    constexpr hard_sigmoid(std::source_location where = std::source_location::current())
        : who{"hard_sigmoid", {}, where} {}
    constexpr hard_sigmoid(
        float a, float b, std::source_location where = std::source_location::current())
        : who{"hard_sigmoid", {}, where}, alpha(a), beta(b) {}
};
constexpr tensor operator|(const tensor& x, const hard_sigmoid& layer) {
    return apply_function(x, layer.who, function::hard_sigmoid, layer.alpha, layer.beta);
}

/// Hyperbolic tangent. Source   torch.nn.Tanh. In files that include <cmath>: lamina::tanh{}.
struct tanh {
    subject who;
    constexpr tanh(std::source_location where = std::source_location::current())
        : who{"tanh", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const tanh& layer) {
    return apply_function(x, layer.who, function::tanh);
}

/// x sigmoid(x), also called swish. Source   torch.nn.SiLU.
struct silu {
    subject who;
    constexpr silu(std::source_location where = std::source_location::current())
        : who{"silu", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const silu& layer) {
    return apply_function(x, layer.who, function::silu);
}

/// x min(max(x + 3, 0), 6) / 6. Source   torch.nn.Hardswish.
struct hard_swish {
    subject who;
    constexpr hard_swish(std::source_location where = std::source_location::current())
        : who{"hard_swish", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const hard_swish& layer) {
    return apply_function(x, layer.who, function::hard_swish);
}

/// x tanh(softplus(x)). Source   torch.nn.Mish.
struct mish {
    subject who;
    constexpr mish(std::source_location where = std::source_location::current())
        : who{"mish", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const mish& layer) {
    return apply_function(x, layer.who, function::mish);
}

/// x (1 + erf(x / sqrt 2)) / 2. Source   torch.nn.GELU().
struct gelu_erf {
    subject who;
    constexpr gelu_erf(std::source_location where = std::source_location::current())
        : who{"gelu_erf", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const gelu_erf& layer) {
    return apply_function(x, layer.who, function::gelu_erf);
}

/// GELU's approximation by tanh. Source   torch.nn.GELU(approximate='tanh').
struct gelu_tanh {
    subject who;
    constexpr gelu_tanh(std::source_location where = std::source_location::current())
        : who{"gelu_tanh", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const gelu_tanh& layer) {
    return apply_function(x, layer.who, function::gelu_tanh);
}

/// log(1 + exp(beta x)) / beta, and x itself where beta x > threshold.
/// Errors   LAM-08 beta is not above 0. Source   torch.nn.Softplus (beta 1, threshold 20).
struct softplus {
    subject who;
    float beta, threshold;
    constexpr softplus(
        float b = 1.f, float t = 20.f, std::source_location where = std::source_location::current())
        : who{"softplus", {}, where}, beta(b), threshold(t) {}
};
constexpr tensor operator|(const tensor& x, const softplus& layer) {
    float beta = layer.beta;
    if (!(beta > 0)) {
        network_of(x).report(problem_id::option_range, layer.who,
            "beta is 0 or less; it must be above 0 (PyTorch uses 1)");
        beta = 1;
    }
    return apply_function(x, layer.who, function::softplus, beta, layer.threshold);
}

struct clamp_options {
    float low = -__builtin_huge_valf();
    float high = __builtin_huge_valf();
};

/// min(max(x, low), high): `clamp{-1, 1}`, or with one bound `clamp{{.low = 0}}`. Where low is above
/// high, high everywhere. Bounds may be infinite; a NaN of x stays one.
/// Errors   LAM-08 a bound is NaN. Source   torch.clamp; ONNX Clip.
struct clamp {
    subject who;
    float low, high;
    constexpr clamp(float l, float h, std::source_location where = std::source_location::current())
        : who{"clamp", {}, where}, low(l), high(h) {}
    constexpr clamp(clamp_options o, std::source_location where = std::source_location::current())
        : who{"clamp", {}, where}, low(o.low), high(o.high) {}
};
constexpr tensor operator|(const tensor& x, const clamp& layer) {
    network& net = network_of(x);
    needs_values(net, layer.who, x);
    float low = layer.low, high = layer.high;
    if (low != low || high != high) {
        net.report(problem_id::option_range, layer.who, low != low ? "the lower" : "the upper",
            " bound is NaN; write a number, or leave it out for no bound");
        low = high = 0;
    }
    return make_function(x, layer.who, function::clamp, low, high);
}

/// min(max(x, low), high), -1 and 1 unless given: `hard_tanh{-2, 2}`. As clamp, for bounds in order.
/// Errors   LAM-08 low is not below high. Source   torch.nn.Hardtanh (min_val -1, max_val 1).
struct hard_tanh {
    subject who;
    float low, high;
    constexpr hard_tanh(
        float l = -1.f, float h = 1.f, std::source_location where = std::source_location::current())
        : who{"hard_tanh", {}, where}, low(l), high(h) {}
};
constexpr tensor operator|(const tensor& x, const hard_tanh& layer) {
    if (layer.low < layer.high)
        return apply_function(x, layer.who, function::clamp, layer.low, layer.high);
    network_of(x).report(problem_id::option_range, layer.who,
        "its lower bound is not below the upper one; write the lower one first");
    return x;
}

// Functions of mathematics; see layers/unary.hpp for their names beside those of <cmath>.

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
