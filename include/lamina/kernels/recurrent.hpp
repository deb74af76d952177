// SPDX-License-Identifier: Apache-2.0
// Recurrent layers on any device: a work-group for each direction and a few rows of the batch.
#pragma once
#include <lamina/kernels/recurrent_steps.hpp>

namespace lamina::planner {

constexpr bool select_recurrent(launch_builder& b) {
    const recurrent_step r(b);
    const int directions = r.e.directions, gates = r.e.gates, units = r.e.hidden, outs = r.e.out;
    // Rows share what is read of the weights; below 128 groups more groups are better.
    int many = r.e.rows / 128;
    many = many < 1 ? 1 : many > 4 ? 4 : many;
    const int groups = (r.e.rows + many - 1) / many;

    weight_recipe w  // [direction][k][gate][unit]
        = recurrent_weights(b, r, 0, {directions, gates, units, outs});
    w.type = b.target.numbers.storage;
    w.set_order({0, 1, 6, 7, 2, 3, 4, 5});
    weight_recipe projection;  // [direction][k][out]
    if (r.e.has_projection) {
        projection = recurrent_weights(b, r, 2, {directions, outs, units});
        projection.type = b.target.numbers.storage;
        projection.set_order({0, 1, 4, 5, 2, 3});
    }
    recurrent_arguments(b, r, w, 1, projection, recurrent_state(r, groups * many, outs, units));

    int lanes = 32;
    while (lanes < 256 && lanes < units) lanes *= 2;
    int shares = 1;  // NVIDIA's devices take at most 256 work-items for a kernel
    const int most = b.target.is_cpu() ? 512 : 256;
    while (shares < 8 && lanes * shares < most && shares * 16 <= outs) shares *= 2;
    b.define("MANY", many);
    b.define("LANES_", lanes);
    b.define("SHARES_", shares);
    b.out.extents[0] = directions;
    b.out.extents[1] = groups;
    tactic t;
    t.label.append("units").append(lanes).append('x').append(shares);
    t.local[0] = lanes * shares;
    t.local_bytes = shares > 1 ? lanes * shares * 4 : 0;
    b.tactic_of(t);
    b.finish("recurrent");
    return true;
}

inline constexpr family_row recurrent_family{.kind = op::recurrent,
    .select = select_recurrent,
    .reads = input_form::matrix,
    .inputs = stored_types};

}  // namespace lamina::planner
