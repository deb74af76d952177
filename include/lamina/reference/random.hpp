// SPDX-License-Identifier: Apache-2.0
// op::random on the CPU: Philox4x32-10.
#pragma once
#include <lamina/reference/spread.hpp>

#include <array>
#include <cmath>
#include <cstdint>

namespace lamina::reference_op {

/// Ten rounds. Source   Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
inline std::array<std::uint32_t, 4> philox(
    std::array<std::uint32_t, 4> counter, std::uint32_t low, std::uint32_t high) {
    for (int turn = 0; turn < 10; ++turn, low += 0x9E3779B9u, high += 0xBB67AE85u) {
        const std::uint64_t a = std::uint64_t{counter[0]} * 0xD2511F53u;
        const std::uint64_t c = std::uint64_t{counter[2]} * 0xCD9E8D57u;
        counter = {static_cast<std::uint32_t>(c >> 32) ^ counter[1] ^ low,
            static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ high,
            static_cast<std::uint32_t>(a)};
    }
    return counter;
}

inline void random(const node&, const operands& in, reference_tensor& out) {
    const auto number = [&](std::size_t input, std::size_t i) {
        return static_cast<std::uint32_t>(in[input].indices[i]);
    };
    const std::uint32_t high = in[0].size() > 1 ? number(0, 1) : 0;
    for (std::size_t e = 0; e < out.values.size(); ++e) {
        const auto words
            = philox({static_cast<std::uint32_t>(e / 4), number(1, 0), 0, 0}, number(0, 0), high);
        out.values[e] = static_cast<float>(words[e % 4] >> 8) * 0x1p-24f;
    }
}

/// Exact but for storage; unknown where a seed is.
inline void random_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    given_spread(n, in, by, out);
    for (const reference_tensor* x : in.inputs)
        for (const float spread : x->spread)
            if (std::isinf(spread)) out.spread.assign(out.spread.size(), unknown);
}

inline constexpr reference_row random_row{op::random, random, random_spread};

}  // namespace lamina::reference_op
