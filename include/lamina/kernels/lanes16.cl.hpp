// SPDX-License-Identifier: Apache-2.0
// What families on vectors of 16 floats share: a turned square of numbers, exp, sums across lanes.
// Stands before the texts of the `cpu` class that need it.
#pragma once
#include <string_view>

namespace lamina::kernels {

//   TURN(tile)   float16 tile[16]: number j of vector i becomes number i of vector j
//   exp_of_negative(v)   exp for v <= 0 (above, up to 88), 1 unit in the last place; 0 below -87
//   SUM_OF(v), MAX_OF(v), MIN_OF(v)   of the 16 lanes
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

/* 2^n e^r with |r| <= log(2) / 2; the number that rounds to n has n in its lowest bits */
inline float16 exp_of_negative(float16 v) {
    const float16 shifted = fma(v, (float16)(1.44269504f), (float16)(12582912.0f));
    const float16 n = shifted - 12582912.0f;
    float16 r = fma(n, (float16)(-0.693359375f), v);
    r = fma(n, (float16)(2.12194440e-4f), r);
    float16 p = fma(r, (float16)(0.0013814552f), (float16)(0.008368745f));
    p = fma(r, p, (float16)(0.04166839f));
    p = fma(r, p, (float16)(0.16666521f));
    p = fma(r, p, (float16)(0.49999994f));
    p = fma(r, p, (float16)(1.0f));
    p = fma(r, p, (float16)(1.0f));
    p = as_float16(as_int16(p) + (as_int16(shifted) << 23));
    return select(p, (float16)(0.0f), v < (float16)(-87.0f));
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
)CLC";

} // namespace lamina::kernels
