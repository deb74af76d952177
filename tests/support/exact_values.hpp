// SPDX-License-Identifier: Apache-2.0
// Runs a network on given numbers, in the reference and with a plan for every target in both
// precisions on the default device, and compares its outputs with numbers that stand in the test:
// NaN equals NaN, infinities themselves.
#pragma once
#include <lamina/graph/network.hpp>

#include <limits>
#include <string>
#include <vector>

namespace lamina_test {

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Numbers of an input, a weights tensor or an output; `indices` of one that is i32. Write them so
/// that half precision holds them, or is near: fp16 may be off by 1e-3 of each, fp32 by 1e-6.
struct named_numbers {
    std::string name;
    std::vector<float> values;
    std::vector<int> indices = {};
};

void check_values(void (*define)(lamina::network&), const std::vector<named_numbers>& inputs,
    const std::vector<named_numbers>& outputs, const std::vector<named_numbers>& weights = {});

}  // namespace lamina_test
