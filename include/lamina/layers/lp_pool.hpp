// SPDX-License-Identifier: Apache-2.0
// What is made of powers: lp_pool over images, sequences and volumes, lp_normalize, local_response_norm.
#pragma once
#include <lamina/graph/line_pool.hpp>
#include <lamina/graph/pool_rule.hpp>
#include <lamina/graph/reduce_rule.hpp>
#include <lamina/graph/volume_pool.hpp>

namespace lamina {

/// |x|^p; p of 1 and 2 without a power. Errors   LAM-08 p is not above 0.
constexpr tensor apply_power(const tensor& x, const subject& who, float& p) {
    network& net = network_of(x);
    if (!needs_finite(net, who, "p", p) || !(p > 0)) {
        if (p <= 0)
            net.report(problem_id::option_range, who, "p is 0 or below; use 1, 2 or another power");
        p = 1;
    }
    if (p == 2) return apply_function(x, who, function::square);
    const tensor size = apply_function(x, who, function::abs);
    return p == 1 ? size : apply_function(size, who, function::pow_scalar, p);
}
constexpr tensor apply_root(const tensor& x, const subject& who, float p) {
    if (p == 1) return x;
    return p == 2 ? apply_function(x, who, function::sqrt)
                  : apply_function(x, who, function::pow_scalar, 1 / p);
}

struct lp_pool_options {
    float p = 2;
    pair kernel = 0;  ///< must be given
    pair stride = 0;  ///< 0: the kernel
    /// Zeros: one number, {h, w} or {top, left, bottom, right}; `same` for TensorFlow's rule.
    padding pad = 0;
    pair dilation = 1;
    bool ceil_mode = false;
};

/// The p-norm of each window, (sum |x|^p)^(1/p): `lp_pool{{.p = 2, .kernel = 3}}`.
///
/// Shapes   NxCxHxW -> NxCxH'xW', as avg_pool.
/// Errors   LAM-08 p is not above 0; those of avg_pool.
/// Source   torch.nn.LPPool2d; ONNX LpPool. Differs: of |x|, so that odd powers of numbers below 0 are no
///          NaN; padding and dilation as in ONNX; a window that hangs over the edge (ceil_mode) has the norm
///          of what it holds, which PyTorch enlarges as if it were full.
struct lp_pool {
    subject who;
    lp_pool_options options;
    constexpr lp_pool(
        lp_pool_options o, std::source_location where = std::source_location::current())
        : who{"lp_pool", {}, where}, options(o) {}
};
/// The p-norms that `pool` makes of a node which adds up windows. Errors   LAM-08 p is not above 0.
template <class Pool>
constexpr tensor apply_lp_pool(const tensor& x, const subject& who, float p, const Pool& pool) {
    const tensor powers = apply_power(x, who, p);
    node made;
    made.attr.kind = static_cast<int>(pool_kind::average);
    made.attr.scalars[0] = 1;  // the divisor
    return apply_root(pool(powers, made), who, p);
}
constexpr tensor operator|(const tensor& x, const lp_pool& layer) {
    const lp_pool_options& o = layer.options;
    return apply_lp_pool(x, layer.who, o.p, [&](const tensor& powers, const node& made) {
        return apply_pool(
            powers, layer.who, made, o.kernel, o.stride, o.pad, o.dilation, o.ceil_mode);
    });
}

struct lp_pool1d_options {
    float p = 2;
    whole kernel = 0;  ///< must be given
    whole stride = 0;  ///< 0: the kernel
    /// Zeros: one number or {left, right}; `same` for TensorFlow's rule.
    line_padding pad = 0;
    whole dilation = 1;
    bool ceil_mode = false;
};

/// lp_pool over sequences: `lp_pool1d{{.p = 2, .kernel = 3}}`.
///
/// Shapes   NxCxL -> NxCxL', as avg_pool1d.
/// Errors   LAM-08 p is not above 0; those of avg_pool1d.
/// Source   torch.nn.LPPool1d. Differs: as lp_pool.
struct lp_pool1d {
    subject who;
    lp_pool1d_options options;
    constexpr lp_pool1d(
        lp_pool1d_options o, std::source_location where = std::source_location::current())
        : who{"lp_pool1d", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const lp_pool1d& layer) {
    return apply_lp_pool(
        x, layer.who, layer.options.p, [&](const tensor& powers, const node& made) {
            return pool_line(powers, layer.who, made, layer.options);
        });
}

struct lp_pool3d_options {
    float p = 2;
    triple kernel = 0;  ///< must be given
    triple stride = 0;  ///< 0: the kernel
    /// Zeros: one number, {d, h, w} or {front, top, left, back, bottom, right}; `same` for TensorFlow's
    /// rule.
    volume_padding pad = 0;
    triple dilation = 1;
    bool ceil_mode = false;
};

/// lp_pool over volumes: `lp_pool3d{{.p = 2, .kernel = {1, 3, 3}}}`.
///
/// Shapes   NxCxDxHxW -> NxCxD'xH'xW', as avg_pool3d.
/// Errors   LAM-08 p is not above 0; those of avg_pool3d.
/// Source   torch.nn.LPPool3d. Differs: as lp_pool.
struct lp_pool3d {
    subject who;
    lp_pool3d_options options;
    constexpr lp_pool3d(
        lp_pool3d_options o, std::source_location where = std::source_location::current())
        : who{"lp_pool3d", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const lp_pool3d& layer) {
    return apply_lp_pool(
        x, layer.who, layer.options.p, [&](const tensor& powers, const node& made) {
            return pool_volume(powers, layer.who, made, layer.options);
        });
}

struct lp_normalize_options {
    float p = 2;
    whole axis = 1;
    float eps = 1e-12f;
};

/// x / max(p-norm along an axis, eps): `lp_normalize{}`, `lp_normalize{{.p = 1, .axis = -1}}`.
///
/// Shapes   any; same shape out.
/// Errors   LAM-08 p is not above 0, or eps below 0; LAM-11 the axis; LAM-16 indices.
/// Source   torch.nn.functional.normalize; ONNX LpNormalization.
struct lp_normalize {
    subject who;
    lp_normalize_options options;
    constexpr lp_normalize(
        lp_normalize_options o = {}, std::source_location where = std::source_location::current())
        : who{"lp_normalize", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const lp_normalize& layer) {
    network& net = network_of(x);
    float p = layer.options.p, eps = layer.options.eps;
    if (!needs_finite(net, layer.who, "eps", eps) || eps < 0) {
        if (eps < 0)
            net.report(problem_id::option_range, layer.who, "eps is negative; use 0 or more");
        eps = 0;
    }
    const tensor sums = apply_reduce(apply_power(x, layer.who, p), layer.who, reduce_kind::sum,
        int_list(layer.options.axis.value), true);
    const tensor norm
        = apply_function(apply_root(sums, layer.who, p), layer.who, function::max_scalar, eps);
    return apply_binary(x, norm, layer.who, function::div);
}

struct local_response_norm_options {
    float alpha = 1e-4f, beta = 0.75f, k = 1;
};

/// x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta: `local_response_norm{5}`.
///
/// Shapes   NxC..., rank 3 to 6; same shape out. Channels outside count as 0.
/// Errors   LAM-01 fewer axes; LAM-08 size is not 1 to 32768; LAM-16 indices.
/// Source   torch.nn.LocalResponseNorm: size / 2 channels before, the others behind. ONNX LRN differs where
///          the size is even.
struct local_response_norm {
    subject who;
    whole size;
    local_response_norm_options options;
    constexpr local_response_norm(whole s, local_response_norm_options o = {},
        std::source_location where = std::source_location::current())
        : who{"local_response_norm", {}, where}, size(s), options(o) {}
};
constexpr tensor operator|(const tensor& x, const local_response_norm& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const local_response_norm_options& o = layer.options;
    if (x.dims.rank < 3 || layer.size < 1 || layer.size > window_limit) {
        if (x.dims.rank < 3)
            net.report(problem_id::shape_rank, who, "input ", to_text(x.dims), " has ", x.dims.rank,
                " axes; 3 or more are needed, batch, channels and others");
        else
            net.report(problem_id::option_range, who, "size ", layer.size, "; use 1 to 32768");
        return x;
    }
    int inner = 1;
    for (int axis = 2; axis < x.dims.rank; ++axis) inner *= x.dims[axis];
    const tensor squares
        = reshape_to(apply_function(x, who, function::square), who, {x.dims.n, 1, x.dims.c, inner});
    node made;
    made.attr.kind = static_cast<int>(pool_kind::average);
    made.attr.scalars[0] = static_cast<float>(layer.size);
    const tensor mean = apply_pool(squares, who, made, {layer.size, 1}, 1,
        {layer.size / 2, 0, (layer.size - 1) / 2, 0}, 1, false);
    const tensor grown = apply_function(
        apply_function(mean, who, function::mul_scalar, o.alpha), who, function::add_scalar, o.k);
    const tensor factor = apply_function(grown, who, function::pow_scalar, -o.beta);
    return apply_binary(x, reshape_to(factor, who, x.dims), who, function::mul);
}

}  // namespace lamina
