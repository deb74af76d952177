// SPDX-License-Identifier: Apache-2.0
// Conversion between fp16, bf16 and float on the host, for packing weights and for inputs and outputs.
// Used by pack_weight.hpp and context.hpp; needs no processor extension. Not Eigen::half, because
// Eigen/Core costs a file that includes context.hpp a second.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lamina {

inline float from_half(std::uint16_t bits) {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
    const std::uint32_t rest = static_cast<std::uint32_t>(bits & 0x7fffu) << 13;
    if (rest >= 0x0f800000u) return std::bit_cast<float>(sign | 0x70000000u | rest);  // inf, NaN
    // The exponent's bias changes from 15 to 127 by a multiplication, which is right for
    // subnormals too.
    const float value = std::bit_cast<float>(rest) * 0x1p112f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
}

/// To the nearest, ties to even; too large becomes infinity.
inline std::uint16_t to_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    // All three are computed, without a branch, so that loops become vectors. Subnormal: adding 0.5 leaves
    // the rounded multiple of 2^-24 in the lowest bits.
    const std::uint32_t small
        = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
    const std::uint32_t normal = (magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
    std::uint32_t out = magnitude < 0x38800000u ? small : normal;
    out = magnitude >= 0x477ff000u ? 0x7c00u : out;  // rounds beyond 65504
    out = magnitude > 0x7f800000u ? 0x7e00u : out;   // NaN
    return static_cast<std::uint16_t>(sign | out);
}

inline float from_bfloat(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// To the nearest, ties to even; too large becomes infinity, a NaN remains one.
inline std::uint16_t to_bfloat(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
    return static_cast<std::uint16_t>(
        is_nan ? bits >> 16 | 0x40u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

}  // namespace lamina
