// SPDX-License-Identifier: Apache-2.0
// Runs networks on the default device with a plan for every target and compares their outputs with
// the reference. Used by tests/models/ops_on_devices_*.cpp.
#pragma once
#include "torch_cases.hpp"

#include <lamina/planner/target.hpp>

#include <cstddef>
#include <span>

namespace lamina_test {

/// How many elements were compared, and how many of them had no bound.
struct judged_elements {
    std::size_t compared = 0, unjudged = 0;
};

/// Where a network runs.
struct which_targets {
    bool cpu_narrow = true;  ///< the cpu class with storage of 16 bits too
    bool gpu = true;         ///< the gpu class too, and not only cpu
    bool gpu_narrow = true;  ///< the gpu class with storage of 16 bits too, if at all
    int winograd = 6;        ///< target::winograd of the cpu class
    /// Counts the outputs' elements. Without it an output of which nothing has a bound fails.
    judged_elements* judged = nullptr;
};

/// Cases recorded from PyTorch, each on the cpu and the gpu class, one of them, drawn, in floats and the other with
/// storage of 16 bits (LAMINA_TEST_LONG: both in both, and in both types of 16 bits), against the reference, which
/// torch_ops_*.cpp compare with PyTorch. Every element is judged by its own error bound (lamina/reference/bound.hpp).
void check_on_devices(std::span<const torch_case> cases);

/// The same for a network with random weights and inputs in [-1, 1), indices in 0 ... 3.
void check_on_devices(const char* name, void (*define)(lamina::network&), which_targets where = {});

/// The same on half of these targets, drawn (LAMINA_TEST_LONG: on all).
void check_on_devices(
    const char* name, void (*define)(lamina::network&), std::span<const lamina::target> listed);

}  // namespace lamina_test
