// SPDX-License-Identifier: Apache-2.0
// Which layers network::quantize_weights is about.
#pragma once
#include <lamina/core/pattern.hpp>
#include <lamina/graph/node.hpp>

#include <string_view>

namespace lamina::detail {

/// True if another layer reads the same weights.
template <class Nodes> constexpr bool is_tied(const Nodes& nodes, int parameter) {
    int readers = 0;
    for (const node& n : nodes)
        for (const int read : n.parameters) readers += read == parameter;
    return readers > 1;
}

/// Marks the linear layers whose names match, or, without a pattern, all whose weights nothing else reads.
/// False if there is none.
template <class Nodes>
constexpr bool round_weights(Nodes& nodes, std::string_view pattern, const weight_groups& wanted) {
    bool found = false;
    for (node& n : nodes) {
        if (n.kind != op::linear || n.dims.is_empty()) continue;
        if (pattern.empty() ? is_tied(nodes, n.parameters[weight_slot])
                            : !matches(pattern, n.at.view()))
            continue;
        n.rounded = wanted;
        found = true;
    }
    return found;
}

}  // namespace lamina::detail
