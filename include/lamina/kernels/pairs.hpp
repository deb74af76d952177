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
    const std::size_t others = b.tactics.size();
    for (std::size_t i = 0; i < others; ++i) {
        tactic dots = b.m.tactics[at(b.tactics[i])];
        if (dots.needs != ability::none) continue;
        const name label = dots.label;
        dots.label = {};
        dots.label.append("dots_").append(label.view());
        dots.defines.append("#define DOTS 1\n");
        dots.needs = needed;
        b.tactic_of(dots);
    }
    b.put_first(others);
}

}  // namespace lamina::planner
