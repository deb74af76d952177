// SPDX-License-Identifier: Apache-2.0
// Batch normalisation at inference: a scale and a shift per channel.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

struct batch_norm_options {
    float eps = 1e-5f;
    bool affine = true;  ///< weight and bias exist
};

/// (x - running_mean) / sqrt(running_var + eps) * weight + bias, per channel (axis 1).
///
/// Shapes   rank 2 to 6, axis 1 is the channel; same shape out.
/// Weights  running_mean [C], running_var [C]; weight [C], bias [C] if `.affine`.
///          num_batches_tracked in a weights file is not read.
/// Errors   LAM-01 fewer than two axes; LAM-06, LAM-07 names; LAM-08 eps; LAM-16 indices.
/// Fuses with   a conv2d, conv_transpose2d or linear before it, in fp64, into its weights.
/// Source   torch.nn.BatchNorm2d in eval mode; Ioffe and Szegedy 2015.
struct batch_norm {
    subject who;
    batch_norm_options options;
    constexpr batch_norm(name at, batch_norm_options o = {},
        std::source_location where = std::source_location::current())
        : who{"batch_norm", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const batch_norm& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    if (x.dims.rank < 2)
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims), " has ", x.dims.rank,
            " axes, at least 2 are needed (axis 1 is the channel)");
    needs_values(net, who, x);
    if (!(layer.options.eps > 0))
        net.report(problem_id::option_range, who, "eps must be above 0; PyTorch uses 0.00001");
    node made;
    made.kind = op::batch_norm;
    made.dims = x.dims;
    made.inputs = {x.id};
    made.attr.scalars[0] = layer.options.eps;
    const shape channels{x.dims.rank < 2 ? 1 : x.dims.c};
    if (layer.options.affine) {
        made.parameters[weight_slot] = net.weights(who, "weight", channels);
        made.parameters[bias_slot] = net.weights(who, "bias", channels);
    }
    made.parameters[mean_slot] = net.weights(who, "running_mean", channels);
    made.parameters[variance_slot] = net.weights(who, "running_var", channels);
    return net.add(who, made);
}

}  // namespace lamina
