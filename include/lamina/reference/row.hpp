// SPDX-License-Identifier: Apache-2.0
// One row per op: the function that computes it, and the one that adds its roundings to the spreads of its
// inputs (bound.hpp). It is defined after both, in the same file. An op that may have several outputs
// computes all of them at once.
#pragma once
#include <lamina/reference/spread_parts.hpp>

#include <span>

namespace lamina::reference_op {

/// Fills a tensor of the node's shape.
using computation = void (*)(const node&, const operands&, reference_tensor&);
/// Fills the spread, which is zeros of the right size, of a tensor that is computed.
using spreading = void (*)(const node&, const operands&, const arithmetic&, reference_tensor&);

/// The same for an op of several outputs: as many tensors as its layer added.
using outputs = std::span<reference_tensor>;
using several_computation = void (*)(const node&, const operands&, outputs);
using several_spreading = void (*)(const node&, const operands&, const arithmetic&, outputs);

struct reference_row {
    op kind = op::end;
    computation compute = nullptr;
    spreading spread = nullptr;
    several_computation compute_several = nullptr;
    several_spreading spread_several = nullptr;

    constexpr reference_row() = default;
    constexpr reference_row(op of, computation c, spreading s) : kind(of), compute(c), spread(s) {}
    constexpr reference_row(op of, several_computation c, several_spreading s)
        : kind(of), compute_several(c), spread_several(s) {}
    constexpr bool is_empty() const { return !compute && !compute_several; }
};

}  // namespace lamina::reference_op
