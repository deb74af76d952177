// SPDX-License-Identifier: Apache-2.0
// The order of steps: by the last node that each work contains. Nodes only read earlier nodes, so
// this is a valid order, and it puts a residual's shortcut before the branch that adds it.
#pragma once
#include <lamina/compile/work.hpp>

namespace lamina::compile {

/// Drops dead works and sorts the rest. Cost   O(works), outputs are distinct node ids.
constexpr void order(module& m) {
    std::vector<int> by_output(m.net->nodes.size(), -1);
    for (int i = 0; i < static_cast<int>(m.works.size()); ++i)
        if (m.works[at(i)].alive) by_output[at(m.works[at(i)].output)] = i;
    std::vector<work> sorted;
    sorted.reserve(m.works.size());
    for (int index : by_output)
        if (index >= 0) sorted.push_back(m.works[at(index)]);
    m.works = sorted;
}

}  // namespace lamina::compile
