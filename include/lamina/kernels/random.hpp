// SPDX-License-Identifier: Apache-2.0
// Uniform random numbers from a seed and a counter.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_random(launch_builder& b) {
    const step& s = b.s;
    const view &seed = s.inputs[0], &y = s.output;
    b.input(seed);
    b.input(s.inputs[1]);
    b.output(y);
    b.address("seed", seed);
    b.address("y", y);
    view numbered = y;
    numbered.lay = row_major(y.dims);
    b.address("number", numbered);
    b.define("SEED_AT(i)", "AT_seed((i),0,0,0,0,0)");
    b.define("SEED_NUMBERS", seed.dims.n);
    b.elements(y);
    b.element_tactics();
    b.finish("random");
    return true;
}

inline constexpr family_row random_family{
    .kind = op::random, .select = select_random, .inputs = {dtype::i32}};

}  // namespace lamina::planner
