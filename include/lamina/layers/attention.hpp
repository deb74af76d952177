// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention as one layer.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

struct attention_options {
    bool causal = false;  ///< query i sees keys 0 to i only
    float scale = 0;      ///< 0: 1 / sqrt(D)
    tensor mask = {};     ///< added to the scores; broadcasts to ...xLxS; float in fp16 plans too
};

/// Square root by Newton's steps: std::sqrt is not constexpr in C++20.
constexpr double square_root(double value) {
    double root = value > 1 ? value : 1;
    for (int step = 0; step < 64; ++step) root = 0.5 * (root + value / root);
    return root;
}

/// softmax(q k^T scale + mask) v. A query whose keys are all masked with -infinity gets 0 (softmax of
/// such a row, written by hand, is NaN); all masked with the same finite number, the mean of v.
///
/// Shapes   q ...xLxD, k ...xSxD, v ...xSxE -> ...xLxE, leading axes equal (batch, heads).
/// Errors   LAM-01 ranks; LAM-04 shapes; LAM-08 scale; LAM-16 indices; LAM-17 a tensor of
///          another network.
/// Source   torch.nn.functional.scaled_dot_product_attention (before 2.5 it gave NaN where all is
///          masked). Differs: the mask is added, never boolean; leading axes of q, k, v do not
///          broadcast; there is no dropout.
constexpr tensor attention(const tensor& q, const tensor& k, const tensor& v,
    attention_options o = {}, std::source_location where = std::source_location::current()) {
    network& net = network_of(q);
    const subject who{"attention", {}, where};
    if (!needs_owned(net, who, k, 2) || !needs_owned(net, who, v, 3)) return q;
    const int rank = q.dims.rank;
    if (rank < 2 || k.dims.rank != rank || v.dims.rank != rank) {
        net.report(problem_id::shape_rank, who, "q ", to_text(q.dims), " (",
            maker_text(net, q, who), "), k ", to_text(k.dims), " (", maker_text(net, k, who),
            "), v ", to_text(v.dims), " (", maker_text(net, v, who),
            "); all need the same 2 or more axes");
        return q;
    }
    if (needs_values(net, who, q) && needs_values(net, who, k)) needs_values(net, who, v);
    bool fits = q.dims[rank - 1] == k.dims[rank - 1] && k.dims[rank - 2] == v.dims[rank - 2];
    for (int axis = 0; axis < rank - 2; ++axis)
        fits = fits && q.dims[axis] == k.dims[axis] && q.dims[axis] == v.dims[axis];
    if (!fits) {
        net.report(problem_id::operands, who, "q ", to_text(q.dims), " (", maker_text(net, q, who),
            "), k ", to_text(k.dims), " (", maker_text(net, k, who), "), v ", to_text(v.dims), " (",
            maker_text(net, v, who),
            ") do not match; they are ...xLxD, ...xSxD, ...xSxE "
            "with equal leading axes");
        return q;
    }
    node made;
    made.kind = op::attention;
    made.dims = q.dims;
    made.dims.at(rank - 1) = v.dims[rank - 1];
    made.inputs = {q.id, k.id, v.id};
    made.attr.causal = o.causal;
    made.attr.scalars[0] = needs_finite(net, who, "scale", o.scale) && o.scale != 0
        ? o.scale
        : static_cast<float>(1 / square_root(q.dims[rank - 1]));
    if (o.mask.net) {
        shape scores = q.dims, reached;
        scores.at(rank - 1) = k.dims[rank - 2];
        if (!needs_owned(net, who, o.mask, 4)) return net.add(who, made);
        needs_values(net, who, o.mask);
        if (!broadcast(scores, o.mask.dims, reached) || !(reached == scores))
            net.report(problem_id::operands, who, "mask ", to_text(o.mask.dims), " (",
                maker_text(net, o.mask, who), ") does not broadcast to the scores ",
                to_text(scores), "; check its last two axes (queries, keys)");
        else
            made.inputs.push_back(o.mask.dims.rank ? o.mask.id : reshape_to(o.mask, who, {1}).id);
    }
    if (k.dims[rank - 2] == 0 && q.dims[rank - 1]) return fill(net, who, made, 0);
    return net.add(who, made);
}

}  // namespace lamina
