// SPDX-License-Identifier: Apache-2.0
// Plans other shapes of a network with dims while the program runs: what plan<Net> passes to engines as its
// shape_planner. Networks without dims do not use it.
#pragma once
#include <lamina/core/linkage.hpp>
#include <lamina/core/shape_planner.hpp>
#include <lamina/graph/network.hpp>
#include <lamina/planner/stages.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lamina::detail {

/// A definition of a network with dims.
using definition = void (*)(network&);

/// What plans for other shapes of a network take from the first ones.
struct shape_guide {
    dynamic_array<dim_range> ranges;  ///< of the dims
    int plan_bytes = 0;               ///< of the longest plan of them, and some more
    planner::packing_guide packing;   ///< of opt, and all tiles
    planner::packing_guide tiles;     ///< the same tiles alone
    std::vector<std::vector<int>>
        values;                    ///< of the dims, for shapes that stand for all; without opt
    std::vector<input_axes> axes;  ///< of the inputs: extents that are a dim's value at all of them
    // The most that one of them or opt takes:
    std::uint64_t arena_bytes = 0;
    std::vector<std::uint64_t> input_bytes, output_bytes;
};

/// Cost  a plan for each of about 15 shapes.
shape_guide make_guide(definition define, const lamina::target& target);

/// The plan for these values of the dims; `packing`: one of the guide's.
shape_words plan_at_values(definition define, const lamina::target& target, std::string_view label,
    const shape_guide& guide, const planner::packing_guide& packing, std::span<const int> values);
inline shape_words plan_at_values(definition define, const lamina::target& target,
    std::string_view label, const shape_guide& guide, std::span<const int> values) {
    return plan_at_values(define, target, label, guide, guide.packing, values);
}

}  // namespace lamina::detail

#ifndef LAMINA_COMPILED
#include <lamina/planner/plan_shapes.impl.hpp>
#endif
