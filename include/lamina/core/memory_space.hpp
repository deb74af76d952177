// SPDX-License-Identifier: Apache-2.0
// The kinds of memory that hold a plan's values and arguments.
#pragma once
#include <string_view>

namespace lamina {

/// The buffer that holds an argument or a tensor: the context's activations, a caller's input or
/// output, the engine's packed weights, or a state of the context. In this order in plan.fbs.
enum class memory_space : unsigned char { arena, input, output, weights, state };

/// Bytes that a packed array's offset is a multiple of.
inline constexpr int weight_alignment = 64;

constexpr std::string_view to_text(memory_space space) {
    constexpr std::string_view names[] = {"arena", "input", "output", "weights", "state"};
    return names[static_cast<int>(space)];
}

}  // namespace lamina
