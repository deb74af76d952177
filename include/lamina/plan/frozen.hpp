// SPDX-License-Identifier: Apache-2.0
// The type of plan<Net>: a FlatBuffer of exactly the right size in read-only memory, with its facts as
// constants for static_assert.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <lamina/core/shape_planner.hpp>
#include <lamina/plan/tables.hpp>

namespace lamina {

/// Facts of a plan, as constants.
struct plan_facts {
    std::uint64_t arena_bytes = 0;         ///< activations of one context
    std::uint64_t arena_bytes_at_max = 0;  ///< the same where all dims are at max
    std::uint64_t live_bytes = 0;    ///< the largest sum of tensors alive at once: arena's floor
    std::uint64_t weight_bytes = 0;  ///< packed weights
    std::uint64_t state_bytes = 0;   ///< what one context keeps between runs
    std::uint64_t flops = 0;         ///< multiplications and additions, each counted
    int dims = 0;                    ///< numbers that may change while the program runs
    int nodes = 0;                   ///< of the graph as written
    int steps = 0;                   ///< launches of one run
    int constant_steps = 0;          ///< those that an engine runs once: constant folding
    int kernels = 0;                 ///< different programs to build
    int fused = 0;      ///< nodes that joined another node's launch: folded, or in its epilogue
    int reformats = 0;  ///< launches that only move data
    int beside = 0;     ///< layers that share another one's launch side by side: horizontal fusion
};

namespace detail {

/// A minimal FlatBuffer reader for static_assert; everything else uses plan/read.hpp. The bytes come from
/// the compiler, so nothing is verified. Positions are in bytes.
template <std::size_t Words> struct constant_reader {
    const std::array<std::uint32_t, Words>& words;

    constexpr unsigned byte(std::size_t at) const { return words[at / 4] >> at % 4 * 8 & 255u; }
    constexpr std::uint32_t number(std::size_t at) const { return words[at / 4]; }
    constexpr std::size_t short_number(std::size_t at) const {
        return byte(at) | byte(at + 1) << 8;
    }
    constexpr std::size_t follow(std::size_t at) const { return at + number(at); }
    /// Position of a table's field; the fields that are read here are always written.
    constexpr std::size_t field(std::size_t table, int wanted) const {
        return table
            + short_number(table - number(table) + 4 + 2 * static_cast<std::size_t>(wanted));
    }
    constexpr std::size_t list(schema::plan::field wanted) const {
        return follow(field(follow(0), wanted));
    }
    constexpr std::size_t item(std::size_t list, std::size_t index) const {
        return follow(list + 4 + 4 * index);
    }
    constexpr bool is_text(std::size_t at, std::string_view wanted) const {
        if (number(at) != wanted.size()) return false;
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (byte(at + 4 + i) != static_cast<unsigned char>(wanted[i])) return false;
        return true;
    }
};

}  // namespace detail

/// A plan as a constant: a FlatBuffer of plan.fbs in little-endian words; it converts to the bytes
/// that engine takes. Units   Size in bytes, a multiple of 8.
template <std::size_t Size> struct frozen_plan : plan_facts {
    static_assert(std::endian::native == std::endian::little,
        "plans are little-endian; build for a little-endian machine");

    alignas(16) std::array<std::uint32_t, Size / 4> words{};

    std::span<const std::byte> data() const { return std::as_bytes(std::span(words)); }
    operator std::span<const std::byte>() const { return data(); }

    /// How many steps run a kernel of this family: static_assert(plan<net>.count("pool") == 2).
    constexpr int count(std::string_view family) const {
        const detail::constant_reader<Size / 4> read{words};
        int found = 0;
        for (int i = 0; i < steps; ++i) {  // none if the network was wrong
            const std::size_t step
                = read.item(read.list(schema::plan::steps), static_cast<std::size_t>(i));
            const std::size_t kernel = read.number(read.field(step, schema::step::kernel));
            const std::size_t its = read.item(read.list(schema::plan::kernels), kernel);
            found += read.is_text(read.follow(read.field(its, schema::kernel::family)), family);
        }
        return found;
    }
    /// True if one step does exactly these layers, the first named one of which has this name:
    /// static_assert(plan<net>.fuses("conv1", "conv2d + batch_norm + relu")).
    constexpr bool fuses(std::string_view name, std::string_view layers) const {
        const detail::constant_reader<Size / 4> read{words};
        for (int i = 0; i < steps; ++i) {
            const std::size_t step
                = read.item(read.list(schema::plan::steps), static_cast<std::size_t>(i));
            if (read.is_text(read.follow(read.field(step, schema::step::name)), name)
                && read.is_text(read.follow(read.field(step, schema::step::layers)), layers))
                return true;
        }
        return false;
    }
};

/// The plan of a network with dims, for their opt, and what plans other values.
template <std::size_t Size> struct frozen_shapes : frozen_plan<Size> {
    const shape_planner* shapes = nullptr;
};

}  // namespace lamina
