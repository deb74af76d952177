// SPDX-License-Identifier: Apache-2.0
// Matrix product of two tensors, batched over leading axes.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

struct matmul_options {
    bool transpose_a = false, transpose_b = false;  ///< swap the last two axes first
};

/// a b over the last two axes: `matmul(q, k, {.transpose_b = true})`.
///
/// Shapes   ...xMxK, ...xKxN -> ...xMxN; leading axes broadcast. Zeros where K is 0.
/// Errors   LAM-01 fewer than two axes; LAM-04 the shapes do not multiply; LAM-16 indices; LAM-17 a
///          tensor of another network.
/// Fuses with   pointwise ops and residuals after it.
/// Source   torch.matmul. Differs: both operands have 2 axes at least (reshape a vector).
constexpr tensor matmul(const tensor& a, const tensor& b, matmul_options o = {},
    std::source_location where = std::source_location::current()) {
    network& net = network_of(a);
    const subject who{"matmul", {}, where};
    if (!needs_owned(net, who, b, 2)) return a;
    if (a.dims.rank < 2 || b.dims.rank < 2) {
        net.report(problem_id::shape_rank, who, "operands ", to_text(a.dims), " (",
            maker_text(net, a, who), ") and ", to_text(b.dims), " (", maker_text(net, b, who),
            "); both need at least 2 axes, reshape a vector to 1xK or Kx1");
        return a;
    }
    if (needs_values(net, who, a)) needs_values(net, who, b);
    const int ra = a.dims.rank, rb = b.dims.rank;
    const int m = a.dims[o.transpose_a ? ra - 1 : ra - 2];
    const int ka = a.dims[o.transpose_a ? ra - 2 : ra - 1];
    const int kb = b.dims[o.transpose_b ? rb - 1 : rb - 2];
    const int n = b.dims[o.transpose_b ? rb - 2 : rb - 1];
    node made;
    made.kind = op::matmul;
    made.inputs = {a.id, b.id};
    made.attr.transpose_a = o.transpose_a;
    made.attr.transpose_b = o.transpose_b;
    const bool fits = broadcast(a.dims, b.dims, made.dims, 2);
    if (!fits || ka != kb) {
        net.report(problem_id::operands, who, "operands ", to_text(a.dims),
            o.transpose_a ? " transposed (" : " (", maker_text(net, a, who), ") and ",
            to_text(b.dims), o.transpose_b ? " transposed (" : " (", maker_text(net, b, who),
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
