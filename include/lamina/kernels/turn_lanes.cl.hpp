// SPDX-License-Identifier: Apache-2.0
// Squares of VW vectors of VW lanes turned: what was a lane becomes a vector.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view turn_lanes_text = R"CLC(
#define UNROLL _Pragma("unroll")
#if VW >= 4
#if VW == 4
#define FOURS float4
#define TIMES(i, j, k, l) (i), (j), (k), (l)
#define LANE_NUMBERS uint4
#else
/* two fours, of lines p and p + 4, beside each other */
#define FOURS float8
#define NTH(i) ((i) < 4 ? (i) : (i) + 4)
#define TIMES(i, j, k, l) NTH(i), NTH(j), NTH(k), NTH(l), NTH(i) + 4, NTH(j) + 4, NTH(k) + 4, NTH(l) + 4
#define LANE_NUMBERS uint8
#endif
/* in each four, lanes i to l of a (0 to 3) and b (4 to 7). Clang knows what becomes an instruction only of its own
   function, from others it makes scalars. */
#ifdef __clang__
#define MIX(a, b, i, j, k, l) __builtin_shufflevector(a, b, TIMES(i, j, k, l))
#else
#define MIX(a, b, i, j, k, l) shuffle2(a, b, (LANE_NUMBERS)(TIMES(i, j, k, l)))
#endif
typedef float4 four_anywhere __attribute__((aligned(4)));
typedef FOURS fours_anywhere __attribute__((aligned(4)));
#if VW == 4
#define FOURS_OF(space, i) *(space const four_anywhere*)(from + (i) * step)
#else
#define FOURS_OF(space, i) (FOURS)(*(space const four_anywhere*)(from + (i) * step), \
    *(space const four_anywhere*)(from + ((i) + 4) * step))
#endif
/* to[l pitch + p] = v[p step + l] */
#define TURN_SQUARE(space) \
    for (int p = 0; p < VW; p += sizeof(FOURS) / 4) \
        UNROLL for (int l = 0; l < VW; l += 4) { \
            space const float* from = v + p * step + l; \
            const FOURS v0 = FOURS_OF(space, 0), v1 = FOURS_OF(space, 1); \
            const FOURS v2 = FOURS_OF(space, 2), v3 = FOURS_OF(space, 3); \
            const FOURS low01 = MIX(v0, v1, 0, 4, 1, 5), high01 = MIX(v0, v1, 2, 6, 3, 7); \
            const FOURS low23 = MIX(v2, v3, 0, 4, 1, 5), high23 = MIX(v2, v3, 2, 6, 3, 7); \
            float* line = to + l * pitch + p; \
            *(fours_anywhere*)line = MIX(low01, low23, 0, 1, 4, 5); \
            *(fours_anywhere*)(line + pitch) = MIX(low01, low23, 2, 3, 6, 7); \
            *(fours_anywhere*)(line + 2 * pitch) = MIX(high01, high23, 0, 1, 4, 5); \
            *(fours_anywhere*)(line + 3 * pitch) = MIX(high01, high23, 2, 3, 6, 7); \
        }
__attribute__((noinline)) void turn_lanes(float* to, int pitch, const float* v, int step) {
    TURN_SQUARE(__private)
}
__attribute__((noinline)) void turn_global(float* to, int pitch, __global const float* v, int step) {
    TURN_SQUARE(__global)
}
#endif
)CLC"sv;

inline constexpr text_names turn_lanes_names{"turn_lanes turn_global four_anywhere fours_anywhere",
    "UNROLL FOURS TIMES LANE_NUMBERS NTH MIX FOURS_OF TURN_SQUARE"};

}  // namespace lamina::kernels
