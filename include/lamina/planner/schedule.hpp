// SPDX-License-Identifier: Apache-2.0
// The order of steps: by the last node that each fusion group contains. Nodes only read earlier nodes,
// so this is a valid order, and it puts a residual's shortcut before the branch that adds it.
#pragma once
#include <lamina/planner/stage_data.hpp>

#include <utility>

namespace lamina::planner {

/// Drops dead groups and sorts the rest. Cost   O(groups), outputs are distinct node ids.
constexpr void schedule(module& m) {
    dynamic_array<int> by_output(m.net->nodes.size(), -1);
    for (int i = 0; i < static_cast<int>(m.groups.size()); ++i)
        if (m.groups[at(i)].alive) by_output[at(m.groups[at(i)].output)] = i;
    dynamic_array<fusion_group> sorted;
    sorted.reserve(m.groups.size());
    for (int index : by_output)
        if (index >= 0) sorted.push_back(std::move(m.groups[at(index)]));
    m.groups = std::move(sorted);
}

}  // namespace lamina::planner
