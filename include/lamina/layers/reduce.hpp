// SPDX-License-Identifier: Apache-2.0
// Mean, sum, maximum and minimum over axes, all of them if none is named.
// Shapes   reduced axes are removed, or become 1 with keep_dims; without any left it is a scalar.
// Errors   LAM-08 the maximum or minimum of nothing, over an extent of 0 (a sum is 0 then, a mean NaN);
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
