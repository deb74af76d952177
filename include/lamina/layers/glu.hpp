// SPDX-License-Identifier: Apache-2.0
// Gated linear units: one half of an axis times a function of the other.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/slice_rule.hpp>

namespace lamina {

/// The halves of an axis, the one that `gate` is applied to times the other.
constexpr tensor apply_gate(
    const tensor& x, const subject& who, int wanted, function gate, bool is_second) {
    network& net = network_of(x);
    needs_values(net, who, x);
    const int axis = axis_of(net, who, x.dims, wanted);
    const int half = x.dims[axis] / 2;
    if (x.dims[axis] % 2 || !x.dims.rank) {
        net.report(problem_id::channels, who, "axis ", axis, " of input ", to_text(x.dims), " has ",
            x.dims[axis], " elements, which do not divide into two halves; check the layer before");
        return x;
    }
    const tensor first = apply_slice(x, who, axis, 0, half);
    const tensor second = apply_slice(x, who, axis, half, half);
    const tensor open = apply_function(is_second ? second : first, who, gate);
    return is_second ? apply_binary(first, open, who, function::mul)
                     : apply_binary(open, second, who, function::mul);
}

/// The first half of an axis times the sigmoid of the second: `glu{1}`.
///
/// Shapes   the axis becomes half as long.
/// Errors   LAM-03 its extent is odd; LAM-11 the axis; LAM-16 indices.
/// Source   torch.nn.GLU.
struct glu {
    subject who;
    whole axis;
    constexpr glu(whole a = -1, std::source_location where = std::source_location::current())
        : who{"glu", {}, where}, axis(a) {}
};
constexpr tensor operator|(const tensor& x, const glu& layer) {
    return apply_gate(x, layer.who, layer.axis, function::sigmoid, true);
}

/// silu of the first half of an axis times the second, as Llama's feed-forward layers have it (gate and up
/// side by side).
///
/// Shapes, errors   as glu.
/// Source   Shazeer 2020; `F.silu(gate) * up`.
struct swiglu {
    subject who;
    whole axis;
    constexpr swiglu(whole a = -1, std::source_location where = std::source_location::current())
        : who{"swiglu", {}, where}, axis(a) {}
};
constexpr tensor operator|(const tensor& x, const swiglu& layer) {
    return apply_gate(x, layer.who, layer.axis, function::silu, false);
}

}  // namespace lamina
