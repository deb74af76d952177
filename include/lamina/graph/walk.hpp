// SPDX-License-Identifier: Apache-2.0
// Graph helpers shared by passes.
#pragma once
#include <lamina/graph/network.hpp>

#include <vector>

namespace lamina {

/// How often each node's value is read, network outputs included.
constexpr std::vector<int> count_users(const network& net) {
    std::vector<int> users(net.nodes.size(), 0);
    for (const node& n : net.nodes)
        for (int input : n.inputs) ++users[static_cast<std::size_t>(input)];
    for (const output_binding& out : net.outputs) ++users[static_cast<std::size_t>(out.node)];
    return users;
}

constexpr bool is_output(const network& net, int id) {
    for (const output_binding& out : net.outputs)
        if (out.node == id) return true;
    return false;
}

/// True for an input of the network of few channels, such as a picture. Convolutions may read it as the
/// caller has it: few channels would fill a block badly, and a copy costs more than the strides.
constexpr bool is_picture(const network& net, int id) {
    const node& n = net.nodes[static_cast<std::size_t>(id)];
    return is_input(n.kind) && n.dims.c <= 4;
}

}  // namespace lamina
