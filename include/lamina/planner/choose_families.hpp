// SPDX-License-Identifier: Apache-2.0
// Gives each fusion group the fastest kernel family that its op, element types and the target allow,
// before assign_layouts lays out values as that family reads them.
#pragma once
#include <lamina/planner/family_table.hpp>
#include <lamina/planner/fault.hpp>
#include <lamina/planner/fuse_concats.hpp>
#include <lamina/planner/packing_guide.hpp>

namespace lamina::planner {

/// True if the family has kernels for the group's element types.
constexpr bool takes_types(
    const family_row& row, const module& m, const lamina::target& target, const fusion_group& w) {
    const dynamic_array<node>& nodes = m.net->nodes;
    const auto is_in = [&](type_set types, int value) {
        return types.has(target.stored(nodes[at(value)].type));
    };
    for (const int value : w.inputs)
        if (!is_in(row.inputs, value)) return false;
    for (const int value : w.further)
        if (!is_in(row.outputs, value)) return false;
    return is_in(row.outputs, w.output) && (nodes[at(w.anchor)].rounded.bits != 0) == row.rounded
        && (nodes[at(w.anchor)].parameters[weight_slot] < 0
            || row.weights.has(target.numbers.storage));
}

/// Sets what the group has of the first family that takes it. False if none does.
constexpr bool choose_family(
    const op_families& asked, const module& m, const lamina::target& target, fusion_group& w) {
    w.families = 0;
    const packing_choice* const wanted = guided(m, w.anchor);
    const int first = wanted && wanted->family < asked.count ? wanted->family : 0;
    for (int turn = 0; turn < asked.count; ++turn) {
        const int i = turn == 0 ? first
            : turn <= first     ? turn - 1
                                : turn;  // that one, then by rank
        const family_row& row = asked.rows[i];
        if (!is_for(row, target) || (row.takes && !row.takes(m, target, w))
            || (!row.pools && ends_in_pool(*m.net, w.kind, w.output))
            || (!row.joins && reads_concat(w.kind, w.inputs.size()))
            || !takes_types(row, m, target, w))
            continue;
        if (!w.families) {
            w.reads = row.reads;
            w.writes = row.writes;
            w.gathers = row.gathers && row.gathers(m, target, w);
        } else if (!accepts(row.reads, w.reads)) {
            continue;
        }
        w.families |= 1u << i;
    }
    return w.families;
}

constexpr sentence no_family(const module& m, const char* stage, int anchor) {
    const node& n = m.net->nodes[at(anchor)];
    return planner_fault(stage, "no kernel takes the step of ", n.layer, " '", n.at.view(), "'");
}

/// Errors   a group that no family takes: module::fault names it.
constexpr void choose_families(module& m, const lamina::target& target) {
    for (fusion_group& w : m.groups) {
        w.numbers = target.numbers_of(w.kept);
        if (traits_of(w.kind).view != view_rule::none) continue;
        if (choose_family(families.of[static_cast<int>(w.kind)], m, target.computing(w.numbers), w))
            continue;
        m.fault = no_family(m, "choose_families", w.anchor);
        return;
    }
}

}  // namespace lamina::planner
