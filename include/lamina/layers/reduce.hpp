// SPDX-License-Identifier: Apache-2.0
// Mean, sum, maximum and minimum over axes.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// The node that reduces x over axes, and whether that is over no elements.
struct reduction {
    node made;
    bool over_nothing = false;
};

/// `axes` empty means all; `type` is the output's. Errors   LAM-11 an axis is outside or named twice.
constexpr reduction reduction_of(const tensor& x, const subject& who, reduce_kind kind,
    const int_list& axes, bool keep, dtype type) {
    const unsigned mask
        = axes.count ? mask_of(network_of(x), who, x.dims, axes) : (1u << x.dims.rank) - 1;
    reduction out;
    out.made.kind = op::reduce;
    out.made.type = type;
    out.made.inputs = {x.id};
    out.made.attr.kind = static_cast<int>(kind);
    out.made.attr.mask = mask;
    for (int axis = 0; axis < x.dims.rank; ++axis) {
        const bool gone = mask >> axis & 1u;
        if (!gone || keep) out.made.dims.push(gone ? 1 : x.dims[axis]);
        out.over_nothing = out.over_nothing || (gone && x.dims[axis] == 0);
    }
    return out;
}

/// What the layers below lower to: `axes` empty means all.
///
/// Shapes   reduced axes are removed, or become 1 with keep_dims; without any left it is a scalar.
/// Errors   LAM-08 the maximum or minimum of nothing, over an extent of 0 (a sum is 0 then, a mean
///          NaN); LAM-11 an axis is outside or named twice; LAM-16 indices.
/// Fuses with   pointwise ops after it.
constexpr tensor apply_reduce(
    const tensor& x, const subject& who, reduce_kind kind, const int_list& axes, bool keep) {
    network& net = network_of(x);
    needs_values(net, who, x);
    const reduction all = reduction_of(x, who, kind, axes, keep, dtype::f32);
    if (!all.over_nothing) return net.add(who, all.made);
    if (kind == reduce_kind::max || kind == reduce_kind::min)
        net.report(problem_id::option_range, who, "input ", to_text(x.dims),
            " is empty along a reduced axis, so it has no largest or smallest element; reduce other "
            "axes");
    return fill(net, who, all.made, kind == reduce_kind::mean ? __builtin_nanf("") : 0.f);
}

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
