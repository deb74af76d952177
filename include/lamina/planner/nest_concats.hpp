// SPDX-License-Identifier: Apache-2.0
// Concats that repeat one another: dense blocks written as concat({x, a}), concat({x, a, b}), ...
#pragma once
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// A concat that begins with all inputs of an earlier one reads that one's result in their place. It then
/// lies inside of the longer one (find_concat_slots), so that each input is written once for both; a value
/// has one place, and all but the longest would be copies.
constexpr void nest_concats(module& m, const lamina::target& target) {
    const dynamic_array<node>& nodes = m.net->nodes;
    dynamic_array<int> last(nodes.size(), -1);  // per value the last concat that begins with it
    for (fusion_group& w : m.groups) {
        if (traits_of(w.kind).view != view_rule::concat || w.inputs.empty()) continue;
        const node& n = nodes[at(w.anchor)];
        int& before = last[at(w.inputs[0])];
        const int earlier = before;
        before = w.anchor;
        if (earlier < 0 || nodes[at(earlier)].attr.axis != n.attr.axis) continue;
        // By what the graph has: the earlier one may read another's result already.
        const dynamic_array<int>&all = n.inputs, &first = nodes[at(earlier)].inputs;
        const std::size_t count = first.size();
        bool begins = count > 1 && count < all.size();
        const int* const own = all.data();
        const int* const others = first.data();
        for (std::size_t i = 0; i < count && begins; ++i)
            begins = own[i] == others[i]
                // Blocks of channels are written whole.
                && (n.attr.axis != 1 || nodes[at(own[i])].dims[1] % target.channel_block == 0);
        if (!begins) continue;
        dynamic_array<int> inputs{earlier};
        for (std::size_t i = count; i < all.size(); ++i)
            if (!nodes[at(own[i])].dims.is_empty()) inputs.push_back(own[i]);
        w.inputs = inputs;
    }
}

}  // namespace lamina::planner
