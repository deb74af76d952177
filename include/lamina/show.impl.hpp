// SPDX-License-Identifier: Apache-2.0
// The tables of the planner's stages. Included by show.hpp, or compiled into Lamina::compiled.
#pragma once
#include <lamina/graph/print.hpp>
#include <lamina/plan/print_stages.hpp>
#include <lamina/plan_at_run_time.impl.hpp>
#include <lamina/runtime/show.hpp>
#include <lamina/show.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace lamina {

namespace detail {

/// "layer1.0.conv1", or the layer's own name, or the planner's copy of it.
inline std::string name_of_step(const network& net, const planner::step& s) {
    const name at = planner::name_of(s, net);
    return !at.empty() ? std::string(at.view()) : std::string(net.nodes[planner::at(s.node)].layer);
}

/// "2 'layer1.0.downsample'", a value as an operand.
inline std::string value_text(const network& net, int value) {
    const node& n = net.nodes[planner::at(value)];
    return std::to_string(value) + " '" + std::string(n.at.empty() ? n.layer : n.at.view()) + "'";
}

/// "batch_norm folded, relu in the epilogue, written in place of a concat".
inline std::string rules_of(const planner::module& m, const planner::step& s, bool in_place) {
    std::string out;
    const auto add = [&](const std::string& rule) { out += (out.empty() ? "" : ", ") + rule; };
    const std::size_t layers = s.row < 0 ? 1 : m.parts_of(s.row).size();
    if (layers > 1) add(std::to_string(layers) + " layers on one input side by side");
    if (!s.folds.empty()) add(std::to_string(s.folds.size()) + " folded into the weights");
    const bool pools = planner::ends_in_pool(*m.net, s.kind, s.node);
    const bool joins = planner::reads_concat(s.kind, s.inputs.size());
    const std::size_t others = layers + s.folds.size() + pools + joins;
    if (joins) add("the inputs of a concat read where they are");
    if (s.anchor >= 0 && s.members.size() > others)
        add(std::to_string(s.members.size() - others) + " in the epilogue");
    if (pools) add("the pool in its kernel");
    if (in_place && !s.of_half) add("written in place of a concat");
    if (s.of_half) add("one half of the batch");
    if (s.is_copy) add("reformat: the next reader needs another layout");
    return out;
}

/// One row per step and one for each layer that became index arithmetic.
inline std::string fuse_table(const planner::module& m) {
    const network& net = *m.net;
    std::vector<int> writers(m.storages.size(), 0);
    for (const planner::step& s : m.steps) ++writers[planner::at(s.output.storage)];
    text_table table({">step", "name", "layers", "operands", "rule"});
    std::size_t next = 0;
    const auto add_step = [&] {
        const planner::step& s = m.steps[next];
        std::string operands;
        for (const planner::fusion_group& w : m.groups)
            for (const planner::operand& o : w.operands)
                if (s.anchor >= 0 && w.anchor == s.anchor && o.value >= 0)
                    operands += (operands.empty() ? "" : ", ") + value_text(net, o.value);
        table.add({std::to_string(next), name_of_step(net, s),
            std::string(planner::layers_of(s, m).view()), operands,
            rules_of(m, s, writers[planner::at(s.output.storage)] > 1)});
        ++next;
    };
    for (const planner::fusion_group& w : m.groups) {
        if (traits_of(w.kind).view != view_rule::none) {
            const node& n = net.nodes[planner::at(w.anchor)];
            table.add({"-", std::string(n.at.view()), n.layer, "", "a view, no kernel"});
            continue;
        }
        while (next + 1 < m.steps.size() && m.steps[next].anchor != w.anchor) add_step();
        add_step();
    }
    while (next < m.steps.size()) add_step();
    return table.str();
}

inline std::string memory_map(const planner::module& m) {
    std::vector<arena_row> rows;
    for (std::size_t i = 0; i < m.storages.size(); ++i) {
        const planner::storage& s = m.storages[i];
        if (s.space != memory_space::arena || s.first < 0) continue;
        std::string name;
        for (const planner::step& writer : m.steps)
            if (writer.output.storage == static_cast<int>(i) && name.find(" ...") == name.npos)
                name = name.empty() ? name_of_step(*m.net, writer) : name + " ...";
        rows.push_back(
            {name, static_cast<std::uint64_t>(s.bytes), static_cast<std::uint64_t>(s.offset),
                static_cast<std::size_t>(s.first), static_cast<std::size_t>(s.last)});
    }
    const double over = m.live_bytes
        ? static_cast<double>(m.arena_bytes) / static_cast<double>(m.live_bytes)
        : 1.0;
    return lamina::memory_map(rows, m.steps.size(), static_cast<std::uint64_t>(m.arena_bytes))
        + "at most " + std::to_string(m.live_bytes) + " bytes live at once, the arena is "
        + fixed(over, 3) + " times that\n";
}

LAMINA_INLINE int show_stages(network& net, const lamina::target& target, std::FILE* to) {
    shown_tables shown = read_show();
    if (environment("LAMINA_SHOW").empty()) shown.graph = shown.fuse = shown.memory = true;
    check(net);
    if (!net.problems.empty()) return print_problems(net, to);
    if (shown.graph) print(net, to);
    network planned = planned_network(net, target);
    const planner::whole_plan<planner::verified> whole(planned, target, "network");
    require_plan(whole.run, "network");
    if (shown.fuse && !whole.cut.is_empty())
        std::fprintf(to, "computed once, when an engine is made:\n%severy run:\n",
            fuse_table(whole.constants).c_str());
    if (shown.fuse) std::fputs(fuse_table(whole.run).c_str(), to);
    if (shown.memory) std::fputs(memory_map(whole.run).c_str(), to);
    return 0;
}

}  // namespace detail

}  // namespace lamina
