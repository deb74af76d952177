// SPDX-License-Identifier: Apache-2.0
// Postconditions of the stages before memory: fold, fuse and schedule. Each function returns a message
// about the first violation, or an empty one. verify_memory.hpp and verify_launches.hpp check the later
// stages.
#pragma once
#include <lamina/planner/fault.hpp>
#include <lamina/planner/fuse.hpp>

namespace lamina::planner {

/// Checks one group by itself.
constexpr sentence verify_group(const module& m, const fusion_group& w, boundary stage) {
    const int nodes = static_cast<int>(m.net->nodes.size());
    const auto outside = [&](int id) { return id < 0 || id >= nodes; };
    const char* after = to_text(stage);
    if (outside(w.anchor) || outside(w.output) || w.members.empty())
        return planner_fault(after, "a work has anchor ", w.anchor, ", output ", w.output, " and ",
            static_cast<int>(w.members.size()), " members; the graph has ", nodes, " nodes");
    bool has_anchor = false, has_output = false;
    for (int id : w.members) {
        if (outside(id) || makes_nothing(m.net->nodes[at(id)]))
            return planner_fault(after, "node ", id, " is a member of work ", w.anchor,
                ", members are nodes 0 to ", nodes - 1, " that compute something");
        has_anchor = has_anchor || id == w.anchor;
        has_output = has_output || id == w.output;
    }
    if (!has_anchor || !has_output)
        return planner_fault(after, "work ", w.anchor, " writes node ", w.output,
            ", both must be among its members");
    const op_traits& traits = traits_of(m.net->nodes[at(w.anchor)]);
    const int inputs = static_cast<int>(m.net->nodes[at(w.anchor)].inputs.size());
    const int most = traits.most_inputs ? traits.most_inputs : traits.inputs;
    if (inputs < traits.inputs || inputs > most)
        return planner_fault(after, "node ", w.anchor, " has ", inputs, " inputs, its op takes ",
            traits.inputs, " to ", most);
    for (int id : w.inputs)
        if (outside(id) || m.net->nodes[at(id)].dims.is_empty())
            return planner_fault(after, "work ", w.anchor, " reads value ", id, " of ", nodes,
                ", one that has elements is expected");
    for (int value : w.further)
        if (outside(value) || !is_further(m.net->nodes[at(value)].kind)
            || m.net->nodes[at(value)].inputs[0] != w.anchor
            || m.net->nodes[at(value)].attr.axis >= traits.outputs)
            return planner_fault(after, "work ", w.anchor, " writes value ", value,
                ", which is none of the ", traits.outputs, " outputs that its op may have");
    for (int id : w.folds)
        if (outside(id) || !traits_of(m.net->nodes[at(id)]).folds_before)
            return planner_fault(after, "work ", w.anchor, " folds node ", id,
                ", which cannot become part of the weights before it");
    if (stage == boundary::fold) return {};

    const int operands = static_cast<int>(w.operands.size());
    if (w.epilogue.size() > epilogue_limit || operands > static_cast<int>(most_operands(m)))
        return planner_fault(after, "work ", w.anchor, " has ", static_cast<int>(w.epilogue.size()),
            " functions with ", operands, " operands, at most ", epilogue_limit, " with ",
            static_cast<int>(most_operands(m)), " are possible");
    for (const pointwise_op& f : w.epilogue)
        if (f.operand < -1 || f.operand >= operands || f.second < -1 || f.second >= operands)
            return planner_fault(after, "a function of work ", w.anchor, " reads operand ",
                f.operand < -1 || f.operand >= operands ? f.operand : f.second, " of ", operands);
    for (const operand& o : w.operands)
        if ((o.value >= 0) == (o.weight >= 0) || o.value >= nodes
            || o.weight >= static_cast<int>(m.weights.size()))
            return planner_fault(after, "an operand of work ", w.anchor, " is value ", o.value,
                " and weight ", o.weight, ", exactly one that exists is expected");
    if (is_pointwise(w.kind)
        && (w.operands.empty() ? traits_of(m.net->nodes[at(w.anchor)]).chain != chain_form::constant
                               : w.operands[0].value < 0))
        return planner_fault(after, "pointwise work ", w.anchor, " does not begin with a value");
    if (is_pointwise(w.kind) && traits_of(w.kind).chain != chain_form::function)
        return planner_fault(after, "work ", w.anchor, " is pointwise, but no chain");
    return {};
}

/// After schedule: a work reads a state before an update overwrites what it reads.
constexpr sentence verify_late(const module& m, const fusion_group& w) {
    const auto check = [&](int value) -> sentence {
        if (m.overwrites.empty() || m.overwrites[at(value)] >= w.output) return {};
        return planner_fault(to_text(boundary::schedule), "work ", w.anchor, " reads value ", value,
            ", which the update ", m.overwrites[at(value)], " overwrites before it");
    };
    for (const int value : w.inputs)
        if (const sentence found = check(value); !found.empty()) return found;
    for (const operand& o : w.operands)
        if (o.value >= 0)
            if (const sentence found = check(o.value); !found.empty()) return found;
    return {};
}

/// Every node that computes is a member of exactly one live group, outputs are unique, and no group
/// reads a value that fold or fuse removed. After schedule, values are written before they are read.
constexpr sentence verify_groups(const module& m, boundary stage) {
    const network& net = *m.net;
    const char* after = to_text(stage);
    dynamic_array<int> owners(net.nodes.size(), 0), written(net.nodes.size(), 0);
    for (std::size_t id = 0; id < net.nodes.size(); ++id)
        written[id] = makes_nothing(net.nodes[id]);
    const auto read = [&](const fusion_group& w) -> sentence {
        for (int id : w.inputs)
            if (!written[at(id)])
                return planner_fault(after, "work ", w.anchor, " reads value ", id,
                    ", which no work writes before it");
        for (const operand& o : w.operands)
            if (o.value >= 0 && !written[at(o.value)])
                return planner_fault(after, "the epilogue of work ", w.anchor, " reads value ",
                    o.value, ", which no work writes before it");
        return {};
    };
    for (const fusion_group& w : m.groups) {
        if (!w.alive) {
            if (stage == boundary::schedule)
                return planner_fault(after, "work ", w.anchor, " is dead and still listed");
            continue;
        }
        if (const sentence found = verify_group(m, w, stage); !found.empty()) return found;
        for (int id : w.members) ++owners[at(id)];
        if (written[at(w.output)]++)
            return planner_fault(after, "value ", w.output, " is written twice");
        for (int value : w.further)
            if (written[at(value)]++)
                return planner_fault(after, "value ", value, " is written twice");
        if (stage != boundary::schedule) continue;
        --written[at(w.output)];
        if (const sentence found = read(w); !found.empty()) return found;
        ++written[at(w.output)];
        if (const sentence found = verify_late(m, w); !found.empty()) return found;
    }
    for (const fusion_group& w : m.groups)
        if (w.alive && stage != boundary::schedule)
            if (const sentence found = read(w); !found.empty()) return found;
    const dynamic_array<int> users = count_if_optional(net);
    const auto is_left_out = [&](std::size_t id) {
        const node& n = net.nodes[id];
        return makes_nothing(n) || is_further(n.kind) || (n.is_optional && !users[id]);
    };
    for (std::size_t id = 0; id < net.nodes.size(); ++id)
        if (owners[id] != (is_left_out(id) ? 0 : 1))
            return planner_fault(after, "node ", static_cast<int>(id), " (", net.nodes[id].layer,
                " '", net.nodes[id].at.view(), "') is a member of ", owners[id],
                " fusion groups, 1 is expected");
    for (const output_binding& out : net.outputs)
        if (!written[at(out.node)])
            return planner_fault(after, "output '", out.at.view(), "' is value ", out.node,
                ", which no work writes");
    return {};
}

}  // namespace lamina::planner
