// SPDX-License-Identifier: Apache-2.0
// A resize to the size that its input has, as decoders have that bring all scales to the largest: what reads it
// reads its input, and no step computes it.
#pragma once
#include <lamina/graph/numbering.hpp>
#include <lamina/graph/walk.hpp>

#include <lamina/core/dynamic_array.hpp>

#include <cstddef>

namespace lamina::planner {

/// True for a resize whose element i is its input's element i: all coordinates are whole numbers then, and
/// interpolation takes nothing of the neighbours.
constexpr bool keeps_all(const network& net, const node& n) {
    if (n.kind != op::resize || n.attr.coordinates == coordinate_mode::crop_and_resize
        || n.kept != dtype::other)
        return false;
    for (const float scale : n.attr.scalars)
        if (scale != 0 && scale != 1) return false;
    return n.dims == net.nodes[static_cast<std::size_t>(n.inputs[0])].dims;
}

/// Lets readers of such resizes read their inputs, in place; outputs of the network stay. Returns each node's
/// structural number before, empty where there is none. Networks with dims stay whole, as sizes are equal at some
/// shapes only, and those with states, whose readers may come behind an update.
constexpr dynamic_array<int> skip_resizes(network& net) {
    dynamic_array<int> numbers;
    const std::size_t count = net.nodes.size();
    bool any = false;
    for (std::size_t id = 0; id < count; ++id)
        any = any || (keeps_all(net, net.nodes[id]) && !is_output(net, static_cast<int>(id)));
    if (!any || !net.ranges.empty() || !find_overwrites(net).empty()) return numbers;
    numbers = structural_numbers(net);
    dynamic_array<int> source(count, 0);  // per node: whose value its readers take
    for (std::size_t id = 0; id < count; ++id) {
        node& n = net.nodes[id];
        source[id] = static_cast<int>(id);
        if (!is_further(n.kind))
            for (int& input : n.inputs) input = source[static_cast<std::size_t>(input)];
        if (!keeps_all(net, n) || is_output(net, static_cast<int>(id))) continue;
        source[id] = n.inputs[0];
        n.is_optional = true;
    }
    return numbers;
}

}  // namespace lamina::planner
