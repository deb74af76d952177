// SPDX-License-Identifier: Apache-2.0
// What a plan of a network with dims has beside its bytes: its dims, and a function that plans other values of
// them. Engines know this type and no graph; a network without dims has none, so that its program does not
// contain the planner.
#pragma once
#include <lamina/core/name.hpp>
#include <lamina/core/text.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace lamina {

/// A number of the network that may change: min, min + step, ... max.
struct plan_dim {
    name at;
    int min = 1, opt = 1, max = 1, step = 1;
};

/// A dim's value, for engine::at. Braces around a name and a number are always such a pair, never a string_view of so
/// many characters.
struct shape_value {
    std::string_view name;
    int value;

    constexpr shape_value(std::string_view dim, int number) : name(dim), value(number) {}
};

/// A plan's bytes as words, or why there is none.
struct shape_words {
    sentence fault;
    std::vector<std::uint32_t> words;
};

/// Which dim the extent along each axis of an input is; -1: none.
struct input_axes {
    name at;
    std::vector<int> dims;
};

/// Shapes that stand for all: engines build what these need, so that others find it.
struct shape_set {
    std::span<const std::vector<int>> values;  ///< of the dims; without opt
    std::span<const input_axes> axes;          ///< of all inputs
    // The most that one of them or opt takes:
    std::uint64_t arena_bytes = 0;
    std::span<const std::uint64_t> input_bytes, output_bytes;
};

struct shape_planner {
    std::span<const plan_dim> dims;
    shape_words (*plan)(std::span<const int> values) = nullptr;  ///< one for each dim
    shape_set (*first)() = nullptr;
    /// As `plan`, but each layer's weights are packed as suits the shape, and not as in the plan for opt.
    shape_words (*plan_own)(std::span<const int> values) = nullptr;
};

/// A plan as engines take it: its bytes, and its shape planner if it has one.
struct plan_bytes {
    std::span<const std::byte> bytes;
    const shape_planner* shapes = nullptr;

    template <class Plan>
        requires std::is_convertible_v<const Plan&, std::span<const std::byte>>
    constexpr plan_bytes(const Plan& plan)  // NOLINT(google-explicit-constructor)
        : bytes(plan) {
        if constexpr (requires { plan.shapes; }) shapes = plan.shapes;
    }
};

}  // namespace lamina
