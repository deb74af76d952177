// SPDX-License-Identifier: Apache-2.0
// A plan for people, as a table with one row a step, and for programs, as JSON.
// Printed by LAMINA_SHOW=plan; reads the records of plan/read.hpp.
#pragma once
#include <string>

#include <lamina/plan/records.hpp>
#include <lamina/plan/table.hpp>

namespace lamina {

/// Columns: step, layer, what was fused, kernel and tactic, output with its shape and place, bytes
/// moved and MFLOP.
inline std::string plan_table(const plan_records& plan) {
    text_table table(
        {">step", "name", "layers", "kernel", "tactic", "output", "place", ">bytes", ">MFLOP"});
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const plan_step& s = plan.steps[i];
        std::string dims, place;
        if (s.output >= 0) {
            const plan_tensor& t = plan.tensors[static_cast<std::size_t>(s.output)];
            for (const plan_tensor& each : plan.tensors_of(i))
                dims += (dims.empty() ? "" : ", ") + std::string(to_text(each.dims).view());
            place = std::string(to_text(t.space)) + "+" + std::to_string(t.offset);
        }
        table.add({std::to_string(i), std::string(s.name), std::string(s.layers),
            std::string(plan.kernels[s.kernel].family), std::string(plan.tactics[s.tactic].name),
            dims, place, std::to_string(s.bytes), fixed(static_cast<double>(s.flops) / 1e6, 3)});
    }
    return std::string(plan.network) + " for " + std::string(plan.target) + ", "
        + std::string(to_text(plan.precision)) + ": " + std::to_string(plan.steps.size())
        + " steps, arena " + std::to_string(plan.arena_bytes) + " bytes, weights "
        + std::to_string(plan.weight_bytes) + " bytes, "
        + fixed(static_cast<double>(plan.flops) / 1e6, 3) + " MFLOP\n" + table.str();
}

/// {"network", "target", "precision", "arena_bytes", "weight_bytes", "flops", "steps": [...]}.
inline std::string plan_json(const plan_records& plan) {
    std::string out = "{\"network\": " + json_quoted(plan.network) + ", \"target\": "
        + json_quoted(plan.target) + ", \"precision\": " + json_quoted(to_text(plan.precision))
        + ", \"arena_bytes\": " + std::to_string(plan.arena_bytes)
        + ", \"weight_bytes\": " + std::to_string(plan.weight_bytes)
        + ", \"flops\": " + std::to_string(plan.flops) + ", \"steps\": [";
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const plan_step& s = plan.steps[i];
        out += std::string(i ? ", " : "") + "{\"name\": " + json_quoted(s.name) + ", \"layers\": "
            + json_quoted(s.layers) + ", \"kernel\": " + json_quoted(plan.kernels[s.kernel].family)
            + ", \"tactic\": " + json_quoted(plan.tactics[s.tactic].name)
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
