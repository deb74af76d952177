// SPDX-License-Identifier: Apache-2.0
// The node of matmul, and of layers that have one among others.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// a b over the last two axes. Errors   LAM-01, LAM-04, LAM-16.
constexpr tensor apply_matmul(const tensor& a, const tensor& b, const subject& who,
    bool transpose_a = false, bool transpose_b = false) {
    network& net = network_of(a);
    if (a.dims.rank < 2 || b.dims.rank < 2) {
        net.report(problem_id::shape_rank, who, "operands ", to_text(a.dims), " (",
            maker_text(net, a, who), ") and ", to_text(b.dims), " (", maker_text(net, b, who),
            "); both need at least 2 axes, reshape a vector to 1xK or Kx1");
        return a;
    }
    if (needs_values(net, who, a)) needs_values(net, who, b);
    const int ra = a.dims.rank, rb = b.dims.rank;
    const int m = a.dims[transpose_a ? ra - 1 : ra - 2];
    const int ka = a.dims[transpose_a ? ra - 2 : ra - 1];
    const int kb = b.dims[transpose_b ? rb - 1 : rb - 2];
    const int n = b.dims[transpose_b ? rb - 2 : rb - 1];
    node made;
    made.kind = op::matmul;
    made.inputs = {a.id, b.id};
    made.attr.transpose_a = transpose_a;
    made.attr.transpose_b = transpose_b;
    const bool fits = broadcast(a.dims, b.dims, made.dims, 2);
    if (!fits || ka != kb) {
        net.report(problem_id::operands, who, "operands ", to_text(a.dims),
            transpose_a ? " transposed (" : " (", maker_text(net, a, who), ") and ",
            to_text(b.dims), transpose_b ? " transposed (" : " (", maker_text(net, b, who),
            ") do not multiply: ", ka != kb ? "inner extents " : "leading axes differ",
            ka != kb ? to_text(shape{ka, kb}) : text<80>(),
            "; check the order of the operands and transpose_a, transpose_b");
        made.dims = a.dims;
        return net.add(who, made);
    }
    made.dims.push(m).push(n);
    if (ka == 0) return fill(net, who, made, 0);  // sums of nothing
    return net.add(who, made);
}

}  // namespace lamina
