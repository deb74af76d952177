// SPDX-License-Identifier: Apache-2.0
// What both families of recurrent layers pass to their kernels.
#pragma once
#include <lamina/graph/recurrent_rule.hpp>
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

struct recurrent_step {
    recurrent_extents e;
    int phases = 1;   ///< products in a row that a step takes
    bool has_memory;  ///< a vector of units a row lives from step to step, beside h

    constexpr explicit recurrent_step(const launch_builder& b)
        : e(extents_of(anchor(b),
              b.m.net->parameters[at(anchor(b).parameters[recurrent_slot(0, 0)])].dims)) {
        const bool resets_first = e.kind == recurrent_kind::gru_reset_first;
        phases = e.has_projection || resets_first ? 2 : 1;
        has_memory = e.kind == recurrent_kind::lstm || resets_first;
    }
    static constexpr const node& anchor(const launch_builder& b) {
        return b.m.net->nodes[at(b.s.anchor)];
    }
};

/// Weights of all directions: of the gates (`part` 0), their bias (1), or the projection (2).
constexpr weight_recipe recurrent_weights(
    const launch_builder& b, const recurrent_step& r, int part, const shape& dims) {
    const node& n = recurrent_step::anchor(b);
    weight_recipe w;
    w.dims = dims;
    w.source = n.parameters[recurrent_slot(0, part)];
    if (r.e.directions == 1) return w;
    w.source = -1;
    w.parts = {static_cast<int>(b.m.recipe_parts.size()), r.e.directions};
    for (int d = 0; d < r.e.directions; ++d)
        b.m.recipe_parts.push_back({n.parameters[recurrent_slot(d, part)], d, {}});
    return w;
}

/// Floats of memory for h of two steps, c and what a second product takes, of `rows` rows of the batch.
constexpr std::int64_t recurrent_state(
    const recurrent_step& r, int rows, int floats_of_h, int floats_of_c) {
    return std::int64_t{r.e.directions} * rows
        * (2 * floats_of_h + (r.has_memory + r.phases - 1) * floats_of_c);
}

/// What differs from the usual functions; such a layer has a kernel of its own.
constexpr void recurrent_functions_of(
    launch_builder& b, const node& n, const recurrent_extents& e) {
    if (!n.numbers.empty()) {
        const recurrent_functions all = functions_of(n);
        constexpr const char* lines[]
            = {"#define GATE_F(v) ", "#define GATE_G(v) ", "#define GATE_H(v) "};
        const gate_function* const functions[] = {&all.f, &all.g, &all.h};
        for (int k = 0; k < 3; ++k) {
            const function_row& row = row_of(functions[k]->kind);
            b.put(phrase::literal(lines[k]));
            b.put(phrase::literal(row.opencl));
            b.put("(v");
            for (int scalar = 0; scalar < row.traits.scalars; ++scalar) {
                b.put(",");
                b.put_float(functions[k]->scalars[scalar]);
            }
            b.end(")");
        }
    }
    if (e.clip > 0) {
        b.put("#define CLIPPED(v) f_clamp(v,");
        b.put_float(-e.clip);
        b.put(",");
        b.put_float(e.clip);
        b.end(")");
    }
    if (e.couples) b.define("COUPLES", 1);
}

/// The buffers and numbers; `weights`, `bias` and `projection` are recipes, the last two as needed.
constexpr void recurrent_arguments(launch_builder& b, const recurrent_step& r,
    const weight_recipe& weights, int bias_block, const weight_recipe& projection,
    std::int64_t state_floats) {
    const step& s = b.s;
    const node& n = recurrent_step::anchor(b);
    const view &x = s.inputs[0], &y = s.output;
    const int states = r.e.directions, time = n.attr.axis;  // the first of states among inputs
    const bool has_bias = n.parameters[recurrent_slot(0, 1)] >= 0;
    const view* ends[2] = {s.further_view(1), s.further_view(2)};

    for (int d = 0; d < r.e.directions; ++d) b.input(s.inputs[at(d)]);
    b.weights(b.pack(weights));
    if (has_bias) {
        weight_recipe w = recurrent_weights(b, r, 1, {r.e.directions, r.e.gates, r.e.hidden});
        w.inner[2] = bias_block;
        b.weights(b.pack(w));
    }
    if (r.e.has_projection) b.weights(b.pack(projection));
    if (r.e.has_peepholes) {
        weight_recipe w = recurrent_weights(b, r, 3, {r.e.directions, 3, r.e.hidden});
        w.inner[2] = bias_block;
        b.weights(b.pack(w));
    }
    for (std::size_t k = at(states); k < s.inputs.size(); ++k) b.input(s.inputs[k]);
    b.output(y);
    for (const view* end : ends)
        if (end) b.output(*end);
    b.out.arguments.push_back(
        {memory_space::arena, static_cast<int>(b.m.storages.size()), 0, dtype::f32});
    b.m.storages.push_back({memory_space::arena, 0, state_floats * 4, 0, -1, -1});

    b.define("CELL", n.attr.kind);
    b.define("GATES", r.e.gates);
    b.define("DIRECTIONS", r.e.directions);
    b.define("BACKWARD", static_cast<int>(n.attr.mask & backward_bits));
    b.define("PROJECTS", r.e.has_projection);
    b.define("PHASES", r.phases);
    recurrent_functions_of(b, n, r.e);
    b.define("BIAS", has_bias);
    b.define("PEEPHOLES", r.e.has_peepholes);
    b.define("BEGINS_H", r.e.states > 0);
    b.define("BEGINS_C", r.e.states > 1);
    b.define("LENGTHS", r.e.has_lengths);
    b.define("GIVES_H", ends[0] != nullptr);
    b.define("GIVES_C", ends[1] != nullptr);
    b.number("STEPS", r.e.steps);
    b.number("ROWS", r.e.rows);
    b.number("UNITS", r.e.hidden);
    b.number("OUTS", r.e.out);
    b.number("X_T", time ? 1 : r.e.rows);
    b.number("X_B", time ? r.e.steps : 1);
    b.number("X_R", x.lay.stride[0]);
    if (r.e.directions > 1) b.number("XB_R", s.inputs[1].lay.stride[0]);
    b.number("Y_T", y.lay.stride[time]);
    b.number("Y_B", y.lay.stride[1 - time]);
    if (r.e.states > 0) b.number("HB_R", s.inputs[at(states)].lay.stride[0]);
    if (r.e.states > 1) b.number("CB_R", s.inputs[at(states + 1)].lay.stride[0]);
    for (int k = 0; k < 2; ++k) {
        if (!ends[k]) continue;
        b.number(k ? "CE_D" : "HE_D", ends[k]->lay.stride[0]);
        b.number(k ? "CE_B" : "HE_B", ends[k]->lay.stride[1]);
    }
    const std::int64_t a_step = std::int64_t{r.e.gates} * r.e.hidden * r.e.out
        + (r.e.has_projection ? std::int64_t{r.e.hidden} * r.e.out : 0);
    b.out.flops = 2 * a_step * r.e.directions * r.e.rows * r.e.steps;
}

}  // namespace lamina::planner
