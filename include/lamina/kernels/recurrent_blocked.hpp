// SPDX-License-Identifier: Apache-2.0
// Recurrent layers on CPUs: blocks of 16 units, shared by threads.
#pragma once
#include <lamina/kernels/recurrent_steps.hpp>

namespace lamina::planner {

constexpr bool select_recurrent_blocked(launch_builder& b) {
    const recurrent_step r(b);
    const int directions = r.e.directions, gates = r.e.gates, units = r.e.hidden, outs = r.e.out;
    const int blocks = (units + 15) / 16, out_blocks = (outs + 15) / 16;

    weight_recipe w  // [direction][block][k][gate][16]
        = recurrent_weights(b, r, 0, {directions, gates, units, outs});
    w.inner[2] = 16;
    w.inner[3] = 8;
    w.type = b.target.numbers.storage;
    w.set_order({0, 1, 4, 6, 7, 2, 3, 5});
    weight_recipe projection;  // [direction][block][k][16]
    if (r.e.has_projection) {
        projection = recurrent_weights(b, r, 2, {directions, outs, units});
        projection.inner[1] = 16;
        projection.inner[2] = 8;
        projection.type = b.target.numbers.storage;
        projection.set_order({0, 1, 2, 4, 5, 3});
    }
    recurrent_arguments(
        b, r, w, 16, projection, recurrent_state(r, r.e.rows, out_blocks * 16, blocks * 16));

    // Meeting costs as much as some 16,000 products: below that one thread is faster.
    int slices = 1;
    while (slices < 16 && slices * 2 <= blocks
        && std::int64_t{gates} * units * outs * r.e.rows / (slices * 2) >= 8192)
        slices *= 2;
    const int count = 2 + directions * (slices + 1);  // counters, a cache line each
    b.out.arguments.push_back(
        {memory_space::arena, static_cast<int>(b.m.storages.size()), 0, dtype::i32});
    b.m.storages.push_back({memory_space::arena, 0, count * 64, 0, -1, -1, true});
    b.define("MEETS", 1);
    b.define("SLICES", slices);
    b.define("VW", 16);
    const bool has_many_registers = b.target.holds(b.target.registers_of_16(24 + 4));
    const int sums = has_many_registers ? 24 : 6;
    int many = sums / gates < r.e.rows ? sums / gates : r.e.rows;
    many = (r.e.rows + (r.e.rows + many - 1) / many - 1) / ((r.e.rows + many - 1) / many);
    b.define("MANY", many);
    b.define("REST", r.e.rows % many != 0);
    b.define("SUMS", has_many_registers ? 12 : 6);
    b.out.extents[0] = slices * directions;
    tactic t;
    t.label.append("slices").append(slices);
    b.tactic_of(t);
    b.finish("recurrent_blocked");
    return true;
}

inline constexpr family_row recurrent_blocked_family{.kind = op::recurrent,
    .select = select_recurrent_blocked,
    .rank = 10,
    .reads = input_form::matrix,
    .on = family_targets::cpu,
    .inputs = stored_types};

}  // namespace lamina::planner
