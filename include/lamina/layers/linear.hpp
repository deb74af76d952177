// SPDX-License-Identifier: Apache-2.0
// Fully connected layer; `dense` is its other name, for classifiers.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

struct linear_options {
    whole out = 0;  ///< output features; must be given
    bool bias = true;
};

/// x weight^T + bias over the last axis.
///
/// Shapes   ...xI -> ...xOUT, rank 1 to 6; NxIx1x1 (after global_avg_pool) is taken as NxI.
/// Weights  weight [out, I]; bias [out] unless `.bias = false`.
/// Errors   LAM-06, LAM-07 names; LAM-08 out; LAM-12 an image of features that is not flat;
///          LAM-16 indices.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Cost     network::quantize_weights stores the weights in 4 or 8 bits, for layers of few rows.
/// Source   torch.nn.Linear.
struct linear {
    subject who;
    linear_options options;
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr linear(
        name at, Number out, std::source_location where = std::source_location::current())
        : who{"linear", at, where}, options{out, true} {}
    constexpr linear(
        name at, linear_options o, std::source_location where = std::source_location::current())
        : who{"linear", at, where}, options(o) {}
};

/// linear under the name that classifiers give it.
struct dense : linear {
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr dense(
        name at, Number out, std::source_location where = std::source_location::current())
        : linear(at, out, where) {
        who.layer = "dense";
    }
    constexpr dense(
        name at, linear_options o, std::source_location where = std::source_location::current())
        : linear(at, o, where) {
        who.layer = "dense";
    }
};

constexpr tensor operator|(const tensor& from, const linear& layer) {
    network& net = network_of(from);
    const subject& who = layer.who;
    linear_options o = layer.options;
    tensor x = from;
    if (x.dims.rank == 4 && x.dims.h == 1 && x.dims.w == 1) {
        x = reshape_to(x, {who.layer, {}, who.where}, {x.dims.n, x.dims.c});
    } else if (is_feature_map(net, x)) {
        net.report(problem_id::not_flat, who, "input ", to_text(x.dims),
            " is not flat; put global_avg_pool{} or flatten{} before it");
        x = reshape_to(x, {who.layer, {}, who.where}, {x.dims.n, x.dims.c * x.dims.h * x.dims.w});
    }
    if (x.dims.rank < 1)
        net.report(problem_id::shape_rank, who,
            "input is a scalar, at least 1 axis is needed; "
            "reshape it");
    needs_values(net, who, x);
    if (o.out < 1) {
        net.report(problem_id::option_range, who, "out ", o.out,
            "; it must be at least 1 (write .out = features)");
        o.out = 1;
    }
    const int last = x.dims.rank < 1 ? 0 : x.dims.rank - 1;
    node made;
    made.kind = op::linear;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.dims.at(last) = o.out;
    made.parameters[weight_slot] = net.weights(who, "weight", {o.out, x.dims[last]});
    if (o.bias) made.parameters[bias_slot] = net.weights(who, "bias", {o.out});
    return net.add(who, made);
}

}  // namespace lamina
