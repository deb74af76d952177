// SPDX-License-Identifier: Apache-2.0
// Numbers nodes by what a network computes, not by the order in which C++ evaluates its definition:
// the evaluation order of an operator's operands differs between compilers.
// Read by planner/encode.hpp and debug.hpp.
#pragma once
#include <lamina/core/dynamic_array.hpp>
#include <lamina/graph/network.hpp>

#include <cstddef>

namespace lamina {

/// Each node's number: outputs in their order, then updates of states, before each node its inputs in
/// theirs. Nodes that none of these needs come last.
constexpr dynamic_array<int> structural_numbers(const network& net) {
    dynamic_array<int> numbers(net.nodes.size(), -1);
    dynamic_array<std::size_t> seen(net.nodes.size(), 0);  // inputs of a node on the way
    dynamic_array<int> way;
    int next = 0;
    dynamic_array<int> ends;
    for (const output_binding& out : net.outputs) ends.push_back(out.node);
    for (std::size_t id = 0; id < net.nodes.size(); ++id)
        if (traits_of(net.nodes[id]).in_place) ends.push_back(static_cast<int>(id));
    for (const int end : ends) {
        way.push_back(end);
        while (!way.empty()) {
            const auto id = static_cast<std::size_t>(way.back());
            const dynamic_array<int>& inputs = net.nodes[id].inputs;
            if (numbers[id] >= 0) {
                way.pop_back();
            } else if (seen[id] < inputs.size()) {
                way.push_back(inputs[seen[id]++]);
            } else {
                numbers[id] = next++;
                way.pop_back();
            }
        }
    }
    for (int& number : numbers)
        if (number < 0) number = next++;
    return numbers;
}

}  // namespace lamina
