// SPDX-License-Identifier: Apache-2.0
// A tensor cut into several along an axis: split by sizes, chunk into equal parts.
#pragma once
#include <lamina/graph/slice_rule.hpp>

#include <array>
#include <initializer_list>

namespace lamina {

/// What all forms below call: `sizes` must add up to the axis.
constexpr std::vector<tensor> apply_split(
    const tensor& x, const std::vector<int>& sizes, int axis, const subject& who) {
    network& net = network_of(x);
    axis = axis_of(net, who, x.dims, axis);
    std::int64_t sum = 0;
    bool positive = !sizes.empty();
    for (int size : sizes) {
        sum += size;
        positive = positive && size >= 0;
    }
    std::vector<tensor> parts;
    if (!positive || sum != x.dims[axis]) {
        net.report(problem_id::option_range, who, "sizes add up to ", sum, ", axis ", axis,
            " of input ", to_text(x.dims), " has ", x.dims[axis],
            "; they must agree and each size be at least 0");
        parts.resize(sizes.size(), x);
        return parts;
    }
    int first = 0;
    for (int size : sizes) {
        parts.push_back(apply_slice(x, who, axis, first, size));
        first += size;
    }
    return parts;
}

/// Cuts an axis into parts of given sizes.
///
/// Shapes   part i has sizes[i] on the axis.
/// Errors   LAM-08 the sizes do not add up to the axis; LAM-11 the axis.
/// Cost     often none: parts are read in place where the layout allows.
/// Source   torch.split with a list. Differs: the axis must be written.
constexpr std::vector<tensor> split(const tensor& x, std::initializer_list<whole> sizes, whole axis,
    std::source_location where = std::source_location::current()) {
    return apply_split(x, {sizes.begin(), sizes.end()}, axis, {"split", {}, where});
}

/// The same for structured bindings: `auto [a, b] = split<2>(x, {16, 48}, 1);`
template <std::size_t Count>
constexpr std::array<tensor, Count> split(const tensor& x, const whole (&sizes)[Count], whole axis,
    std::source_location where = std::source_location::current()) {
    const std::vector<tensor> all
        = apply_split(x, {sizes, sizes + Count}, axis, {"split", {}, where});
    std::array<tensor, Count> parts;
    for (std::size_t i = 0; i < Count; ++i) parts[i] = all[i];
    return parts;
}

/// Cuts an axis into `count` parts of ceil(extent / count), the last one shorter.
///
/// Shapes   as PyTorch, whose parts may be fewer: 6 into 4 gives 2, 2, 2.
/// Errors   LAM-08 count is not 1 to 4096; LAM-11 the axis.
/// Cost     often none: parts are read in place where the layout allows.
/// Source   torch.chunk. Differs: the axis must be written.
constexpr std::vector<tensor> chunk(const tensor& x, whole count, whole axis,
    std::source_location where = std::source_location::current()) {
    const subject who{"chunk", {}, where};
    network& net = network_of(x);
    axis = axis_of(net, who, x.dims, axis);
    if (count < 1 || count > 4096) {
        net.report(problem_id::option_range, who, "count ", count, " is not 1 to 4096");
        count = 1;
    }
    const int extent = x.dims[axis];
    const int size = (extent - 1) / count + 1;
    std::vector<int> sizes;
    if (extent == 0) sizes.assign(static_cast<std::size_t>(count), 0);
    for (int left = extent; left > 0; left -= size) sizes.push_back(left < size ? left : size);
    return apply_split(x, sizes, axis, who);
}

/// The same for structured bindings: `auto [a, b] = chunk<2>(x, 1);`
/// Errors   also LAM-08 PyTorch's rule gives fewer parts.
template <int Count>
constexpr std::array<tensor, Count> chunk(
    const tensor& x, whole axis, std::source_location where = std::source_location::current()) {
    const std::vector<tensor> all = chunk(x, Count, axis, where);
    if (all.size() != Count)
        network_of(x).report(problem_id::option_range, {"chunk", {}, where}, "axis ", axis,
            " of input ", to_text(x.dims), " gives ", static_cast<int>(all.size()), " parts, not ",
            Count, "; use split with sizes");
    std::array<tensor, Count> parts;
    for (std::size_t i = 0; i < Count; ++i) parts[i] = all[i < all.size() ? i : 0];
    return parts;
}

}  // namespace lamina
