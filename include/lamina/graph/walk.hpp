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

}  // namespace lamina
