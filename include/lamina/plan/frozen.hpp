// SPDX-License-Identifier: Apache-2.0
// What plan<Net> is: a FlatBuffer of exactly the right size in read-only memory, with the numbers
// that static_assert wants beside it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lamina {

/// Facts of a plan, as constants.
struct plan_facts {
    std::uint64_t arena_bytes = 0;   ///< activations of one context
    std::uint64_t live_bytes = 0;    ///< the largest sum of tensors alive at once: arena's floor
    std::uint64_t weight_bytes = 0;  ///< packed weights
    std::uint64_t flops = 0;         ///< multiplications and additions, each counted
    int nodes = 0;                   ///< of the graph as written
    int steps = 0;                   ///< launches of one run
    int kernels = 0;                 ///< different programs to build
    int fused = 0;                   ///< nodes that cost no launch of their own
    int reformats = 0;               ///< launches that only move data
};

/// A plan as a constant. `bytes` is a FlatBuffer of plan.fbs; it converts to what engine takes.
template <std::size_t Size>
struct frozen_plan : plan_facts {
    alignas(16) std::array<unsigned char, Size> bytes{};

    std::span<const std::byte> data() const {
        return std::as_bytes(std::span(bytes));
    }
    operator std::span<const std::byte>() const { return data(); }
};

} // namespace lamina
