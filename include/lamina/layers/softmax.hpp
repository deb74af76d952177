// SPDX-License-Identifier: Apache-2.0
// Softmax and its logarithm along an axis.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// The axis was not written.
inline constexpr int default_axis = -1000;

/// exp(x) / sum of exp(x) along an axis, computed without overflow. A line with a NaN or +infinity,
/// or of nothing but -infinity, is NaN, as in PyTorch; `attention` gives 0 where all is masked.
///
/// Shapes   any; same shape out. `softmax{}` takes the last axis, but axis 1 of NxCx1x1 and of an
///          image (an input, or what convolutions and pools make); `softmax{.axis = 2}` says it.
/// Errors   LAM-11 the axis; LAM-16 indices.
/// Fuses with   nothing; pointwise ops after it are a separate step.
/// Source   torch.nn.Softmax(dim). Differs: the default axis, which PyTorch has no more.
struct softmax {
    whole axis = default_axis;
    std::source_location where = std::source_location::current();
};

/// log(softmax(x)), as (x - largest) - log(sum): exact for large x too. As softmax.
/// Source   torch.nn.LogSoftmax(dim).
struct log_softmax {
    whole axis = default_axis;
    std::source_location where = std::source_location::current();
};

/// What both lower to.
constexpr tensor apply_softmax(const tensor& x, const subject& who, int axis, bool log) {
    network& net = network_of(x);
    needs_values(net, who, x);
    if (axis == default_axis) {
        const bool is_image = x.dims.rank == 4
            && ((x.dims.h == 1 && x.dims.w == 1) || is_feature_map(net, x)
                || net.nodes[static_cast<std::size_t>(x.id)].kind == op::input);
        axis = is_image ? 1 : -1;
    }
    node made;
    made.kind = op::softmax;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.attr.axis = axis_of(net, who, x.dims, axis);
    made.attr.log = log;
    return net.add(who, made);
}

constexpr tensor operator|(const tensor& x, const softmax& layer) {
    return apply_softmax(x, {"softmax", {}, layer.where}, layer.axis, false);
}
constexpr tensor operator|(const tensor& x, const log_softmax& layer) {
    return apply_softmax(x, {"log_softmax", {}, layer.where}, layer.axis, true);
}

}  // namespace lamina
