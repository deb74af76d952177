// SPDX-License-Identifier: Apache-2.0
// linear and (batched) matmul by tiles through local memory.
#pragma once
#include <lamina/kernels/gemm.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/mma_tile.cl.hpp>
#include <lamina/kernels/tile.cl.hpp>
#include <lamina/kernels/wgmma.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view matmul_tiled_arguments = R"CLC(
#define ARGS IN(a), IN(b) BIAS_ARG(bias), OUT(y) SPLIT_ARGS EPILOGUE_ARGS GEMM_ARGS
)CLC"sv;

// y[batch][m][n] = sum over k of a[batch][m][k] * b[batch][k][n]
// Numbers  ROWS COLUMNS DEPTH
//          A_M A_K, B_K B_N, Y_M Y_N   strides in elements
//          N0 ... N3 (extents of the batch axes), A0 ... A3, B0 ... B3, Y0 ... Y3 (their strides)
// Defines  A_WAY, B_WAY, ALIGNED_A, ALIGNED_B   see tile.cl.hpp
//          A_COPIES, B_COPIES, SPLITS   see mma_tile.cl.hpp
//          BIAS 0|1     one number a column
//          SIZES_VARY 1 numbers may be arguments
//          ASKS 0|1     b is a weight that is asked for early, see mma_tile.cl.hpp
//          SLICED 1     b is a weight [k / 16][n][16], see depth_slice; B_WAY is 0
// Weights of a linear layer are b: [k][n, padded to 4 or 8], [n][k, padded to 4], or SLICED. VW divides COLUMNS.
// The catalogue joins this text with those of tile.cl.hpp and mma_tile.cl.hpp.
inline constexpr std::string_view matmul_tiled_head = R"CLC(
#define FAMILY matmul_tiled
#if BIAS
#define ADD_BIAS(v, c) v += LOADF(bias, c);
#else
#define ADD_BIAS(v, c)
#endif
#define SETUP OPEN(a); OPEN(b); OPEN(y); BIAS_OPEN(bias) SPLIT_OPEN EPILOGUE_OPEN \
    const int batch = get_group_id(2); \
    const int i3 = batch % N3, i2 = batch / N3 % N2, i1 = batch / (N3 * N2) % N1, \
        i0 = batch / (N3 * N2 * N1); \
    a += i0 * A0 + i1 * A1 + i2 * A2 + i3 * A3; \
    b += i0 * B0 + i1 * B1 + i2 * B2 + i3 * B3; \
    y += i0 * Y0 + i1 * Y1 + i2 * Y2 + i3 * Y3;
#define A_STATE
#define A_PREPARE(i, t)

/* four elements from depth k and place t (a row or column) on */
inline float4 four_of(__global const real* p, int way, int aligned, uint t, uint t_end,
    int t_stride, uint k, uint k_end, int k_stride) {
    if (way == 2 && t < t_end) {
        __global const real* const from = p + t * t_stride + k * k_stride;
        return (float4)(k < k_end ? LOAD1(from, 0) : 0.0f,
            k + 1 < k_end ? LOAD1(from, k_stride) : 0.0f,
            k + 2 < k_end ? LOAD1(from, 2 * k_stride) : 0.0f,
            k + 3 < k_end ? LOAD1(from, 3 * k_stride) : 0.0f);
    }
    if (t >= t_end || k >= k_end)
        return (float4)(0.0f);
    p += t * t_stride + k * k_stride;
    return aligned ? aligned_real4_at(p) : real4_at(p);
}
#define A_FETCH(i, t, k) four_of(a, A_WAY, ALIGNED_A, t, ROWS, A_M, k, DEPTH, A_K)
#if SLICED
#define B_ELEMENT(t, k) (((k) / 16 * COLUMNS + (t)) * 16 + (k) % 16)
#define B_FETCH(t, k) \
    ((t) < COLUMNS && (k) < DEPTH ? aligned_real4_at(b + B_ELEMENT(t, k)) : (float4)(0.0f))
#else
#define B_ELEMENT(t, k) ((t) * B_N + (k) * B_K)
#define B_FETCH(t, k) four_of(b, B_WAY, ALIGNED_B, t, COLUMNS, B_N, k, DEPTH, B_K)
#endif

#ifdef MMA
inline float one_of(__global const real* p, uint t, uint t_end, int t_stride, uint k, uint k_end,
    int k_stride) {
    return t < t_end && k < k_end ? LOAD1(p + t * t_stride + k * k_stride, 0) : 0.0f;
}
#if SIZES_VARY
#define IN_ROWS(t) ((t) < ROWS)
#else
#define IN_ROWS(t) (ROWS % BM == 0 || (t) < ROWS)
#endif
#define A_DEPTH(k) const uint far = (k);
#define A_WHERE(i, t) (a + min((uint)(t), ROWS - 1u) * A_M + far)
#define A_INSIDE(i, t, k) ((DEPTH % BK == 0 || (k) < DEPTH) && IN_ROWS(t))
#define A_ONE(i, t, k) one_of(a, t, ROWS, A_M, k, DEPTH, A_K)
#define B_WHERE(t, k) (b + B_ELEMENT(t, k))
#define WEIGHTS_AT b
#define WEIGHT_COUNT (SLICED ? (DEPTH + 15) / 16 * 16 * COLUMNS : B_WAY ? DEPTH * B_K : COLUMNS * B_N)
#define B_INSIDE(t, k) \
    ((DEPTH % BK == 0 || (k) < DEPTH) && (COLUMNS % BN == 0 || (t) < COLUMNS))
#define B_ONE(t, k) one_of(b, t, COLUMNS, B_N, k, DEPTH, B_K)
#endif

#ifdef MMA
#if BIAS
#define BIAS_OF(column) LOADF(bias, min((column), (uint)(COLUMNS - VW)))
#endif
#define FINISH_VALUES(row_, column, r, out) { \
    const uint row = min((uint)(row_), ROWS - 1u); \
    UNROLL for (int q = 0; q < 4; q += VW) { \
        const uint c = min((column) + q, (uint)(COLUMNS - VW)); \
        VEC v = TAKE(r, q); \
        ADD_HELD(v, q) \
        EPILOGUE(v, (batch * ROWS + row), c) \
        (out)[q / VW] = v; \
    } \
}
#define FINISH_STORES(row_, column, out) { \
    const uint row = (row_); \
    UNROLL for (int q = 0; q < 4; q += VW) { \
        const uint c = (column) + q; \
        if (row < ROWS && c < COLUMNS) \
            STOREV(y, row * Y_M + c * Y_N, (out)[q / VW]); \
    } \
}
#else
#define FINISH(row_, column, r) { \
    const uint row = (row_); \
    if (row < ROWS) { \
        _Pragma("unroll") for (int q = 0; q < 4; q += VW) { \
            const uint c = (column) + q; \
            if (c < COLUMNS) { \
                VEC v = TAKE(r, q); \
                ADD_BIAS(v, c) \
                EPILOGUE(v, (batch * ROWS + row), c) \
                STOREV(y, row * Y_M + c * Y_N, v); \
            } \
        } \
    } \
}
#endif
)CLC"sv;

inline constexpr std::string_view matmul_tiled_reach = R"CLC(
REQUIRE(A_M >= 0 && A_K >= 0 && B_N >= 0 && B_K >= 0);
const int batch = get_group_id(2);
const int i3 = batch % N3, i2 = batch / N3 % N2, i1 = batch / (N3 * N2) % N1,
    i0 = batch / (N3 * N2 * N1);
const int a0 = i0 * A0 + i1 * A1 + i2 * A2 + i3 * A3;
const int b0 = i0 * B0 + i1 * B1 + i2 * B2 + i3 * B3;
const int y0 = i0 * Y0 + i1 * Y1 + i2 * Y2 + i3 * Y3;
EACH(row, 0, ROWS)
#if A_WAY_HERE == 0
    EACH(chunk, 0, (DEPTH + ALONG - 1) / ALONG) READ(a, a0 + row * A_M + chunk * ALONG * A_K, ALONG);
#else
    EACH(k, 0, DEPTH) READ(a, a0 + row * A_M + k * A_K, 1);
#endif
#if A_WAY_HERE == 1
EACH(chunk, 0, (ROWS + ALONG - 1) / ALONG) EACH(k, 0, DEPTH)
    READ(a, a0 + chunk * ALONG * A_M + k * A_K, ALONG);
#endif
#if SLICED
REQUIRE(B_WAY == 0 && B_WAY_HERE == 0);
READ(b, b0, (DEPTH + 15) / 16 * 16 * COLUMNS);
#else
EACH(column, 0, COLUMNS)
#if B_WAY_HERE == 0
    EACH(chunk, 0, (DEPTH + ALONG - 1) / ALONG)
        READ(b, b0 + column * B_N + chunk * ALONG * B_K, ALONG);
#else
    EACH(k, 0, DEPTH) READ(b, b0 + column * B_N + k * B_K, 1);
#endif
#if B_WAY_HERE == 1
EACH(chunk, 0, (COLUMNS + ALONG - 1) / ALONG) EACH(k, 0, DEPTH)
    READ(b, b0 + chunk * ALONG * B_N + k * B_K, ALONG);
#endif
#endif
EACH(line, 0, ROWS) EACH(vector, 0, (COLUMNS + VW - 1) / VW) {
    const uint row = line, c = vector * VW;
    float v = 0;
#if BIAS
    LOADF(bias, c);
#endif
    EPILOGUE(v, (batch * ROWS + row), c)
    STOREV(y, y0 + row * Y_M + c * Y_N, v);
}
)CLC"sv;

inline constexpr kernel_text matmul_tiled_kernel{"matmul_tiled",
    {optional_arguments, matmul_tiled_arguments, vec4_text, mma_text, wgmma_text, matmul_tiled_head,
        tile_text, mma_tile_text, gemm_text},
    {optional_arguments, matmul_tiled_arguments, tiles_reach, matmul_tiled_reach}};

}  // namespace lamina::kernels
