// SPDX-License-Identifier: Apache-2.0
// The node of matmul, and of layers that have one among others.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// a b over the last two axes; a vector is a row on the left and a column on the right, whose axis of
/// extent 1 the product does not have. Errors   LAM-01, LAM-04, LAM-08, LAM-16.
constexpr tensor apply_matmul(const tensor& a, const tensor& b, const subject& who,
    bool transpose_a = false, bool transpose_b = false) {
    network& net = network_of(a);
    if (a.dims.rank == 0 || b.dims.rank == 0) {
        net.report(problem_id::shape_rank, who, "operands ", to_text(a.dims), " (",
            maker_text(net, a, who), ") and ", to_text(b.dims), " (", maker_text(net, b, who),
            "); both need at least one axis, multiply by a scalar with *");
        return a;
    }
    const bool is_row = a.dims.rank == 1, is_column = b.dims.rank == 1;
    if ((is_row && transpose_a) || (is_column && transpose_b)) {
        net.report(problem_id::option_range, who,
            is_row && transpose_a ? "transpose_a" : "transpose_b", " is set for a vector, ",
            to_text(is_row && transpose_a ? a.dims : b.dims),
            "; a vector has no other axis to swap with, leave it out or unsqueeze the vector");
        return a;
    }
    if (needs_values(net, who, a)) needs_values(net, who, b);
    const shape left = is_row ? shape{1, a.dims.n} : a.dims;
    const shape right = is_column ? shape{b.dims.n, 1} : b.dims;
    const int ra = left.rank, rb = right.rank;
    const int m = left[transpose_a ? ra - 1 : ra - 2];
    const int ka = left[transpose_a ? ra - 2 : ra - 1];
    const int kb = right[transpose_b ? rb - 1 : rb - 2];
    const int n = right[transpose_b ? rb - 2 : rb - 1];
    node made;
    made.kind = op::matmul;
    made.attr.transpose_a = transpose_a;
    made.attr.transpose_b = transpose_b;
    const bool fits = broadcast(left, right, made.dims, 2);
    if (!fits || ka != kb) {
        net.report(problem_id::operands, who, "operands ", to_text(a.dims),
            transpose_a ? " transposed (" : " (", maker_text(net, a, who), ") and ",
            to_text(b.dims), transpose_b ? " transposed (" : " (", maker_text(net, b, who),
            ") do not multiply: ", ka != kb ? "inner extents " : "leading axes differ",
            ka != kb ? to_text(shape{ka, kb}) : text<80>(),
            "; check the order of the operands and transpose_a, transpose_b");
        return a;
    }
    shape out = made.dims;
    if (!is_row) out.push(m);
    if (!is_column) out.push(n);
    made.dims.push(m).push(n);
    made.inputs = {reshape_to(a, who, left).id, reshape_to(b, who, right).id};
    // Sums of nothing are 0.
    return reshape_to(ka == 0 ? fill(net, who, made, 0) : net.add(who, made), who, out);
}

}  // namespace lamina
