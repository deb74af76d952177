// SPDX-License-Identifier: Apache-2.0
// Shared by families on vectors of 16 floats: the transpose of a square, sums across lanes. Precedes the
// texts of the `cpu` class that need it.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   TURN(tile)   float16 tile[16]: number j of vector i becomes number i of vector j
//   exp_of_negative(v)   EXP of what is at most 0 (or NaN)
//   sum_of(v), max_of(v)   of the 16 lanes
inline constexpr std::string_view lanes16_text = R"CLC(
/* perfect shuffles: four of them turn the square */
inline float16 zip_low(float16 a, float16 b) {
    return (float16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3,
                     a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
}
inline float16 zip_high(float16 a, float16 b) {
    return (float16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb,
                     a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf);
}
#define TURN_STAGE(to, from)                             \
    _Pragma("unroll") for (int i_ = 0; i_ < 8; ++i_) {   \
        to[2 * i_] = zip_low(from[i_], from[i_ + 8]);    \
        to[2 * i_ + 1] = zip_high(from[i_], from[i_ + 8]); \
    }
#define TURN(tile) {                \
        float16 other_[16];         \
        TURN_STAGE(other_, tile)    \
        TURN_STAGE(tile, other_)    \
        TURN_STAGE(other_, tile)    \
        TURN_STAGE(tile, other_)    \
    }

inline float16 exp_of_negative(float16 v) {
#if CPU
    return exp_within(at_least(v, (float16)(-87.5f)));
#else
    return EXP(v);
#endif
}
inline float sum_of(float16 v) {
    const float8 a = v.lo + v.hi;
    const float4 c = a.lo + a.hi;
    const float2 d = c.lo + c.hi;
    return d.x + d.y;
}
inline float max_of(float16 v) {
    const float8 a = max(v.lo, v.hi);
    const float4 c = max(a.lo, a.hi);
    const float2 d = max(c.lo, c.hi);
    return max(d.x, d.y);
}
)CLC"sv;

inline constexpr text_names lanes16_names{
    "zip_low zip_high exp_of_negative sum_of max_of", "TURN_STAGE TURN"};

}  // namespace lamina::kernels
