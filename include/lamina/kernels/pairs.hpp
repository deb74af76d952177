// SPDX-License-Identifier: Apache-2.0
// When families of the `cpu` classes pack weights in pairs of inputs, and their tactics for devices that
// multiply pairs (kernels/pairs.cl.hpp).
#pragma once
#include <lamina/planner/builder.hpp>

namespace lamina::planner {

/// True where weights lie in pairs: of a whole vector each, in bfloat16.
constexpr bool packs_pairs(const lamina::target& target) {
    return target.is_cpu() && target.numbers.storage == dtype::bf16;
}

/// True where devices certainly multiply pairs, in half the time of floats.
constexpr bool multiplies_pairs(const lamina::target& target) {
    return packs_pairs(target) && target.has(ability::avx512_bf16);
}

/// Puts before the launch's tactics those of them that need no ability, for devices that multiply pairs, or quads.
constexpr void prefer_dots(launch_builder& b, ability needed = ability::avx512_bf16) {
    const dynamic_array<int> others = b.tactics;
    b.tactics.clear();
    for (const int which : others) {
        tactic dots = b.m.tactics[at(which)];
        if (dots.needs != ability::none) continue;
        const name label = dots.label;
        dots.label = {};
        dots.label.append("dots_").append(label.view());
        dots.defines.append("#define DOTS 1\n");
        dots.needs = needed;
        b.tactic_of(dots);
    }
    b.tactics.append(others.begin(), others.end());
}

}  // namespace lamina::planner
