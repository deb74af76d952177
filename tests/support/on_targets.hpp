// SPDX-License-Identifier: Apache-2.0
// Runs networks on the default device with a plan for every target and compares their outputs with
// the reference. Used by tests/models/ops_on_devices_*.cpp.
#pragma once
#include "torch_cases.hpp"

#include <lamina/compile/target.hpp>

#include <span>

namespace lamina_test {

/// How far a device may be from the reference, of the largest magnitude of an output. Half storage
/// rounds every stored value to 11 bits, 5e-4 of itself: 2e-3 leaves room for three in a row.
struct tolerances {
    double fp32 = 1e-5;
    double fp16 = 2e-3; ///< 0: not compared
    bool gpu = true;    ///< the gpu class too, and not only cpu
    int winograd = 6;   ///< target::winograd of the cpu class
    std::span<const lamina::target> goals = {}; ///< these and not cpu and gpu
};

/// Cases recorded from PyTorch, on the targets cpu and gpu in both precisions, against the
/// reference, which torch_ops_*.cpp compare with PyTorch.
void check_on_devices(std::span<const torch_case> cases, double half_tolerance = 2e-3);

/// The same for a network with random weights and inputs in [-1, 1), indices in 0 ... 3.
void check_on_devices(
    const char* name, void (*define)(lamina::network&), tolerances allowed = {});

}  // namespace lamina_test
