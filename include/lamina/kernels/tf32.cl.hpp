// SPDX-License-Identifier: Apache-2.0
// Floats as the matrix units' products take them; the part of the prelude that STORE1 and STOREV use.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Defines  TF32_OUT 1   outputs are stored rounded to the nearest number of 11 bits, a half away from zero
inline constexpr std::string_view tf32_text = R"CLC(
#ifdef TF32_OUT
inline float to_tf32(float v) {
    const uint bits = as_uint(v);
    return as_float((bits & 0x7f800000u) == 0x7f800000u ? bits : (bits + 0x1000u) & ~0x1fffu);
}
#if VW > 1
inline VEC to_tf32_lanes(VEC v) {
    const GLUE(uint, VW) bits = GLUE(as_uint, VW)(v);
    return GLUE(as_float, VW)(
        select((bits + 0x1000u) & ~0x1fffu, bits, (bits & 0x7f800000u) == 0x7f800000u));
}
#endif
#else
#define to_tf32(v) (v)
#define to_tf32_lanes(v) (v)
#endif
)CLC"sv;

}  // namespace lamina::kernels
