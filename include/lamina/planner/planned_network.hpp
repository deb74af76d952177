// SPDX-License-Identifier: Apache-2.0
// The network that the stages see: the user's, or for int8 plans the quantized one.
#pragma once
#include <lamina/graph/quantized.hpp>
#include <lamina/planner/target.hpp>

namespace lamina {

namespace detail {

/// Attention of an int8 plan of floats, which nothing is said about, multiplies pairs of bfloat16, and linear layers
/// with bytes whose results only such attention reads store it.
constexpr void keep_pairs(network& net) {
    const std::size_t count = net.nodes.size();
    dynamic_array<char> is_read(
        count, false);  // by attention as a query, key or value, or through views
    dynamic_array<char> is_float(count, false);  // by anything else
    for (const output_binding& out : net.outputs)
        is_float[static_cast<std::size_t>(out.node)] = true;
    for (std::size_t id = count; id-- > 0;) {
        node& n = net.nodes[id];
        if (n.kept == dtype::other
            && (n.kind == op::attention
                || (n.kind == op::linear && n.multiplies_bytes && is_read[id] && !is_float[id])))
            n.kept = dtype::bf16;
        const bool pairs = n.kind == op::attention && n.kept == dtype::bf16;
        const bool passes = traits_of(n).view != view_rule::none && is_read[id] && !is_float[id];
        for (std::size_t k = 0; k < n.inputs.size(); ++k) {
            const auto input = static_cast<std::size_t>(n.inputs[k]);
            if (passes || (pairs && k < 3))
                is_read[input] = true;
            else
                is_float[input] = true;
        }
    }
}

}  // namespace detail

/// What a plan's tensors number and its parameters are those of: with int8(), quantized(); where the class is one
/// of CPUs that stores floats, attention multiplies pairs of bfloat16.
constexpr network planned_network(const network& net, const target& target) {
    if (!target.multiplies_bytes) return net;
    network out = quantized(net);
    if (target.is_cpu() && target.stores_floats()) detail::keep_pairs(out);
    return out;
}

}  // namespace lamina
