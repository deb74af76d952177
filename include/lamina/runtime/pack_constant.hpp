// SPDX-License-Identifier: Apache-2.0
// The numbers of a constant, which the plan itself or its constant part has, as kernels read them. Called by
// fold_weights.hpp.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/half.hpp>

namespace lamina::detail {

/// Finite numbers beyond those of a 16-bit type become its largest ones: a mask's -1e9 stays finite.
inline void pack_constant(const plan_weight& w, std::span<std::byte> packed) {
    std::byte* to = packed.data() + w.offset;
    if (size_bytes(w.type) == 4) {
        std::memcpy(to, w.values.data(), w.values.size_bytes());
        return;
    }
    if (w.type == dtype::boolean) {
        for (const std::uint32_t value : w.values) *to++ = std::byte(value != 0);
        return;
    }
    const float most = static_cast<float>(largest_number(w.type));
    for (const std::uint32_t bits : w.values) {
        float value = std::bit_cast<float>(bits);
        if (std::isfinite(value)) value = std::clamp(value, -most, most);
        const std::uint16_t narrow = w.type == dtype::f16 ? to_half(value) : to_bfloat(value);
        std::memcpy(to, &narrow, sizeof narrow);
        to += sizeof narrow;
    }
}

}  // namespace lamina::detail
