// SPDX-License-Identifier: Apache-2.0
// Products of tensors by the names of their axes.
#pragma once
#include <lamina/graph/diagonal_rule.hpp>
#include <lamina/graph/einsum_rule.hpp>
#include <lamina/graph/matmul_rule.hpp>
#include <lamina/graph/reduce_rule.hpp>
#include <lamina/layers/binary.hpp>

#include <initializer_list>
#include <string_view>
#include <vector>

namespace lamina {

namespace detail {

/// A tensor and the names of its axes, all different.
struct named_tensor {
    tensor value;
    axis_names names;
};

/// An operand without axes that stretch and with each name once: a name that stands twice is a diagonal.
constexpr named_tensor einsum_operand(
    const tensor& x, const subject& who, const axis_names& names, const einsum_equation& read) {
    named_tensor out;
    shape kept;
    for (int i = 0; i < names.count; ++i)
        if (x.dims[i] == read.extent_of(names.at[i])) {
            out.names.push(names.at[i]);
            kept.push(x.dims[i]);
        }
    out.value = reshape_to(x, who, kept);
    for (int i = 0; i < out.names.count; ++i) {
        const int twin = out.names.find(out.names.at[i], i + 1);
        if (twin < 0) continue;
        out.value = apply_diagonal(out.value, who, i, twin);
        axis_names left;
        for (int k = 0; k < out.names.count; ++k)
            if (k != i && k != twin) left.push(out.names.at[k]);
        left.push(out.names.at[i]);
        out.names = left;
        i = -1;
    }
    return out;
}

/// The axes in the order wanted; those that are not are added up.
constexpr tensor sum_to(const named_tensor& x, const subject& who, const axis_names& wanted) {
    int_list gone, order;
    axis_names left;
    for (int i = 0; i < x.names.count; ++i) {
        if (wanted.find(x.names.at[i]) >= 0)
            left.push(x.names.at[i]);
        else
            gone.at[gone.count++] = i;
    }
    const tensor sum
        = gone.count ? apply_reduce(x.value, who, reduce_kind::sum, gone, false) : x.value;
    for (int i = 0; i < wanted.count; ++i) order.at[order.count++] = left.find(wanted.at[i]);
    return order.count ? permute_to(sum, who, order) : sum;
}

/// a becomes its product with b, over the axes of both that `keeps` does not want. False if it cannot.
template <class Keeps>
constexpr bool multiply_by(named_tensor& a, const named_tensor& b, const subject& who,
    const einsum_equation& read, Keeps keeps) {
    axis_names batch, rows, inner, columns;
    for (int i = 0; i < a.names.count; ++i) {
        const char name = a.names.at[i];
        if (b.names.find(name) >= 0)
            (keeps(name) ? batch : inner).push(name);
        else if (keeps(name))
            rows.push(name);
    }
    for (int i = 0; i < b.names.count; ++i) {
        const char name = b.names.at[i];
        if (a.names.find(name) < 0 && keeps(name)) columns.push(name);
    }
    const axis_names names = batch + rows + columns;
    if (names.count > max_rank) {
        network_of(a.value).report(problem_id::option_range, who, "the product of ",
            to_text(a.value.dims), " and ", to_text(b.value.dims), " has ", names.count,
            " axes, at most 6 are possible; write the operands in another order");
        return false;
    }
    const auto size_of = [&](const axis_names& names) {
        std::int64_t count = 1;
        for (int i = 0; i < names.count; ++i) count *= read.extent_of(names.at[i]);
        return to_extent(count);
    };
    const int groups = size_of(batch), m = size_of(rows), k = size_of(inner), n = size_of(columns);
    const bool is_flat = batch.count == 0;
    const tensor left = reshape_to(
        sum_to(a, who, batch + rows + inner), who, is_flat ? shape{m, k} : shape{groups, m, k});
    const tensor right = reshape_to(
        sum_to(b, who, batch + inner + columns), who, is_flat ? shape{k, n} : shape{groups, k, n});
    shape dims;
    for (int i = 0; i < names.count; ++i) dims.push(read.extent_of(names.at[i]));
    // Nothing to add up: a product of elements, which fuses with its neighbours.
    const tensor product = inner.count ? apply_matmul(left, right, who)
                                       : apply_number(left, right, who, function::mul);
    a = {reshape_to(product, who, dims), names};
    return true;
}

constexpr tensor apply_einsum(
    std::string_view equation, const tensor* operands, std::size_t count, const subject& who) {
    if (count == 0) this_tensor_was_never_made_by_input_or_a_layer();
    network& net = network_of(operands[0]);
    const int given = static_cast<int>(count);
    if (given > max_einsum_operands) {
        net.report(problem_id::option_range, who, given, " operands are given, at most ",
            max_einsum_operands, " are possible; take some of them first");
        return operands[0];
    }
    for (int k = 0; k < given; ++k) {
        if (k && !needs_owned(net, who, operands[k], k + 1)) return operands[0];
        if (!needs_values(net, who, operands[k])) return operands[0];
    }
    einsum_equation read;
    if (!read_einsum(net, who, equation, operands, given, read)) return operands[0];
    named_tensor product = einsum_operand(operands[0], who, read.of[0], read);
    for (int k = 1; k < given; ++k) {
        const auto is_read_later = [&](char name) {
            bool is_read = read.result.find(name) >= 0;
            for (int later = k + 1; later < given; ++later)
                is_read = is_read || read.of[later].find(name) >= 0;
            return is_read;
        };
        const named_tensor next = einsum_operand(operands[k], who, read.of[k], read);
        if (!multiply_by(product, next, who, read, is_read_later)) return operands[0];
    }
    return sum_to(product, who, read.result);
}

}  // namespace detail

/// A sum of products over the axes that the result does not name: `einsum("bhid,bhjd->bhij", q, k)`,
/// `einsum("...ij,...jk", a, b)`, `einsum("ij,jk,kl->il", {a, b, c})`, a trace `einsum("ii", x)`.
///
/// Shapes   a letter for each axis; a letter that stands twice in an operand is its diagonal; `...` are further
///          axes, aligned at the end, where an extent of 1 stretches. Without `->` the result has the letters
///          that occur once, in their order, behind the axes of `...`.
/// Errors   LAM-04 a letter has two extents; LAM-08 the equation cannot be read, names an axis twice in the
///          result or one that no operand has, or a product of more than 6 axes; LAM-16; LAM-17.
/// Cost     a matmul for each operand behind the first, in their order; axes that are not in its order are
///          copied.
/// Source   torch.einsum, ONNX Einsum. Differs: at most 8 operands, multiplied from left to right; letters of
///          extent 1 do not stretch.
constexpr tensor einsum(std::string_view equation, const tensor& x,
    std::source_location where = std::source_location::current()) {
    return detail::apply_einsum(equation, &x, 1, {"einsum", {}, where});
}
constexpr tensor einsum(std::string_view equation, const tensor& a, const tensor& b,
    std::source_location where = std::source_location::current()) {
    const tensor operands[] = {a, b};
    return detail::apply_einsum(equation, operands, 2, {"einsum", {}, where});
}
constexpr tensor einsum(std::string_view equation, std::initializer_list<tensor> operands,
    std::source_location where = std::source_location::current()) {
    return detail::apply_einsum(equation, operands.begin(), operands.size(), {"einsum", {}, where});
}
constexpr tensor einsum(std::string_view equation, const std::vector<tensor>& operands,
    std::source_location where = std::source_location::current()) {
    return detail::apply_einsum(equation, operands.data(), operands.size(), {"einsum", {}, where});
}

}  // namespace lamina
