// SPDX-License-Identifier: Apache-2.0
// Tensors that are known when the network is written, and what is made of them: arange, full, tril, triu,
// one_hot. network::constant takes any other numbers.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// The whole numbers start, start + step, ... before stop, i32: `arange(net, 0, 8)`.
///
/// Errors   LAM-08 the step is 0; LAM-22 more than 2^24 numbers.
/// Source   torch.arange of ints, ONNX Range. Numbers with fractions: cast it, then scale and shift.
constexpr tensor arange(network& net, whole start, whole stop, whole step = 1,
    std::source_location where = std::source_location::current()) {
    const subject who{"arange", {}, where};
    if (step == 0) {
        net.report(problem_id::option_range, who, "step is 0; write another one");
        step = 1;
    }
    const std::int64_t way = step > 0 ? std::int64_t{stop} - start : std::int64_t{start} - stop;
    const std::int64_t pace = step > 0 ? std::int64_t{step} : -std::int64_t{step};
    std::int64_t count = way <= 0 ? 0 : (way - 1) / pace + 1;
    if (count > 16777216) {
        net.report(problem_id::extent_range, who, "from ", start, " to ", stop, " by ", step,
            " has ", count, " numbers, the limit is 16777216; compute them in the network");
        count = 1;
    }
    std::vector<int> numbers;
    for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<int>(start + i * step));
    return net.constant(numbers, where);
}

/// Every element is one number: `full(net, {1, 8, 8}, 0.5f)`. f32.
/// Errors   LAM-08 the number is not finite; LAM-22 an extent is negative. Source   torch.full.
constexpr tensor full(network& net, const shape& dims, float number,
    std::source_location where = std::source_location::current()) {
    const subject who{"full", {}, where};
    node made;
    made.kind = op::fill;
    made.dims = dims;
    made.attr.scalars[0] = needs_finite(net, who, "the number", number) ? number : 0;
    return net.add(who, made);
}

/// x with zeros above a diagonal (tril) or below it (triu): `net.constant(...)`'s numbers compared in place.
constexpr tensor apply_triangle(
    const tensor& x, const subject& who, std::int64_t diagonal, bool keeps_lower) {
    network& net = network_of(x);
    if (x.dims.rank < 2) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims),
            " has no rows and columns; reshape it to two axes or more");
        return x;
    }
    const int rows = x.dims[x.dims.rank - 2], columns = x.dims[x.dims.rank - 1];
    std::vector<int> of_rows, of_columns;
    for (int i = 0; i < rows; ++i) of_rows.push_back(to_extent(i + diagonal));
    for (int i = 0; i < columns; ++i) of_columns.push_back(i);
    const tensor row = net.constant(of_rows, {rows, 1}, who.where);
    const tensor column = net.constant(of_columns, {1, columns}, who.where);
    if (x.type == dtype::boolean) {
        const tensor kept
            = apply_truth(column, row, who, keeps_lower ? function::le : function::ge);
        return apply_truth(x, kept, who, function::logical_and);
    }
    const tensor gone = apply_truth(column, row, who, keeps_lower ? function::gt : function::lt);
    return make_binary(x, gone, who, function::masked_fill, x.type, [](network&) {});
}

/// The lower triangle of matrices, zeros above the diagonal: `tril{}`; `tril{1}` keeps one more.
///
/// Shapes   any element type, rank 2 to 6; the last two axes are the matrices. Same shape out.
/// Errors   LAM-01 fewer axes.
/// Fuses with   pointwise ops around it.
/// Source   torch.tril.
struct tril {
    subject who;
    whole diagonal;
    constexpr tril(whole d = 0, std::source_location where = std::source_location::current())
        : who{"tril", {}, where}, diagonal(d) {}
};
constexpr tensor operator|(const tensor& x, const tril& layer) {
    return apply_triangle(x, layer.who, layer.diagonal, true);
}

/// The upper triangle of matrices, zeros below the diagonal: `triu{1}` leaves out the diagonal itself. As
/// tril.
/// Source   torch.triu.
struct triu {
    subject who;
    whole diagonal;
    constexpr triu(whole d = 0, std::source_location where = std::source_location::current())
        : who{"triu", {}, where}, diagonal(d) {}
};
constexpr tensor operator|(const tensor& x, const triu& layer) {
    return apply_triangle(x, layer.who, layer.diagonal, false);
}

/// 1 at the index of each class, else 0: `labels | one_hot{10}`.
///
/// Shapes   any of rank 0 to 5 -> the same with one more axis behind it, classes.
/// Units    indices are i32 and count from the end where they are below 0; one outside gives zeros.
/// Errors   LAM-01 six axes; LAM-08 classes below 1; LAM-16 the input is not i32.
/// Source   torch.nn.functional.one_hot. Differs: f32; the number of classes must be written.
struct one_hot {
    subject who;
    whole classes;
    constexpr one_hot(whole c, std::source_location where = std::source_location::current())
        : who{"one_hot", {}, where}, classes(c) {}
};
constexpr tensor operator|(const tensor& x, const one_hot& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    int classes = layer.classes;
    if (x.type != dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "input ", to_text(x.dims), " is ",
            to_text(x.type), ", i32 is needed; write cast(x, dtype::i32)");
    if (classes < 1 || classes > 16777216) {
        net.report(problem_id::option_range, who, "classes ", classes, "; use 1 to 16777216");
        classes = 1;
    }
    if (x.dims.rank >= max_rank || x.type != dtype::i32) {
        if (x.dims.rank >= max_rank)
            net.report(problem_id::shape_rank, who, "input ", to_text(x.dims),
                " has 6 axes; the limit is 5, reshape into fewer");
        return x;
    }
    shape dims = x.dims;
    const tensor index = reshape_to(x, who, dims.push(1));
    const tensor each = arange(net, 0, classes, 1, who.where);
    const tensor from_end = arange(net, -classes, 0, 1, who.where);
    const tensor is_class = apply_truth(apply_truth(index, each, who, function::eq),
        apply_truth(index, from_end, who, function::eq), who, function::logical_or);
    return make_function(is_class, who, function::to_f32);
}

}  // namespace lamina
