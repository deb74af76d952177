// SPDX-License-Identifier: Apache-2.0
// Concats that repeat one another, dense blocks written as concat({x, a}), concat({x, a, b}), ..., or that join the
// slices of one value again, as YOLO's blocks do.
#pragma once
#include <lamina/planner/fold.hpp>
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// The value that `count` inputs of a concat from the k-th on are slices of, one behind the other, all of it;
/// `count` is what it takes. -1 if there is none.
constexpr int sliced_value(
    const module& m, const dynamic_array<int>& producer, const fusion_group& w, int k, int& count) {
    const dynamic_array<node>& nodes = m.net->nodes;
    const int axis = nodes[at(w.anchor)].attr.axis;
    int value = -1, end = 0;
    for (int i = k; i < static_cast<int>(w.inputs.size()); ++i) {
        const int from = producer[at(w.inputs[at(i)])];
        if (from < 0 || traits_of(m.groups[at(from)].kind).view != view_rule::slice) return -1;
        const fusion_group& part = m.groups[at(from)];
        const node& n = nodes[at(part.anchor)];
        if (value < 0) value = part.inputs[0];
        const shape& whole = nodes[at(value)].dims;
        if (part.inputs[0] != value || whole.rank != n.dims.rank || n.attr.starts[axis] != end
            || n.attr.steps[axis] != 1)
            return -1;
        for (int other = 0; other < whole.rank; ++other)
            if (other != axis && n.dims[other] != whole[other]) return -1;
        end += n.dims[axis];
        if (end == whole[axis]) {
            count = i - k + 1;
            return value;
        }
    }
    return -1;
}

/// Instead of all slices of a value, one behind the other, a concat reads that value.
constexpr void join_slices(module& m, const lamina::target& target) {
    const dynamic_array<node>& nodes = m.net->nodes;
    const dynamic_array<int> producer = find_producers(m);
    for (fusion_group& w : m.groups) {
        if (traits_of(w.kind).view != view_rule::concat) continue;
        const int axis = nodes[at(w.anchor)].attr.axis;
        dynamic_array<int> inputs;
        for (int k = 0; k < static_cast<int>(w.inputs.size()); ++k) {
            int count = 0;
            const int whole = sliced_value(m, producer, w, k, count);
            bool fits = whole >= 0 && count > 1 && count < static_cast<int>(w.inputs.size());
            for (int i = k; fits && i < k + count; ++i)  // blocks of channels are written whole
                fits = axis != 1 || nodes[at(w.inputs[at(i)])].dims[1] % target.channel_block == 0;
            inputs.push_back(fits ? whole : w.inputs[at(k)]);
            if (fits) k += count - 1;
        }
        if (inputs.size() < w.inputs.size()) w.inputs = std::move(inputs);
    }
}

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
