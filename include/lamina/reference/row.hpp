// SPDX-License-Identifier: Apache-2.0
// One row per op: the function that computes it, and the one that adds its roundings to the spreads of its
// inputs (bound.hpp). It is defined after both, in the same file.
#pragma once
#include <lamina/reference/spread_parts.hpp>

namespace lamina::reference_op {

/// Fills a tensor of the node's shape.
using computation = void (*)(const node&, const operands&, reference_tensor&);
/// Fills the spread, which is zeros of the right size, of a tensor that is computed.
using spreading = void (*)(const node&, const operands&, const arithmetic&, reference_tensor&);

struct reference_row {
    op kind;
    computation compute;
    spreading spread;
    /// The same of the second output, where there is one: of the first one's node and inputs.
    computation compute_second = nullptr;
    spreading spread_second = nullptr;
};

}  // namespace lamina::reference_op
