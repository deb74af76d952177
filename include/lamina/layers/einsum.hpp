// SPDX-License-Identifier: Apache-2.0
// Products of tensors by the names of their axes.
#pragma once
#include <lamina/graph/einsum_rule.hpp>
#include <lamina/graph/matmul_rule.hpp>
#include <lamina/graph/reduce_rule.hpp>

#include <string_view>

namespace lamina {

/// One operand: axes that the result does not have are added up, the others are in its order.
constexpr tensor apply_einsum(
    const tensor& x, const subject& who, const axis_names& names, const axis_names& wanted) {
    int_list gone, order;
    axis_names left;
    for (int i = 0; i < names.count; ++i) {
        if (wanted.find(names.at[i]) >= 0)
            left.push(names.at[i]);
        else
            gone.at[gone.count++] = i;
    }
    const tensor sum = gone.count ? apply_reduce(x, who, reduce_kind::sum, gone, false) : x;
    for (int i = 0; i < wanted.count; ++i) order.at[order.count++] = left.find(wanted.at[i]);
    return order.count ? permute_to(sum, who, order) : sum;
}

/// A sum of products over the axes that the result does not name, of one or two tensors:
/// `einsum("bhid,bhjd->bhij", q, k)`, `einsum("...ij,...jk", a, b)`.
///
/// Shapes   a letter for each axis; `...` are axes that both operands and the result have. Without `->` the
///          result has the letters that occur once, in their order.
/// Errors   LAM-04 a letter has two extents; LAM-08 the equation cannot be read, names an axis twice in one
///          operand (a diagonal) or a result's axis that no operand has; LAM-16; LAM-17.
/// Cost     one matmul; axes that are not in its order are copied.
/// Source   torch.einsum, ONNX Einsum. Differs: one or two operands, no diagonals.
constexpr tensor einsum(std::string_view equation, const tensor& x,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"einsum", {}, where};
    needs_values(net, who, x);
    einsum_equation read;
    if (!read_einsum(net, who, equation, {&x.dims, nullptr}, read)) return x;
    return apply_einsum(x, who, read.of[0], read.result);
}
constexpr tensor einsum(std::string_view equation, const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(a);
    const subject who{"einsum", {}, where};
    if (!needs_owned(net, who, b, 2)) return a;
    if (needs_values(net, who, a)) needs_values(net, who, b);
    einsum_equation read;
    if (!read_einsum(net, who, equation, {&a.dims, &b.dims}, read)) return a;
    // Axes of the product: of both and the result; of a; added up; of b.
    axis_names batch, rows, inner, columns;
    for (int i = 0; i < read.of[0].count; ++i) {
        const char name = read.of[0].at[i];
        const bool in_b = read.of[1].find(name) >= 0, in_result = read.result.find(name) >= 0;
        if (in_b)
            (in_result ? batch : inner).push(name);
        else if (in_result)
            rows.push(name);
    }
    for (int i = 0; i < read.of[1].count; ++i) {
        const char name = read.of[1].at[i];
        if (read.of[0].find(name) < 0 && read.result.find(name) >= 0) columns.push(name);
    }
    const auto size_of = [&](const axis_names& names) {
        std::int64_t count = 1;
        for (int i = 0; i < names.count; ++i) count *= read.extent_of(names.at[i]);
        return to_extent(count);
    };
    const int groups = size_of(batch), m = size_of(rows), k = size_of(inner), n = size_of(columns);
    const tensor left = reshape_to(apply_einsum(a, who, read.of[0], batch + rows + inner), who,
        batch.count ? shape{groups, m, k} : shape{m, k});
    const tensor right = reshape_to(apply_einsum(b, who, read.of[1], batch + inner + columns), who,
        batch.count ? shape{groups, k, n} : shape{k, n});
    const tensor product = apply_matmul(left, right, who);
    const axis_names made = batch + rows + columns;
    shape dims;
    int_list order;
    for (int i = 0; i < made.count; ++i) dims.push(read.extent_of(made.at[i]));
    for (int i = 0; i < read.result.count; ++i)
        order.at[order.count++] = made.find(read.result.at[i]);
    const tensor out = reshape_to(product, who, dims);
    return order.count ? permute_to(out, who, order) : out;
}

}  // namespace lamina
