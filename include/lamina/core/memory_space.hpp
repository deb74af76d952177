// SPDX-License-Identifier: Apache-2.0
// The kinds of memory that hold a plan's values and arguments.
#pragma once
#include <string_view>

namespace lamina {

/// The buffer that holds an argument or a tensor: the context's activations, a caller's input or
/// output, or the engine's packed weights. In this order in plan.fbs.
enum class memory_space : unsigned char { arena, input, output, weights };

constexpr std::string_view to_text(memory_space space) {
    constexpr std::string_view names[] = {"arena", "input", "output", "weights"};
    return names[static_cast<int>(space)];
}

}  // namespace lamina
