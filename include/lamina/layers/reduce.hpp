// SPDX-License-Identifier: Apache-2.0
// Mean, sum, product, maximum, minimum and norms over axes, all of them if none is named.
// Shapes   reduced axes are removed, or become 1 with keep_dims; without any left it is a scalar.
// Errors   LAM-08 the maximum or minimum of nothing, over an extent of 0 (a sum is 0 then, a product 1, a mean NaN);
// LAM-11 an axis is outside or named twice; LAM-16 indices.
// Fuses with   pointwise ops after it.
#pragma once
#include <lamina/graph/reduce_rule.hpp>

namespace lamina {

/// The mean over axes: `reduce_mean{{2, 3}, keep_dims}`, `reduce_mean{1}`, `reduce_mean{}` (all).
/// Source   torch.mean(dim, keepdim).
struct reduce_mean {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_mean(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_mean", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_mean& layer) {
    return apply_reduce(x, layer.who, reduce_kind::mean, layer.axes, layer.keep);
}

/// The sum over axes. As reduce_mean.
/// Source   torch.sum(dim, keepdim).
struct reduce_sum {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_sum(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_sum", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_sum& layer) {
    return apply_reduce(x, layer.who, reduce_kind::sum, layer.axes, layer.keep);
}

/// The product over axes. As reduce_mean.
/// Source   torch.prod(dim, keepdim). Differs: several axes at once, as in ONNX ReduceProd.
struct reduce_prod {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_prod(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_prod", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_prod& layer) {
    return apply_reduce(x, layer.who, reduce_kind::product, layer.axes, layer.keep);
}

/// The largest value over axes. As reduce_mean.
/// Source   torch.amax(dim, keepdim).
struct reduce_max {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_max(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_max", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_max& layer) {
    return apply_reduce(x, layer.who, reduce_kind::max, layer.axes, layer.keep);
}

/// The smallest value over axes. As reduce_mean.
/// Source   torch.amin(dim, keepdim).
struct reduce_min {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_min(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_min", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_min& layer) {
    return apply_reduce(x, layer.who, reduce_kind::min, layer.axes, layer.keep);
}

/// The sum of magnitudes over axes. As reduce_mean.
/// Source   torch.linalg.vector_norm(x, 1, dim, keepdim); ONNX ReduceL1.
struct reduce_l1 {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_l1(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_l1", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_l1& layer) {
    return apply_reduce(apply_function(x, layer.who, function::abs), layer.who, reduce_kind::sum,
        layer.axes, layer.keep);
}

/// The root of the sum of squares over axes. As reduce_mean.
/// Source   torch.linalg.vector_norm(x, 2, dim, keepdim); ONNX ReduceL2.
struct reduce_l2 {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_l2(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_l2", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_l2& layer) {
    const tensor sums = apply_reduce(apply_function(x, layer.who, function::square), layer.who,
        reduce_kind::sum, layer.axes, layer.keep);
    return apply_function(sums, layer.who, function::sqrt);
}

/// The logarithm of the sum of exponentials over axes, log(sum exp(x)), without overflow: the largest value is
/// taken out before. As reduce_mean; of nothing it is -infinity.
/// Source   torch.logsumexp(dim, keepdim); ONNX ReduceLogSumExp.
struct reduce_logsumexp {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_logsumexp(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_logsumexp", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_logsumexp& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    needs_values(net, who, x);
    const reduction all
        = reduction_of(x, who, reduce_kind::sum, layer.axes, layer.keep, dtype::f32);
    if (all.over_nothing) return fill(net, who, all.made, -__builtin_inff());
    // An infinite maximum is not taken out: infinity - infinity would be NaN.
    node most = all.made;
    most.attr.kind = static_cast<int>(reduce_kind::max);
    most.dims = x.dims;
    for (int axis = 0; axis < x.dims.rank; ++axis)
        if (most.attr.mask >> axis & 1u) most.dims.at(axis) = 1;
    const tensor greatest = net.add(who, most);
    const tensor infinite = apply_truth(greatest, who, function::isinf);
    const tensor shift
        = make_binary(greatest, infinite, who, function::masked_fill, dtype::f32, [](network&) {});
    node made = all.made;
    made.inputs
        = {apply_function(apply_binary(x, shift, who, function::sub), who, function::exp).id};
    const tensor sums = apply_function(net.add(who, made), who, function::log);
    return apply_binary(sums, reshape_to(shift, who, made.dims), who, function::add);
}

/// True where any (all) of the elements over axes are: not 0, a NaN too. Of any element type.
constexpr tensor apply_truth_reduce(
    const tensor& x, const subject& who, reduce_kind kind, const int_list& axes, bool keep) {
    network& net = network_of(x);
    const tensor truths = x.type == dtype::boolean ? x : apply_truth(x, who, function::to_truth);
    const reduction all = reduction_of(truths, who, kind, axes, keep, dtype::boolean);
    if (all.over_nothing) return fill(net, who, all.made, kind == reduce_kind::min ? 1 : 0);
    return net.add(who, all.made);
}

/// True where any of the elements over axes is: `reduce_any{1}`, `reduce_any{}` (all axes). Boolean.
/// Source   torch.any(dim, keepdim).
struct reduce_any {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_any(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_any", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_any& layer) {
    return apply_truth_reduce(x, layer.who, reduce_kind::max, layer.axes, layer.keep);
}

/// True where all of the elements over axes are. As reduce_any.
/// Source   torch.all(dim, keepdim).
struct reduce_all {
    subject who;
    int_list axes;
    bool keep;
    constexpr reduce_all(int_list a = {}, strict_bool keep_reduced = {},
        std::source_location where = std::source_location::current())
        : who{"reduce_all", {}, where}, axes(a), keep(keep_reduced.value) {}
};
constexpr tensor operator|(const tensor& x, const reduce_all& layer) {
    return apply_truth_reduce(x, layer.who, reduce_kind::min, layer.axes, layer.keep);
}

}  // namespace lamina
