// SPDX-License-Identifier: Apache-2.0
// Runs cases through the reference and compares with what PyTorch recorded.
// Called by tests/reference/torch_ops_*.cpp, one of which stands for each group of cases.
#pragma once
#include "torch_cases.hpp"

namespace lamina_test {

/// PyTorch and the reference both compute in doubles. PyTorch's result is rounded once (6e-8), the
/// reference's once a node, and its scalars (slopes, eps) are floats.
inline constexpr double reference_tolerance = 5e-7;

void check_against_torch(std::span<const torch_case> cases);

/// Every case is recorded, and every recorded tensor belongs to a case.
void check_goldens_are_complete();

}  // namespace lamina_test
