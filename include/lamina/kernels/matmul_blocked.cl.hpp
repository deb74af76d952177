// SPDX-License-Identifier: Apache-2.0
// Product of two activations on vector units of 16 floats: batched, broadcast, transposed or
// strided. The `cpu` class.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/lanes16.cl.hpp>
#include <lamina/kernels/panels.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view matmul_blocked_arguments = R"CLC(
#define ARGS IN(a), IN(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// As linear_blocked, but the panels of the second factor are packed here: one work-item computes up
// to RB rows of CP panels of P = 16 OB columns, KC of the sum at a time. Its rows of a are copied, then a
// part of a panel of b, which stays in L1 while TR rows after TR rows meet it.
//   M x K times K x COLUMNS; L_0 ... L_3 leading extents, A_S0 ... B_S3, Y_S3 their strides
//   A_ROW, A_SUM, B_SUM, B_COLUMN, Y_ROW strides of the last two axes
//   A_WAY, B_WAY  0: dense along the sum; 1: along rows of a, columns of b; 2: neither
//   TAIL 1        the last block has fewer columns than 16; how many is no constant, so that shapes share a kernel
// Tactic   TR <= M, RB, CP, KC.  Launch  global (M / RB, PANELS / CP, leading axes), groups of one
inline constexpr std::string_view matmul_blocked_text = R"CLC(
#define LEADING(p, key) p += i0 * key##0 + i1 * key##1 + i2 * key##2 + i3 * key##3

GROUP_OF(1) KERNEL(matmul_blocked) {
    OPEN(a);
    OPEN(b);
    OPEN(y);
    EPILOGUE_OPEN
    const int batch = get_global_id(2);
    int rest = batch;
    const int i3 = rest % L_3;
    rest /= L_3;
    const int i2 = rest % L_2;
    rest /= L_2;
    const int i1 = rest % L_1, i0 = rest / L_1;
    LEADING(a, A_S);
    LEADING(b, B_S);
    LEADING(y, Y_S);
    OWN_SHARE(M)
    const int row_end = min(M, (int)(get_global_id(0) + 1) * high);
    const int row_begin = min((int)get_global_id(0) * high, M - TR), rows = row_end - row_begin;
    const int panel_begin = get_global_id(1) * wide, panel_end = min(PANELS, panel_begin + wide);
    if ((int)get_global_id(0) * high >= M)
        return;
    float16 held[RB * CP * OB], copied[RB * KC / 16], packed[KC * OB];
    for (int first = 0; first < K; first += KC) {
        const int here = min(KC, K - first);
        __global const real* from = a + row_begin * A_ROW + first * A_SUM;
        int r = 0;
#if A_WAY == 1
        for (; r + 16 <= rows; r += 16) {
            int k = 0;
            for (; k + 16 <= here; k += 16) {
                float16 square[16];
                #pragma unroll
                for (int i = 0; i < 16; ++i)
                    square[i] = LOADV(from, (k + i) * A_SUM + r);
                TURN(square)
                #pragma unroll
                for (int i = 0; i < 16; ++i)
                    copied[((r + i) * KC + k) / 16] = square[i];
            }
            for (; k < here; ++k)
                for (int i = 0; i < 16; ++i)
                    ((float*)copied)[(r + i) * KC + k] = LOAD1(from, k * A_SUM + r + i);
        }
#endif
        for (; r < rows; ++r) {
            int k = 0;
#if A_WAY == 0
            for (; k + 16 <= here; k += 16)
                copied[(r * KC + k) / 16] = LOADV(from, r * A_ROW + k);
#endif
            for (; k < here; ++k)
                ((float*)copied)[r * KC + k] = LOAD1(from, r * A_ROW + k * A_SUM);
        }
        float16* keep = held;
        for (int panel = panel_begin; panel < panel_end; ++panel) {
            for (int o = 0; o < OB; ++o) {
                const int column = (panel * OB + o) * 16, valid = COLUMNS - column;
                __global const real* of = b + first * B_SUM + column * B_COLUMN;
                int k = 0;
#if B_WAY == 0
                if (valid > 0)
                    for (; k + 16 <= here; k += 16) {
                        float16 square[16];
                        #pragma unroll
                        for (int i = 0; i < 16; ++i)
                            square[i] = LOADV(of, min(i, valid - 1) * B_COLUMN + k);
                        TURN(square)
                        #pragma unroll
                        for (int i = 0; i < 16; ++i)
                            packed[(k + i) * OB + o] = square[i];
                    }
#elif B_WAY == 1
                if (valid >= 16)
                    for (; k < here; ++k)
                        packed[k * OB + o] = LOADV(of, k * B_SUM);
#endif
                for (; k < here; ++k)
                    packed[k * OB + o] = gather_real(of + k * B_SUM, B_COLUMN, valid);
            }
            for (int tile = row_begin; tile < row_end; tile += TR, keep += TR * OB) {
                const int row = min(tile, M - TR);
                const float* values = (const float*)copied + (row - row_begin) * KC;
                float16 acc[TR][OB];
                #pragma unroll
                for (int i = 0; i < TR; ++i)
                    #pragma unroll
                    for (int o = 0; o < OB; ++o)
                        acc[i][o] = first ? keep[i * OB + o] : (float16)(0.0f);
                for (int k = 0; k < here; ++k) {
                    float16 bv[OB];
                    #pragma unroll
                    for (int o = 0; o < OB; ++o)
                        bv[o] = packed[k * OB + o];
                    #pragma unroll
                    for (int i = 0; i < TR; ++i) {
                        const float16 one = (float16)(values[i * KC + k]);
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            acc[i][o] = fma(one, bv[o], acc[i][o]);
                    }
                }
                if (first + here < K) {
                    #pragma unroll
                    for (int i = 0; i < TR; ++i)
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            keep[i * OB + o] = acc[i][o];
                    continue;
                }
                #pragma unroll
                for (int o = 0; o < OB; ++o) {
                    const int column = (panel * OB + o) * 16;
                    if (column >= COLUMNS)
                        break;
                    #pragma unroll
                    for (int i = 0; i < TR; ++i) {
                        VEC v = acc[i][o];
                        EPILOGUE(v, (batch * M + row + i), column)
                        const int at = (row + i) * Y_ROW + column;
#if TAIL
                        if (column + 16 > COLUMNS) {
                            float lanes[16];
                            vstore16(v, 0, lanes);
                            for (int l = 0; l < COLUMNS - column; ++l)
                                STORE1(y, at + l, lanes[l]);
                        } else
#endif
                            STOREV(y, at, v);
                    }
                }
            }
        }
    }
}
)CLC"sv;

inline constexpr text_names matmul_blocked_names{"", "LEADING"};

inline constexpr std::string_view matmul_blocked_reach = R"CLC(
REQUIRE(VW == 16 && OB >= 1 && CP >= 1 && TR >= 1 && RB >= TR && RB % TR == 0 && M >= TR);
REQUIRE(KC >= 16 && KC % 16 == 0 && TAIL == (COLUMNS % 16 > 0));
#if A_WAY == 0
REQUIRE(K < 16 || A_SUM == 1);
#elif A_WAY == 1
REQUIRE(M < 16 || A_ROW == 1);
#endif
#if B_WAY == 0
REQUIRE(K < 16 || B_SUM == 1);
#elif B_WAY == 1
REQUIRE(COLUMNS < 16 || B_COLUMN == 1);
#endif
const int batch = get_global_id(2);
int rest = batch;
const int i3 = rest % L_3;
rest /= L_3;
const int i2 = rest % L_2;
rest /= L_2;
const int i1 = rest % L_1, i0 = rest / L_1;
const int row_items = get_num_groups(0), panel_items = get_num_groups(1);
const int high = ((M + row_items - 1) / row_items + TR - 1) / TR * TR;
const int wide = (PANELS + panel_items - 1) / panel_items;
REQUIRE(high <= RB && wide <= CP);
const int last_row = (get_global_id(0) + 1) * high, last_panel = get_global_id(1) * wide + wide;
EACH(row, 0, M) EACH(k, 0, K)
    READ(a, i0 * A_S0 + i1 * A_S1 + i2 * A_S2 + i3 * A_S3 + row * A_ROW + k * A_SUM, 1);
EACH(column, 0, COLUMNS) EACH(k, 0, K)
    READ(b, i0 * B_S0 + i1 * B_S1 + i2 * B_S2 + i3 * B_S3 + k * B_SUM + column * B_COLUMN, 1);
EACH(row, 0, M) EACH(block, 0, (COLUMNS + 15) / 16) APART(block) {
    const int column = block * 16;
    float v = 0;
    EPILOGUE(v, (batch * M + row), column)
    WRITE(y, i0 * Y_S0 + i1 * Y_S1 + i2 * Y_S2 + i3 * Y_S3 + row * Y_ROW + column,
        min(16, COLUMNS - column));
}
)CLC"sv;

inline constexpr kernel_text matmul_blocked_kernel{"matmul_blocked",
    {optional_arguments, matmul_blocked_arguments, lanes16_text, panels_text, matmul_blocked_text},
    {optional_arguments, matmul_blocked_arguments, matmul_blocked_reach},
    {&prelude_names, &optional_arguments_names, &lanes16_names, &panels_names,
        &matmul_blocked_names}};

}  // namespace lamina::kernels
