// SPDX-License-Identifier: Apache-2.0
// Leaky ReLU with learned slopes.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

struct prelu_options {
    whole count = 1;  ///< slopes: 1, or one per channel
};

/// x for x > 0, else weight x: `prelu{"act"}`, `prelu{"act", {.count = 64}}`.
///
/// Shapes   any; same shape out; axis 1 is the channel.
/// Weights  weight [count].
/// Errors   LAM-03 count is neither 1 nor the channels; LAM-06, LAM-07 names; LAM-16 indices.
/// Fuses with   whatever precedes it.
/// Source   torch.nn.PReLU (num_parameters 1).
struct prelu {
    subject who;
    prelu_options options;
    constexpr prelu(
        name at, prelu_options o = {}, std::source_location where = std::source_location::current())
        : who{"prelu", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const prelu& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    int count = layer.options.count;
    const int channels = x.dims.rank < 2 ? 1 : x.dims.c;
    if (count != 1 && count != channels) {
        net.report(problem_id::channels, who, "count ", count, " fits neither 1 slope nor the ",
            channels, " channels of input ", to_text(x.dims), "; check count");
        count = 1;
    }
    needs_values(net, who, x);
    node made;
    made.kind = op::prelu;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.parameters[weight_slot] = net.weights(who, "weight", {count});
    return net.add(who, made);
}

}  // namespace lamina
