// SPDX-License-Identifier: Apache-2.0
// linear for a few rows: reads every weight once, so it runs at the memory's speed.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/tile.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view matvec_arguments = R"CLC(
#define ARGS IN(x), WEIGHTS(w) BIAS_ARG(bias), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// Numbers  ROWS (few, at most ROOM), COLUMNS, DEPTH; X_M Y_M   strides of rows in elements
// Defines  ALIGNED_X    see tile.cl.hpp;  BIAS 0|1
// Tactic   KL work-items share a column and cut the depth among them, CG columns a work-group
// Weights  [column][k, padded to 4], as the source has them. VW is 1.
// Launch (COLUMNS), tile CG, local CG * KL.
// The catalogue joins this text with those of tile.cl.hpp.
inline constexpr std::string_view matvec_head = R"CLC(
#define DEPTH4 ((DEPTH + 3) / 4 * 4)

inline float4 four_of(__global const real* x, int k) {
    if (DEPTH % 4 && k + 4 > DEPTH)
        return (float4)(LOAD1(x, k), k + 1 < DEPTH ? LOAD1(x, k + 1) : 0.0f,
            k + 2 < DEPTH ? LOAD1(x, k + 2) : 0.0f, 0.0f);
    return ALIGNED_X ? aligned_real4_at(x + k) : real4_at(x + k);
}

GROUP_OF(KL * CG) KERNEL(matvec) {
    __local float parts[CG * ROOM * KL];
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(bias)
    EPILOGUE_OPEN
    const int lane = get_local_id(0) % KL, which = get_local_id(0) / KL;
    const int column = get_group_id(0) * CG + which;
    float4 sum[ROOM];
    _Pragma("unroll") for (int m = 0; m < ROOM; ++m)
        sum[m] = (float4)(0.0f);
    __global const real* const mine = w + min(column, COLUMNS - 1) * DEPTH4;
    _Pragma("unroll 4") for (int k = lane * 4; k < DEPTH; k += KL * 4) {
        const float4 v = aligned_real4_at(mine + k);
        _Pragma("unroll") for (int m = 0; m < ROOM; ++m)
            sum[m] = fma(v, four_of(x + min(m, ROWS - 1) * X_M, k), sum[m]);
    }
    __local float* const own = parts + which * ROOM * KL;
    _Pragma("unroll") for (int m = 0; m < ROOM; ++m)
        own[m * KL + lane] = (sum[m].x + sum[m].y) + (sum[m].z + sum[m].w);
    for (int rest = KL / 2; rest > 0; rest /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < rest)
            for (int m = 0; m < ROWS; ++m)
                own[m * KL + lane] += own[m * KL + lane + rest];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (column < COLUMNS)
        for (int m = lane; m < ROWS; m += KL) {
            VEC v = own[m * KL];
#if BIAS
            v += bias[column];
#endif
            EPILOGUE(v, m, column)
            STOREV(y, m * Y_M + column, v);
        }
}
)CLC"sv;

inline constexpr std::string_view matvec_reach = R"CLC(
REQUIRE(KL >= 1 && CG >= 1 && ROWS >= 1 && ROOM >= ROWS && COLUMNS >= 1 && DEPTH >= 1 && VW == 1);
EACH(column, 0, COLUMNS) READ(w, column * ((DEPTH + 3) / 4 * 4), (DEPTH + 3) / 4 * 4);
EACH(m, 0, ROWS) {
    READ(x, m * X_M, DEPTH);
    EACH(column, 0, COLUMNS) {
        float v = 0;
#if BIAS
        READ(bias, column, 1);
#endif
        EPILOGUE(v, m, column)
        STOREV(y, m * Y_M + column, v);
    }
}
)CLC"sv;

inline constexpr kernel_text matvec_kernel{"matvec",
    {optional_arguments, matvec_arguments, vec4_text, matvec_head},
    {optional_arguments, matvec_arguments, matvec_reach}};

}  // namespace lamina::kernels
