// SPDX-License-Identifier: Apache-2.0
// What plan<Net> is: a FlatBuffer of exactly the right size in read-only memory, with the numbers
// that static_assert wants beside it.
#pragma once
#include <array>
#include <bit>
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

/// A plan as a constant: a FlatBuffer of plan.fbs in little-endian words; it converts to the bytes
/// that engine takes. Units   Size in bytes, a multiple of 8.
template <std::size_t Size>
struct frozen_plan : plan_facts {
    static_assert(std::endian::native == std::endian::little,
                  "plans are little-endian; build for a little-endian machine");

    alignas(16) std::array<std::uint32_t, Size / 4> words{};

    std::span<const std::byte> data() const { return std::as_bytes(std::span(words)); }
    operator std::span<const std::byte>() const { return data(); }
};

} // namespace lamina
