// SPDX-License-Identifier: Apache-2.0
// Functions of two values: add, sub, mul, div, min, max, pow of tensors (broadcast) or scalars.
#pragma once
#include <lamina/layers/activation.hpp>

namespace lamina {

/// NumPy's rule: shapes are aligned at the end, an extent of 1 stretches.
/// Errors   LAM-04 with both shapes.
constexpr tensor apply_binary(const tensor& a, const tensor& b, const subject& who,
                              function kind) {
    network& net = network_of(a);
    if (!net.owns(b)) {
        net.report(problem_id::foreign_tensor, who,
                   "the second operand is not a tensor of this network; pass one of this define");
        return a;
    }
    const int rank = a.dims.rank > b.dims.rank ? a.dims.rank : b.dims.rank;
    shape out;
    bool fits = true;
    for (int i = 0; i < rank; ++i) {
        const int x = i < rank - a.dims.rank ? 1 : a.dims[i - (rank - a.dims.rank)];
        const int y = i < rank - b.dims.rank ? 1 : b.dims[i - (rank - b.dims.rank)];
        fits = fits && (x == y || x == 1 || y == 1);
        out.push(x > y ? x : y);
    }
    if (!fits) {
        net.report(problem_id::operands, who, "operands ", to_text(a.dims), " and ",
                   to_text(b.dims),
                   " do not broadcast; check stride and channel count of each branch");
        out = a.dims;
    }
    if (a.type == dtype::i32 || b.type == dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "operands ", to_text(a.type), " and ",
                   to_text(b.type), "; indices (i32) only feed embedding");
    node made;
    made.kind = op::binary;
    made.dims = out;
    made.inputs = {a.id, b.id};
    made.attr.kind = static_cast<int>(kind);
    return net.add(who, made);
}

/// a + b, broadcast. Source torch.add.
constexpr tensor add(const tensor& a, const tensor& b,
                     std::source_location where = std::source_location::current()) {
    return apply_binary(a, b, {"add", {}, where}, function::add);
}

} // namespace lamina
