// SPDX-License-Identifier: Apache-2.0
// Graph helpers shared by passes.
#pragma once
#include <lamina/graph/network.hpp>

#include <lamina/core/dynamic_array.hpp>

namespace lamina {

/// How often each node's value is read, network outputs included. That a further output names its node
/// is not a read, and an optional node that nobody reads does not read either.
constexpr dynamic_array<int> count_users(const network& net) {
    dynamic_array<int> users(net.nodes.size(), 0);
    for (const output_binding& out : net.outputs) ++users[static_cast<std::size_t>(out.node)];
    for (std::size_t id = net.nodes.size(); id-- > 0;) {
        const node& n = net.nodes[id];
        if (is_further(n.kind) || (n.is_optional && !users[id])) continue;
        for (int input : n.inputs) ++users[static_cast<std::size_t>(input)];
    }
    return users;
}

/// How many outputs a node has: itself and the further ones behind it.
constexpr int count_outputs(const network& net, int id) {
    int count = 1;
    for (std::size_t next = static_cast<std::size_t>(id) + 1; next < net.nodes.size()
        && is_further(net.nodes[next].kind) && net.nodes[next].inputs[0] == id;
        ++next)
        ++count;
    return count;
}

/// Per value: the first node that writes its memory anew, an update of the state that the value is or shows
/// a part of; a large number if there is none. Empty for a network without updates.
constexpr dynamic_array<int> find_overwrites(const network& net) {
    dynamic_array<int> out;
    for (std::size_t id = 0; id < net.nodes.size(); ++id) {
        const node& n = net.nodes[id];
        if (!traits_of(n).in_place) continue;
        if (out.empty()) out.assign(net.nodes.size(), 1 << 30);
        int& first = out[static_cast<std::size_t>(n.inputs[0])];
        if (static_cast<int>(id) < first) first = static_cast<int>(id);
    }
    if (out.empty()) return out;
    for (std::size_t id = 0; id < net.nodes.size(); ++id)
        if (is_view(net.nodes[id].kind))
            out[id] = out[static_cast<std::size_t>(net.nodes[id].inputs[0])];
    return out;
}

constexpr bool is_output(const network& net, int id) {
    for (const output_binding& out : net.outputs)
        if (out.node == id) return true;
    return false;
}

/// True for few channels of an input of the network, or of what picture layers make of one. Convolutions may
/// read them as they are: few channels would fill a block badly, and a copy costs more than the strides.
constexpr bool is_picture(const network& net, int id) {
    const node& n = net.nodes[static_cast<std::size_t>(id)];
    return traits_of(n).makes_picture && n.dims.c <= 4;
}

}  // namespace lamina
