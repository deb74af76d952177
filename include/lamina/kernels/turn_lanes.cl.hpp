// SPDX-License-Identifier: Apache-2.0
// Squares of VW vectors of VW lanes turned: what was a lane becomes a vector.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view turn_lanes_text = R"CLC(
#define UNROLL _Pragma("unroll")
#if VW >= 4
/* of each four lanes, i to l of a (0 to 3) and b (4 to 7) */
#define FROM_FOURS(i, four) ((i) < 4 ? (i) + (four) : (i) + (four) + VW - 4)
#define TIMES4(i, j, k, l, four) \
    FROM_FOURS(i, four), FROM_FOURS(j, four), FROM_FOURS(k, four), FROM_FOURS(l, four)
#define TIMES8(i, j, k, l, four) TIMES4(i, j, k, l, four), TIMES4(i, j, k, l, four + 4)
#define TIMES16(i, j, k, l, four) TIMES8(i, j, k, l, four), TIMES8(i, j, k, l, four + 8)
#define TIMES(i, j, k, l) GLUE(TIMES, VW)(i, j, k, l, 0)
/* Clang knows what becomes an instruction only of its own function, from others it makes scalars. */
#ifdef __clang__
#define MIX(a, b, i, j, k, l) __builtin_shufflevector(a, b, TIMES(i, j, k, l))
#else
#define MIX(a, b, i, j, k, l) shuffle2(a, b, (GLUE(uint, VW))(TIMES(i, j, k, l)))
#endif
typedef float4 four_anywhere __attribute__((aligned(4)));
/* lanes l to l + 3 of lines i, i + 4 and so on beside each other; AT(p) is where line p begins */
#define FOUR_OF(space, AT, i) *(space const four_anywhere*)(v + AT(i) + l)
#if VW == 4
#define FOURS_OF(space, AT, i) FOUR_OF(space, AT, i)
#elif VW == 8
#define FOURS_OF(space, AT, i) (VEC)(FOUR_OF(space, AT, i), FOUR_OF(space, AT, i + 4))
#else
#define FOURS_OF(space, AT, i) (VEC)(FOUR_OF(space, AT, i), FOUR_OF(space, AT, i + 4), \
    FOUR_OF(space, AT, i + 8), FOUR_OF(space, AT, i + 12))
#endif
/* to[l pitch + p] = AS(v[AT(p) + l]) */
#define TURN_SQUARE(space, AT, AS) \
    UNROLL for (int l = 0; l < VW; l += 4) { \
        const VEC v0 = FOURS_OF(space, AT, 0), v1 = FOURS_OF(space, AT, 1); \
        const VEC v2 = FOURS_OF(space, AT, 2), v3 = FOURS_OF(space, AT, 3); \
        const VEC low01 = MIX(v0, v1, 0, 4, 1, 5), high01 = MIX(v0, v1, 2, 6, 3, 7); \
        const VEC low23 = MIX(v2, v3, 0, 4, 1, 5), high23 = MIX(v2, v3, 2, 6, 3, 7); \
        float* line = to + l * pitch; \
        *(vec_anywhere*)line = AS(MIX(low01, low23, 0, 1, 4, 5)); \
        *(vec_anywhere*)(line + pitch) = AS(MIX(low01, low23, 2, 3, 6, 7)); \
        *(vec_anywhere*)(line + 2 * pitch) = AS(MIX(high01, high23, 0, 1, 4, 5)); \
        *(vec_anywhere*)(line + 3 * pitch) = AS(MIX(high01, high23, 2, 3, 6, 7)); \
    }
/* Clang halves vectors of a function that is not said to need them whole. */
#ifndef __has_attribute
#define __has_attribute(name) 0
#endif
#if __has_attribute(min_vector_width)
#define WHOLE_VECTORS __attribute__((noinline, min_vector_width(32 * VW)))
#else
#define WHOLE_VECTORS __attribute__((noinline))
#endif
#define AS_IT_IS(v) (v)
#define AT_STEP(p) ((p) * step)
WHOLE_VECTORS void turn_lanes(float* to, int pitch, const float* v, int step) {
    TURN_SQUARE(__private, AT_STEP, AS_IT_IS)
}
WHOLE_VECTORS void turn_global(float* to, int pitch, __global const float* v, int step) {
    TURN_SQUARE(__global, AT_STEP, AS_IT_IS)
}
/* line p is line first + p by of `count` ones, which are VW apart; those outside are zeros */
#define AT_INSIDE(p) (clamp(first + (p) * by, 0, count - 1) * VW)
#define OR_ZERO(v) GLUE(as_float, VW)(GLUE(as_int, VW)(v) & inside)
WHOLE_VECTORS void turn_inside(
    float* to, int pitch, __global const float* v, int first, int by, int count) {
    const IVEC line = first + LANES * by, inside = line >= 0 & line < count;
    TURN_SQUARE(__global, AT_INSIDE, OR_ZERO)
}
#endif
)CLC"sv;

inline constexpr text_names turn_lanes_names{"turn_lanes turn_global turn_inside four_anywhere",
    "UNROLL FROM_FOURS TIMES4 TIMES8 TIMES16 TIMES MIX FOUR_OF FOURS_OF TURN_SQUARE WHOLE_VECTORS AS_IT_IS "
    "AT_STEP AT_INSIDE OR_ZERO"};

}  // namespace lamina::kernels
