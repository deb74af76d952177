// SPDX-License-Identifier: Apache-2.0
// Functions of single elements: all that is known about one, from its OpenCL text to its exact value and
// its layer. A new activation is an enumerator, a row and a name at the end of this file.
#pragma once
#include <lamina/graph/function_row.hpp>

#include <cstddef>

namespace lamina {

/// Functions of one value (op::pointwise) and of two (op::binary). a and b are scalars[0], [1]. New
/// ones go before `end`: names, not numbers, are stored in plans.
enum class function : unsigned char {
    // one value
    relu,          ///< max(x, 0)
    leaky_relu,    ///< x > 0 ? x : a x
    elu,           ///< x > 0 ? x : a (exp(x) - 1)
    sigmoid,       ///< 1 / (1 + exp(-x))
    hard_sigmoid,  ///< min(max(a x + b, 0), 1)
    tanh,
    silu,        ///< x sigmoid(x)
    hard_swish,  ///< x min(max(x + 3, 0), 6) / 6
    mish,        ///< x tanh(log(1 + exp(x)))
    gelu_erf,    ///< x (1 + erf(x / sqrt(2))) / 2
    gelu_tanh,   ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
    softplus,    ///< a x > b ? x : log(1 + exp(a x)) / a
    clamp,  ///< min(max(x, a), b), which is b everywhere if a is above it; either may be infinite
    exp,
    log,
    sqrt,
    abs,
    neg,
    add_scalar,   ///< x + a
    mul_scalar,   ///< x a
    rsub_scalar,  ///< a - x
    rdiv_scalar,  ///< a / x
    pow_scalar,   ///< x^a
    min_scalar,   ///< min(x, a)
    max_scalar,   ///< max(x, a)
    rpow_scalar,  ///< a^x
    softsign,     ///< x / (1 + |x|)
    selu,         ///< 1.0507... (x > 0 ? x : 1.6733... (exp(x) - 1))
    celu,         ///< x > 0 ? x : a (exp(x / a) - 1)
    hard_shrink,  ///< |x| > a ? x : 0
    soft_shrink,  ///< x > a ? x - a : x < -a ? x + a : 0
    tanh_shrink,  ///< x - tanh(x)
    log_sigmoid,  ///< log(1 / (1 + exp(-x)))
    threshold,    ///< x > a ? x : b
    quick_gelu,   ///< x / (1 + exp(-1.702 x))
    sin,
    cos,
    tan,
    asin,
    acos,
    atan,
    sinh,
    cosh,
    asinh,
    acosh,
    atanh,
    erf,
    floor,
    ceil,
    round,  ///< to the nearest whole number, a half to the even one
    trunc,
    sign,  ///< 1, 0, -1; 0 of a NaN
    square,
    reciprocal,
    rsqrt,
    // one value, of any type where the row says so; truth values are 1 and 0
    eq_scalar,  ///< x == a
    ne_scalar,
    lt_scalar,
    le_scalar,
    gt_scalar,
    ge_scalar,
    logical_not,  ///< x == 0
    isnan,
    isinf,
    isfinite,
    to_f32,    ///< x
    to_i32,    ///< x without its fraction, clamped to what an int holds, 0 of a NaN
    to_i8,     ///< the same, its lowest byte, signed
    to_u8,     ///< the same, its lowest byte
    to_truth,  ///< x != 0
    // two values
    add,
    sub,
    mul,
    div,
    min,
    max,
    pow,
    eq,
    ne,
    lt,
    le,
    gt,
    ge,
    logical_and,  ///< of values that are not 0
    logical_or,
    logical_xor,
    fmod,         ///< v - trunc(v / e) e, the sign of v; of ints 0 where e is 0
    remainder,    ///< v - floor(v / e) e, the sign of e; of ints 0 where e is 0
    masked_fill,  ///< a where the second value is not 0, else the first
    // three values
    where,  ///< the second value where the first is not 0, else the third
    end,    ///< not a function: their number
};

/// One row per function, in the order of the enumeration. Compiler builtins replace <cmath>, whose names
/// would collide with the layers'.
inline constexpr function_row function_table[] = {
    {function::relu, "f_relu", "#define f_relu(v) at_least((v), (VEC)(0.0f))\n",
        [](double x, double, double) { return x < 0 ? 0.0 : x; }, {.units = 0, .keeps_zero = true}},
    {function::leaky_relu, "f_leaky_relu",
        "#define f_leaky_relu(v, a) (f_relu(v) + (a) * at_most((v), (VEC)(0.0f)))\n",
        [](double x, double a, double) { return x > 0 ? x : a * x; },
        {.scalars = 1, .defaults = {0.01f}, .keeps_zero = true}},
    {function::elu, "f_elu",
        "#define f_elu(v, a) (f_relu(v) + (a) * expm1(at_most((v), (VEC)(0.0f))))\n",
        [](double x, double a, double) { return x > 0 ? x : a * __builtin_expm1(x); },
        {.scalars = 1, .defaults = {1}, .inner = inner_size::one, .keeps_zero = true}},
    {function::sigmoid, "f_sigmoid", "#define f_sigmoid(v) (1.0f / (1.0f + EXP(-(v))))\n",
        [](double x, double, double) { return detail::sigmoid(x); }},
    {function::hard_sigmoid, "f_hard_sigmoid",
        "#define f_hard_sigmoid(v, a, b) f_clamp((v) * (a) + (b), 0.0f, 1.0f)\n",
        [](double x, double a, double b) {
            // No float is PyTorch's 1/6: deep networks would tell the difference.
            return detail::clamp((a == static_cast<double>(1.0f / 6) ? 1.0 / 6 : a) * x + b, 0, 1);
        },
        {.scalars = 2, .defaults = {1.0f / 6, 0.5f}, .inner = inner_size::one}},
    {function::tanh, "f_tanh", "", [](double x, double, double) { return __builtin_tanh(x); },
        {.keeps_zero = true}},
    {function::silu, "f_silu", "#define f_silu(v) ((v) / (1.0f + EXP(-(v))))\n",
        [](double x, double, double) { return x * detail::sigmoid(x); },
        {.inner = inner_size::one_or_more, .keeps_zero = true}},
    {function::hard_swish, "f_hard_swish",
        "#define f_hard_swish(v) ((v) * f_hard_sigmoid((v), 1.0f / 6.0f, 0.5f))\n",
        [](double x, double, double) { return x * detail::clamp(x + 3, 0, 6) / 6; },
        {.inner = inner_size::one_or_more, .keeps_zero = true}},
    {function::mish, "f_mish", R"CLC(inline VEC f_mish(VEC v) {
    return v * tanh(fmax(v, (VEC)(0.0f)) + log1p(exp(-fabs(v))));
}
)CLC",
        [](double x, double, double) {
            return x * __builtin_tanh(x > 20 ? x : __builtin_log1p(__builtin_exp(x)));
        },
        {.inner = inner_size::one_or_more, .keeps_zero = true}},
    {function::gelu_erf, "f_gelu_erf", "",
        [](double x, double, double) {
            return 0.5 * x * (1 + __builtin_erf(x / 1.41421356237309504880));
        },
        {.units = 16, .inner = inner_size::one_or_more, .keeps_zero = true}},
    {function::gelu_tanh, "f_gelu_tanh", R"CLC(#define f_gelu_tanh(v) \
    ((v) / (1.0f + EXP(-1.59576912160573072f * ((v) + 0.044715f * (v) * (v) * (v)))))
)CLC",
        [](double x, double, double) {
            return 0.5 * x
                * (1 + __builtin_tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
        },
        {.inner = inner_size::one_or_more, .keeps_zero = true}},
    {function::softplus, "f_softplus",
        R"CLC(inline VEC f_softplus(VEC v, float beta, float threshold) {
    const VEC s = v * beta;
    const VEC soft = (fmax(s, (VEC)(0.0f)) + log1p(exp(-fabs(s)))) / beta;
    return s > (VEC)(threshold) ? v : soft;
}
)CLC",
        [](double x, double a, double b) {
            return x * a > b ? x
                             : (__builtin_fmax(x * a, 0)
                                   + __builtin_log1p(__builtin_exp(-__builtin_fabs(x * a))))
                    / a;
        },
        {.scalars = 2, .defaults = {1, 20}, .inner = inner_size::one}},
    {function::clamp, "f_clamp",
        "#define f_clamp(v, lo, hi) at_most(at_least((v), (VEC)(lo)), (VEC)(hi))\n",
        [](double x, double a, double b) { return detail::clamp(x, a, b); },
        {.scalars = 2, .defaults = {-1, 1}, .units = 0}},
    {function::exp, "exp", "", [](double x, double, double) { return __builtin_exp(x); }},
    {function::log, "log", "", [](double x, double, double) { return __builtin_log(x); }},
    {function::sqrt, "sqrt", "", [](double x, double, double) { return __builtin_sqrt(x); },
        {.keeps_zero = true}},
    {function::abs, "fabs", "", [](double x, double, double) { return __builtin_fabs(x); },
        {.units = 0, .keeps_zero = true}},
    {function::neg, "-", "", [](double x, double, double) { return -x; },
        {.units = 0, .keeps_zero = true}},
    {function::add_scalar, "f_add", "", [](double x, double a, double) { return x + a; },
        {.scalars = 1}},
    {function::mul_scalar, "f_mul", "", [](double x, double a, double) { return x * a; },
        {.scalars = 1, .keeps_zero = true}},
    {function::rsub_scalar, "f_rsub", "#define f_rsub(v, a) ((a) - (v))\n",
        [](double x, double a, double) { return a - x; }, {.scalars = 1}},
    {function::rdiv_scalar, "f_rdiv", "#define f_rdiv(v, a) ((a) / (v))\n",
        [](double x, double a, double) { return a / x; }, {.scalars = 1}},
    {function::pow_scalar, "f_pow", "",
        [](double x, double a, double) { return __builtin_pow(x, a); },
        {.scalars = 1, .units = 16}},
    {function::min_scalar, "f_min", "",
        [](double x, double a, double) { return x > a || a != a ? a : x; },
        {.scalars = 1, .units = 0}},
    {function::max_scalar, "f_max", "",
        [](double x, double a, double) { return x < a || a != a ? a : x; },
        {.scalars = 1, .units = 0}},
    {function::rpow_scalar, "f_rpow", "#define f_rpow(v, a) pow((VEC)(a), (v))\n",
        [](double x, double a, double) { return __builtin_pow(a, x); },
        {.scalars = 1, .units = 16}},
    {function::softsign, "f_softsign", "#define f_softsign(v) ((v) / (1.0f + fabs(v)))\n",
        [](double x, double, double) { return x / (1 + __builtin_fabs(x)); }, {.keeps_zero = true}},
    {function::selu, "f_selu",
        "#define f_selu(v) (1.05070098735548049f * f_elu((v), 1.67326324235437728f))\n",
        [](double x, double, double) {
            return 1.0507009873554804934193349852946
                * (x > 0 ? x : 1.6732632423543772848170429916717 * __builtin_expm1(x));
        },
        {.inner = inner_size::one, .keeps_zero = true}},
    {function::celu, "f_celu",
        "#define f_celu(v, a) (f_relu(v) + (a) * expm1(at_most((v), (VEC)(0.0f)) / (a)))\n",
        [](double x, double a, double) { return x > 0 ? x : a * __builtin_expm1(x / a); },
        {.scalars = 1,
            .defaults = {1},
            .rule = scalar_rule::not_zero,
            .inner = inner_size::one,
            .keeps_zero = true}},
    {function::hard_shrink, "f_hard_shrink",
        "#define f_hard_shrink(v, a) select((v), (VEC)(0.0f), fabs(v) <= (VEC)(a))\n",
        [](double x, double a, double) { return __builtin_fabs(x) <= a ? 0.0 : x; },
        {.scalars = 1,
            .defaults = {0.5f},
            .rule = scalar_rule::not_negative,
            .units = 0,
            .keeps_zero = true}},
    {function::soft_shrink, "f_soft_shrink",
        "#define f_soft_shrink(v, a) ((v) - f_clamp((v), -(a), (a)))\n",
        [](double x, double a, double) { return x - detail::clamp(x, -a, a); },
        {.scalars = 1,
            .defaults = {0.5f},
            .rule = scalar_rule::not_negative,
            .inner = inner_size::argument,
            .keeps_zero = true}},
    {function::tanh_shrink, "f_tanh_shrink", "#define f_tanh_shrink(v) ((v) - f_tanh(v))\n",
        [](double x, double, double) { return x - __builtin_tanh(x); },
        {.inner = inner_size::argument, .keeps_zero = true}},
    {function::log_sigmoid, "f_log_sigmoid",
        "#define f_log_sigmoid(v) (at_most((v), (VEC)(0.0f)) - log1p(exp(-fabs(v))))\n",
        [](double x, double, double) {
            return (x > 0 ? 0 : x) - __builtin_log1p(__builtin_exp(-__builtin_fabs(x)));
        }},
    {function::threshold, "f_threshold",
        "#define f_threshold(v, a, b) select((v), (VEC)(b), (v) <= (VEC)(a))\n",
        [](double x, double a, double b) { return x <= a ? b : x; }, {.scalars = 2, .units = 0}},
    {function::quick_gelu, "f_quick_gelu",
        "#define f_quick_gelu(v) ((v) / (1.0f + EXP(-1.702f * (v))))\n",
        [](double x, double, double) { return x * detail::sigmoid(1.702 * x); },
        {.inner = inner_size::one_or_more, .keeps_zero = true}},
    {function::sin, "f_sin", "#define f_sin(v) sin(v)\n",
        [](double x, double, double) { return __builtin_sin(x); }, {.keeps_zero = true}},
    {function::cos, "f_cos", "#define f_cos(v) cos(v)\n",
        [](double x, double, double) { return __builtin_cos(x); }, {.inner = inner_size::one}},
    {function::tan, "f_tan", "#define f_tan(v) tan(v)\n",
        [](double x, double, double) { return __builtin_tan(x); },
        {.units = 5, .keeps_zero = true}},
    {function::asin, "f_asin", "#define f_asin(v) asin(v)\n",
        [](double x, double, double) { return __builtin_asin(x); }, {.keeps_zero = true}},
    {function::acos, "f_acos", "#define f_acos(v) acos(v)\n",
        [](double x, double, double) { return __builtin_acos(x); }},
    {function::atan, "f_atan", "#define f_atan(v) atan(v)\n",
        [](double x, double, double) { return __builtin_atan(x); },
        {.units = 5, .keeps_zero = true}},
    {function::sinh, "f_sinh", "#define f_sinh(v) sinh(v)\n",
        [](double x, double, double) { return __builtin_sinh(x); }, {.keeps_zero = true}},
    {function::cosh, "f_cosh", "#define f_cosh(v) cosh(v)\n",
        [](double x, double, double) { return __builtin_cosh(x); }},
    {function::asinh, "f_asinh", "#define f_asinh(v) asinh(v)\n",
        [](double x, double, double) { return __builtin_asinh(x); }, {.keeps_zero = true}},
    {function::acosh, "f_acosh", "#define f_acosh(v) acosh(v)\n",
        [](double x, double, double) { return __builtin_acosh(x); }},
    {function::atanh, "f_atanh", "#define f_atanh(v) atanh(v)\n",
        [](double x, double, double) { return __builtin_atanh(x); },
        {.units = 5, .keeps_zero = true}},
    {function::erf, "f_erf", "#define f_erf(v) erf(v)\n",
        [](double x, double, double) { return __builtin_erf(x); },
        {.units = 16, .keeps_zero = true}},
    {function::floor, "f_floor", "#define f_floor(v) floor(v)\n",
        [](double x, double, double) { return __builtin_floor(x); },
        {.units = 0, .keeps_zero = true}},
    {function::ceil, "f_ceil", "#define f_ceil(v) ceil(v)\n",
        [](double x, double, double) { return __builtin_ceil(x); },
        {.units = 0, .keeps_zero = true}},
    // PoCL's rint of a wide vector is a dozen instructions where the CPU has one.
    {function::round, "f_round", R"CLC(inline VEC f_round(VEC v) {
#if CPU && VW >= 4 && defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_roundeven)
    return __builtin_elementwise_roundeven(v);
#endif
#endif
    return rint(v);
}
)CLC",
        [](double x, double, double) { return __builtin_rint(x); },
        {.units = 0, .keeps_zero = true}},
    {function::trunc, "f_trunc", "#define f_trunc(v) trunc(v)\n",
        [](double x, double, double) { return __builtin_trunc(x); },
        {.units = 0, .keeps_zero = true}},
    {function::sign, "f_sign", "#define f_sign(v) sign(v)\n",
        [](double x, double, double) { return x > 0 ? 1.0
                                           : x < 0  ? -1.0
                                                    : 0.0; },
        {.units = 0, .keeps_zero = true}},
    {function::square, "f_square", "#define f_square(v) ((v) * (v))\n",
        [](double x, double, double) { return x * x; }, {.keeps_zero = true}},
    {function::reciprocal, "f_reciprocal", "#define f_reciprocal(v) (1.0f / (v))\n",
        [](double x, double, double) { return 1 / x; }},
    {function::rsqrt, "f_rsqrt", "#define f_rsqrt(v) rsqrt(v)\n",
        [](double x, double, double) { return 1 / __builtin_sqrt(x); }},
    {function::eq_scalar, "f_eq", "", [](double x, double a, double) { return x == a ? 1.0 : 0.0; },
        {.scalars = 1, .units = 0, .on_ints = true}},
    {function::ne_scalar, "f_ne", "", [](double x, double a, double) { return x != a ? 1.0 : 0.0; },
        {.scalars = 1, .units = 0, .on_ints = true}},
    {function::lt_scalar, "f_lt", "", [](double x, double a, double) { return x < a ? 1.0 : 0.0; },
        {.scalars = 1, .units = 0, .on_ints = true}},
    {function::le_scalar, "f_le", "", [](double x, double a, double) { return x <= a ? 1.0 : 0.0; },
        {.scalars = 1, .units = 0, .on_ints = true}},
    {function::gt_scalar, "f_gt", "", [](double x, double a, double) { return x > a ? 1.0 : 0.0; },
        {.scalars = 1, .units = 0, .on_ints = true}},
    {function::ge_scalar, "f_ge", "", [](double x, double a, double) { return x >= a ? 1.0 : 0.0; },
        {.scalars = 1, .units = 0, .on_ints = true}},
    {function::logical_not, "f_not", "#define f_not(v) TRUTH((v) == (VEC)(0))\n",
        [](double x, double, double) { return x == 0 ? 1.0 : 0.0; }, {.units = 0, .on_ints = true}},
    {function::isnan, "f_isnan", "#define f_isnan(v) TRUTH((v) != (v))\n",
        [](double x, double, double) { return x != x ? 1.0 : 0.0; },
        {.units = 0, .keeps_zero = true}},
    {function::isinf, "f_isinf", "#define f_isinf(v) TRUTH(fabs(v) == (VEC)(INFINITY))\n",
        [](double x, double, double) { return __builtin_fabs(x) == __builtin_inf() ? 1.0 : 0.0; },
        {.units = 0, .keeps_zero = true}},
    {function::isfinite, "f_isfinite", "#define f_isfinite(v) TRUTH(fabs(v) < (VEC)(INFINITY))\n",
        [](double x, double, double) { return __builtin_fabs(x) < __builtin_inf() ? 1.0 : 0.0; },
        {.units = 0}},
    {function::to_f32, "f_to_f32", "#define f_to_f32(v) (v)\n",
        [](double x, double, double) { return x; }, {.units = 0, .keeps_zero = true}},
    {function::to_i32, "f_to_i32", "#define f_to_i32(v) FROM_INT(TO_INT(v))\n",
        [](double x, double, double) { return detail::to_int(x); },
        {.units = 0, .on_ints = true, .keeps_zero = true}},
    {function::to_i8, "f_to_i8", "#define f_to_i8(v) FROM_INT(((TO_INT(v) & 255) ^ 128) - 128)\n",
        [](double x, double, double) {
            return static_cast<double>(((static_cast<int>(detail::to_int(x)) & 255) ^ 128) - 128);
        },
        {.units = 0, .on_ints = true, .keeps_zero = true}},
    {function::to_u8, "f_to_u8", "#define f_to_u8(v) FROM_INT(TO_INT(v) & 255)\n",
        [](double x, double, double) {
            return static_cast<double>(static_cast<int>(detail::to_int(x)) & 255);
        },
        {.units = 0, .on_ints = true, .keeps_zero = true}},
    {function::to_truth, "f_to_truth", "#define f_to_truth(v) TRUTH((v) != (VEC)(0))\n",
        [](double x, double, double) { return x != 0 ? 1.0 : 0.0; },
        {.units = 0, .on_ints = true, .keeps_zero = true}},
    {function::add, "f_add", "#define f_add(v, e) ((v) + (e))\n",
        [](double x, double a, double) { return x + a; }, {.values = 2, .on_ints = true}},
    {function::sub, "f_sub", "#define f_sub(v, e) ((v) - (e))\n",
        [](double x, double a, double) { return x - a; }, {.values = 2, .on_ints = true}},
    {function::mul, "f_mul", "#define f_mul(v, e) ((v) * (e))\n",
        [](double x, double a, double) { return x * a; }, {.values = 2, .on_ints = true}},
    {function::div, "f_div", "#define f_div(v, e) ((v) / (e))\n",
        [](double x, double a, double) { return x / a; }, {.values = 2}},
    {function::min, "f_min", "#define f_min(v, e) least_of((v), (VEC)(e))\n",
        [](double x, double a, double) { return x < a || x != x ? x : a; },
        {.values = 2, .units = 0}},
    {function::max, "f_max", "#define f_max(v, e) greatest_of((v), (VEC)(e))\n",
        [](double x, double a, double) { return x > a || x != x ? x : a; },
        {.values = 2, .units = 0}},
    {function::pow, "f_pow", "#define f_pow(v, e) pow((v), (VEC)(e))\n",
        [](double x, double a, double) { return __builtin_pow(x, a); }, {.values = 2, .units = 16}},
    {function::eq, "f_eq", "#define f_eq(v, e) TRUTH((v) == (VEC)(e))\n",
        [](double x, double a, double) { return x == a ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::ne, "f_ne", "#define f_ne(v, e) TRUTH((v) != (VEC)(e))\n",
        [](double x, double a, double) { return x != a ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::lt, "f_lt", "#define f_lt(v, e) TRUTH((v) < (VEC)(e))\n",
        [](double x, double a, double) { return x < a ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::le, "f_le", "#define f_le(v, e) TRUTH((v) <= (VEC)(e))\n",
        [](double x, double a, double) { return x <= a ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::gt, "f_gt", "#define f_gt(v, e) TRUTH((v) > (VEC)(e))\n",
        [](double x, double a, double) { return x > a ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::ge, "f_ge", "#define f_ge(v, e) TRUTH((v) >= (VEC)(e))\n",
        [](double x, double a, double) { return x >= a ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::logical_and, "f_and",
        "#define f_and(v, e) TRUTH(((v) != (VEC)(0)) & ((e) != (VEC)(0)))\n",
        [](double x, double a, double) { return x != 0 && a != 0 ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::logical_or, "f_or",
        "#define f_or(v, e) TRUTH(((v) != (VEC)(0)) | ((e) != (VEC)(0)))\n",
        [](double x, double a, double) { return x != 0 || a != 0 ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::logical_xor, "f_xor",
        "#define f_xor(v, e) TRUTH(((v) != (VEC)(0)) ^ ((e) != (VEC)(0)))\n",
        [](double x, double a, double) { return (x != 0) != (a != 0) ? 1.0 : 0.0; },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::fmod, "f_fmod", R"CLC(#if INTS
#define f_fmod(v, e) ((e) == 0 || (e) == -1 ? 0 : (v) % (e))
#else
#define f_fmod(v, e) fmod((v), (VEC)(e))
#endif
)CLC",
        [](double x, double a, double) { return __builtin_fmod(x, a); },
        {.values = 2, .units = 0, .on_ints = true}},
    {function::remainder, "f_remainder", R"CLC(inline VEC f_remainder(VEC v, VEC e) {
    const VEC r = f_fmod(v, e);
    return CHOOSE((r != (VEC)(0)) & ((r < (VEC)(0)) != (e < (VEC)(0))), r + e, r);
}
)CLC",
        [](double x, double a, double) {
            const double r = __builtin_fmod(x, a);
            return r != 0 && (r < 0) != (a < 0) ? r + a : r;
        },
        {.values = 2, .on_ints = true}},
    {function::masked_fill, "f_masked_fill",
        "#define f_masked_fill(v, m, a) CHOOSE((m) != (VEC)(0), (VEC)(a), (v))\n",
        [](double x, double m, double a) { return m != 0 ? a : x; },
        {.values = 2, .scalars = 1, .units = 0, .on_ints = true}},
    {function::where, "f_where", "#define f_where(c, a, b) CHOOSE((c) != (VEC)(0), (a), (b))\n",
        [](double c, double a, double b) { return c != 0 ? a : b; },
        {.values = 3, .units = 0, .on_ints = true}},
};

/// True if each function has its row in its place.
constexpr bool has_every_function() {
    if (sizeof function_table / sizeof function_table[0] != static_cast<std::size_t>(function::end))
        return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(function::end); ++i)
        if (function_table[i].kind != static_cast<function>(i)) return false;
    return true;
}
static_assert(
    has_every_function(), "function_table needs a row a function, in the order of the enumeration");

constexpr const function_row& row_of(function kind) {
    return function_table[static_cast<int>(kind)];
}

/// A function of one value as a layer, defined in layers/activation.hpp.
template <function F> struct activation;

/// x / (1 + |x|). Source   torch.nn.Softsign.
using softsign = activation<function::softsign>;

/// 1.0507 x for x > 0, else 1.0507 1.6733 (exp(x) - 1). Source   torch.nn.SELU.
using selu = activation<function::selu>;

/// x for x > 0, else alpha (exp(x / alpha) - 1): `celu{0.5f}`. Errors   LAM-08 alpha is 0.
/// Source   torch.nn.CELU (alpha 1).
using celu = activation<function::celu>;

/// x where |x| > lambda, else 0: `hard_shrink{0.25f}`. Errors   LAM-08 lambda is negative.
/// Source   torch.nn.Hardshrink (lambda 0.5). Differs: PyTorch takes a negative lambda, and changes
/// nothing then.
using hard_shrink = activation<function::hard_shrink>;

/// x moved by lambda towards 0, which it does not cross: `soft_shrink{0.25f}`.
/// Errors   LAM-08 lambda is negative. Source   torch.nn.Softshrink (lambda 0.5).
using soft_shrink = activation<function::soft_shrink>;

/// x - tanh(x). Source   torch.nn.Tanhshrink.
using tanh_shrink = activation<function::tanh_shrink>;

/// log(1 / (1 + exp(-x))). Source   torch.nn.LogSigmoid.
using log_sigmoid = activation<function::log_sigmoid>;

/// x where it is above the first number, else the second: `threshold{0.1f, 20}`. A NaN stays one.
/// Source   torch.nn.Threshold. Without numbers it is relu.
using threshold = activation<function::threshold>;

/// x / (1 + exp(-1.702 x)), an approximation of GELU. Source   Hendrycks and Gimpel 2016; the networks of
/// CLIP use it.
using quick_gelu = activation<function::quick_gelu>;

}  // namespace lamina
