// SPDX-License-Identifier: Apache-2.0
// Activations: functions of one value, all as op::pointwise, all able to ride behind any kernel.
#pragma once
#include <lamina/graph/network.hpp>

namespace lamina {

/// Applies a function of one value to every element; what the layers below lower to.
/// Errors   LAM-16 the tensor holds indices.
constexpr tensor apply_function(const tensor& x, const subject& who, function kind, float a = 0,
                                float b = 0) {
    network& net = network_of(x);
    if (x.type == dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "input ", to_text(x.dims),
                   " holds i32 indices, not values; use it with embedding");
    node made;
    made.kind = op::pointwise;
    made.dims = x.dims;
    made.inputs = {x.id};
    made.attr.kind = static_cast<int>(kind);
    made.attr.scalars[0] = a;
    made.attr.scalars[1] = b;
    return net.add(who, made);
}

/// max(x, 0). Shapes any. Source torch.nn.ReLU.
struct relu {
    subject who;
    constexpr relu(std::source_location where = std::source_location::current())
        : who{"relu", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const relu& layer) {
    return apply_function(x, layer.who, function::relu);
}

/// min(max(x, 0), 6). Shapes any. Source torch.nn.ReLU6.
struct relu6 {
    subject who;
    constexpr relu6(std::source_location where = std::source_location::current())
        : who{"relu6", {}, where} {}
};
constexpr tensor operator|(const tensor& x, const relu6& layer) {
    return apply_function(x, layer.who, function::clamp, 0, 6);
}

/// x for x > 0, else slope x. Shapes any. Source torch.nn.LeakyReLU (slope 0.01).
struct leaky_relu {
    subject who;
    float slope;
    constexpr leaky_relu(float s = 0.01f,
                         std::source_location where = std::source_location::current())
        : who{"leaky_relu", {}, where}, slope(s) {}
};
constexpr tensor operator|(const tensor& x, const leaky_relu& layer) {
    return apply_function(x, layer.who, function::leaky_relu, layer.slope);
}

} // namespace lamina
