// SPDX-License-Identifier: Apache-2.0
// A plan for people, as a table with one row a step, and for programs, as JSON.
// Printed by LAMINA_SHOW=plan; reads the records of plan/read.hpp.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/plan/precision.hpp>
#include <lamina/plan/table.hpp>

namespace lamina {

/// Columns: step, layer, what was fused, kernel and tactic, the precision of a plan that has several,
/// output with its shape and place, bytes moved and MFLOP.
inline std::string plan_table(const plan_records& plan) {
    const bool is_mixed = has_narrow_steps(plan);
    std::vector<std::string> columns{">step", "name", "layers", "kernel", "tactic"};
    if (is_mixed) columns.emplace_back("precision");
    for (const char* each : {"output", "place", ">bytes", ">MFLOP"}) columns.emplace_back(each);
    text_table table(columns);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const plan_step& s = plan.steps[i];
        std::string dims, place;
        if (s.output >= 0) {
            const plan_tensor& t = plan.tensors[static_cast<std::size_t>(s.output)];
            for (const plan_tensor& each : plan.tensors_of(i))
                dims += (dims.empty() ? "" : ", ") + std::string(to_text(each.dims).view());
            place = std::string(to_text(t.space)) + "+" + std::to_string(t.offset);
        }
        std::vector<std::string> row{std::to_string(i), std::string(s.name), std::string(s.layers),
            std::string(plan.kernels[s.kernel].family), std::string(plan.tactics[s.tactic].name)};
        if (is_mixed) row.emplace_back(to_text(precision_of(plan, s)));
        for (std::string& each : std::vector<std::string>{dims, place, std::to_string(s.bytes),
                 fixed(static_cast<double>(s.flops) / 1e6, 3)})
            row.push_back(std::move(each));
        table.add(row);
    }
    const auto constants = std::count_if(plan.weights.begin(), plan.weights.end(),
        [](const plan_weight& w) { return w.constant > 0; });
    return std::string(plan.network) + " for " + std::string(plan.target) + ", "
        + std::string(to_text(plan.precision)) + ": " + std::to_string(plan.steps.size())
        + " steps, arena " + std::to_string(plan.arena_bytes) + " bytes, weights "
        + std::to_string(plan.weight_bytes) + " bytes"
        + (constants ? " (" + std::to_string(constants) + " computed when an engine is made), "
                     : std::string(", "))
        + (plan.states.empty() ? std::string()
                               : std::to_string(plan.states.size()) + " states "
                    + std::to_string(plan.state_bytes) + " bytes, ")
        + fixed(static_cast<double>(plan.flops) / 1e6, 3) + " MFLOP\n" + table.str();
}

/// {"network", "target", "precision", "arena_bytes", "weight_bytes", "flops", "steps": [...]}.
inline std::string plan_json(const plan_records& plan) {
    const bool is_mixed = has_narrow_steps(plan);
    std::string out = "{\"network\": " + json_quoted(plan.network) + ", \"target\": "
        + json_quoted(plan.target) + ", \"precision\": " + json_quoted(to_text(plan.precision))
        + ", \"arena_bytes\": " + std::to_string(plan.arena_bytes)
        + ", \"weight_bytes\": " + std::to_string(plan.weight_bytes)
        + (plan.states.empty() ? std::string()
                               : ", \"state_bytes\": " + std::to_string(plan.state_bytes))
        + ", \"flops\": " + std::to_string(plan.flops) + ", \"steps\": [";
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const plan_step& s = plan.steps[i];
        out += std::string(i ? ", " : "") + "{\"name\": " + json_quoted(s.name) + ", \"layers\": "
            + json_quoted(s.layers) + ", \"kernel\": " + json_quoted(plan.kernels[s.kernel].family)
            + ", \"tactic\": " + json_quoted(plan.tactics[s.tactic].name)
            + (is_mixed ? ", \"precision\": " + json_quoted(to_text(precision_of(plan, s)))
                        : std::string())
            + ", \"flops\": " + std::to_string(s.flops) + ", \"bytes\": " + std::to_string(s.bytes);
        if (s.output >= 0) {
            const plan_tensor& t = plan.tensors[static_cast<std::size_t>(s.output)];
            out += ", \"output\": {\"shape\": [";
            for (int axis = 0; axis < t.dims.rank; ++axis)
                out += (axis ? ", " : "") + std::to_string(t.dims[axis]);
            out += "], \"memory_space\": " + json_quoted(to_text(t.space))
                + ", \"offset\": " + std::to_string(t.offset) + "}";
        }
        out += "}";
    }
    return out + "]}";
}

}  // namespace lamina
