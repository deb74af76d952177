// SPDX-License-Identifier: Apache-2.0
// Normalisations that compute their statistics while running: layer, rms, group, instance.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

struct layer_norm_options {
    whole axes = 1;  ///< how many trailing axes are normalised together
    float eps = 1e-5f;
    bool affine = true;  ///< weight exists
    bool bias = true;    ///< bias exists (if affine)
};

/// (x - mean) / sqrt(var + eps) * weight + bias over the trailing axes.
///
/// Shapes   any; same shape out.
/// Weights  weight and bias with the extents of the trailing axes, if `.affine` (and `.bias`).
/// Errors   LAM-06, LAM-07 names; LAM-08 eps; LAM-11 more axes than there are; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.LayerNorm; normalized_shape is the input's, only the number of axes is given.
struct layer_norm {
    subject who;
    layer_norm_options options;
    constexpr layer_norm(name at = {}, layer_norm_options o = {},
        std::source_location where = std::source_location::current())
        : who{"layer_norm", at, where}, options(o) {}
};

struct rms_norm_options {
    whole axes = 1;
    float eps = 1.1920929e-7f;  ///< of f32, as PyTorch's default; Llama's networks use 1e-5 or 1e-6
    bool affine = true;
};

/// x / sqrt(mean(x^2) + eps) * weight over the trailing axes.
///
/// Shapes   any; same shape out.
/// Weights  weight with the extents of the trailing axes, if `.affine`.
/// Errors   as layer_norm.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.RMSNorm. eps is that of f32 also where activations are stored in f16.
struct rms_norm {
    subject who;
    rms_norm_options options;
    constexpr rms_norm(name at = {}, rms_norm_options o = {},
        std::source_location where = std::source_location::current())
        : who{"rms_norm", at, where}, options(o) {}
};

struct group_norm_options {
    float eps = 1e-5f;
    bool affine = true;  ///< weight and bias exist
};

/// Normalises each of `groups` runs of channels over all later axes: `group_norm{"gn", 32}`.
///
/// Shapes   rank 2 to 6, axis 1 is the channel; same shape out.
/// Weights  weight [C], bias [C] if `.affine`.
/// Errors   LAM-01 fewer than two axes; LAM-03 groups do not divide the channels; LAM-06, LAM-07
///          names; LAM-08 eps; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.GroupNorm; Wu and He 2018.
struct group_norm {
    subject who;
    whole groups;
    group_norm_options options;
    constexpr group_norm(name at, whole g, group_norm_options o = {},
        std::source_location where = std::source_location::current())
        : who{"group_norm", at, where}, groups(g), options(o) {}
};

struct instance_norm_options {
    float eps = 1e-5f;
    bool affine = false;  ///< weight and bias exist
};

/// Normalises each channel of each image: `instance_norm{}`, `instance_norm{"in", {.affine =
/// true}}`.
///
/// Shapes   rank 3 to 6, axis 1 is the channel; same shape out.
/// Weights  weight [C], bias [C] if `.affine`.
/// Errors   LAM-01 fewer than three axes; LAM-06, LAM-07 names; LAM-08 eps; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.InstanceNorm2d without running statistics (track_running_stats=True at
///          inference is batch_norm).
struct instance_norm {
    subject who;
    instance_norm_options options;
    constexpr instance_norm(name at = {}, instance_norm_options o = {},
        std::source_location where = std::source_location::current())
        : who{"instance_norm", at, where}, options(o) {}
};

/// What the four lower to; `dims` are the extents of weight and bias. Errors   LAM-08, LAM-16.
constexpr tensor apply_norm(const tensor& x, const subject& who, norm_kind kind, int axis,
    int groups, float eps, const shape& dims, bool weight, bool bias) {
    network& net = network_of(x);
    needs_values(net, who, x);
    if (!(eps > 0) || !needs_finite(net, who, "eps", eps)) {
        net.report(problem_id::option_range, who, "eps must be above 0; PyTorch uses 0.00001");
        eps = 1e-5f;
    }
    node made;
    made.kind = op::normalize;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.attr.kind = static_cast<int>(kind);
    made.attr.axis = axis;
    made.attr.groups = groups;
    made.attr.scalars[0] = eps;
    if (weight) made.parameters[weight_slot] = net.weights(who, "weight", dims);
    if (bias) made.parameters[bias_slot] = net.weights(who, "bias", dims);
    return net.add(who, made);
}

/// layer_norm and rms_norm: the first normalised axis, and the extents from it on.
constexpr tensor apply_trailing_norm(const tensor& x, const subject& who, norm_kind kind, int axes,
    float eps, bool weight, bool bias) {
    const int rank = x.dims.rank;
    if (axes < 1 || axes > rank) {
        network_of(x).report(problem_id::axis_range, who, "normalises ", axes,
            " trailing axes, input ", to_text(x.dims), " has ", rank,
            rank ? "; use 1 to all of them" : "; unsqueeze it first");
        axes = 1;
    }
    shape dims;
    const int first = rank > axes ? rank - axes : 0;
    for (int axis = first; axis < rank; ++axis) dims.push(x.dims[axis]);
    return apply_norm(x, who, kind, first, 1, eps, dims, weight, bias);
}

constexpr tensor operator|(const tensor& x, const layer_norm& layer) {
    const layer_norm_options& o = layer.options;
    return apply_trailing_norm(
        x, layer.who, norm_kind::layer, o.axes, o.eps, o.affine, o.affine && o.bias);
}

constexpr tensor operator|(const tensor& x, const rms_norm& layer) {
    const rms_norm_options& o = layer.options;
    return apply_trailing_norm(x, layer.who, norm_kind::rms, o.axes, o.eps, o.affine, false);
}

constexpr tensor operator|(const tensor& x, const group_norm& layer) {
    network& net = network_of(x);
    int groups = layer.groups;
    if (x.dims.rank < 2) {
        net.report(problem_id::shape_rank, layer.who, "input ", to_text(x.dims), " has ",
            x.dims.rank, " axes, at least 2 are needed (axis 1 is the channel)");
        return x;
    }
    if (groups < 1 || x.dims.c % groups) {
        net.report(problem_id::channels, layer.who, "groups ", groups, " do not divide channels ",
            x.dims.c, " of input ", to_text(x.dims), "; check groups");
        groups = 1;
    }
    return apply_norm(x, layer.who, norm_kind::group, 1, groups, layer.options.eps, {x.dims.c},
        layer.options.affine, layer.options.affine);
}

constexpr tensor operator|(const tensor& x, const instance_norm& layer) {
    if (x.dims.rank < 3) {
        network_of(x).report(problem_id::shape_rank, layer.who, "input ", to_text(x.dims), " has ",
            x.dims.rank, " axes, at least 3 are needed (axis 1 is the channel)");
        return x;
    }
    return apply_norm(x, layer.who, norm_kind::instance, 1, x.dims.c, layer.options.eps, {x.dims.c},
        layer.options.affine, layer.options.affine);
}

}  // namespace lamina
