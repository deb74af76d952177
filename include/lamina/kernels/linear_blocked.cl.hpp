// SPDX-License-Identifier: Apache-2.0
// Matrix times packed weights for the `cpu` class: linear layers of any number of rows.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/lanes16.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view linear_blocked_arguments = R"CLC(
#define ARGS IN(x), WEIGHTS(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// Weights lie in panels of OB blocks of 16 columns: w[panel][K][16 OB]. One work-item computes RB
// rows of CP panels, y[r][o] = b[o] + sum over k of x[r][k] * w[o/P][k][o%P] with P = 16 OB, KC of
// the sum at a time: its part of x is copied and stays in L2, a panel's part stays in L1 while TR
// rows after TR rows meet it, and the next panel's part is on its way. Sums wait in `held`.
// With few rows it is bound by reading w once, each panel one stream; with many by FMA.
// The last TR rows of a tensor overlap those before them. Tactic: TR <= R, RB, CP, KC.
// Launch   global (R / RB, PANELS / CP, 1), work-groups of one.
inline constexpr std::string_view linear_blocked_text = R"CLC(
/* weights of 16 bits that several tiles of rows meet are made floats once */
#define UNPACKS (NARROW && RB > TR)

GROUP_OF(1) KERNEL(linear_blocked) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int row_end = min(R, (int)(get_global_id(0) + 1) * RB);
    const int row_begin = min((int)get_global_id(0) * RB, R - TR);
    const int panel_begin = get_global_id(1) * CP, panel_end = min(PANELS, panel_begin + CP);
    float16 held[RB * CP * OB], copied[RB * KC / 16];
#if UNPACKS
    float16 unpacked[KC * OB];
#endif
    const int tiles = (row_end - row_begin + TR - 1) / TR, ahead = (16 * OB + tiles - 1) / tiles;
    for (int first = 0; first < K; first += KC) {
        const int here = min(KC, K - first);
        for (int row = row_begin; row < row_end; ++row) {
            __global const real* from = x + row * XS_R + first;
            float16* to = copied + (row - row_begin) * (KC / 16);
            int k = 0;
            for (; k + 16 <= here; k += 16)
                to[k / 16] = LOADV(from, k);
            for (; k < here; ++k)
                ((float*)to)[k] = LOAD1(from, k);
        }
        float16* keep = held;
        for (int panel = panel_begin; panel < panel_end; ++panel) {
            __global const real* wp = w + ((size_t)panel * K + first) * (16 * OB);
            __global const real* next = panel + 1 < panel_end ? wp + K * (16 * OB)
                : first + KC < K ? w + ((size_t)panel_begin * K + first + KC) * (16 * OB) : wp;
#if UNPACKS
            for (int k = 0; k < here * OB; ++k)
                unpacked[k] = LOADV(wp, k * 16);
#define PANEL(i) unpacked[i]
#else
#define PANEL(i) LOADV(wp, (i) * 16)
#endif
            for (int tile = row_begin; tile < row_end; tile += TR, keep += TR * OB) {
                const int row = min(tile, R - TR);
                const float* from = (const float*)copied + (row - row_begin) * KC;
                float16 acc[TR][OB];
                if (first == 0) {
                    #pragma unroll
                    for (int o = 0; o < OB; ++o) {
#if BIAS
                        const float16 start = vload16(panel * OB + o, b);
#else
                        const float16 start = (float16)(0.0f);
#endif
                        #pragma unroll
                        for (int r = 0; r < TR; ++r)
                            acc[r][o] = start;
                    }
                } else {
                    #pragma unroll
                    for (int r = 0; r < TR; ++r)
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            acc[r][o] = keep[r * OB + o];
                }
                for (int k = 0; k < here; ++k, next += ahead) {
                    FETCH(next);
                    float16 wv[OB];
                    #pragma unroll
                    for (int o = 0; o < OB; ++o)
                        wv[o] = PANEL(k * OB + o);
                    #pragma unroll
                    for (int r = 0; r < TR; ++r) {
                        const float16 one = (float16)(from[r * KC + k]);
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            acc[r][o] = fma(one, wv[o], acc[r][o]);
                    }
                }
                if (first + here < K) {
                    #pragma unroll
                    for (int r = 0; r < TR; ++r)
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            keep[r * OB + o] = acc[r][o];
                    continue;
                }
                #pragma unroll
                for (int o = 0; o < OB; ++o) {
                    const int column = (panel * OB + o) * 16;
                    if (column >= COLUMNS)
                        break;
                    #pragma unroll
                    for (int r = 0; r < TR; ++r) {
                        VEC v = acc[r][o];
                        EPILOGUE(v, (row + r), column)
                        const int at = (row + r) * YS_R + column;
#if TAIL > 0
                        if (column + 16 > COLUMNS) {
                            float lanes[16];
                            vstore16(v, 0, lanes);
                            for (int i = 0; i < TAIL; ++i)
                                STORE1(y, at + i, lanes[i]);
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

inline constexpr text_names linear_blocked_names{"", "UNPACKS PANEL"};

inline constexpr std::string_view linear_blocked_reach = R"CLC(
REQUIRE(VW == 16 && OB >= 1 && CP >= 1 && TR >= 1 && RB >= TR && RB % TR == 0 && R >= TR);
REQUIRE(KC >= 16 && KC % 16 == 0 && TAIL == COLUMNS % 16);
const int last_row = (get_global_id(0) + 1) * RB, last_panel = get_global_id(1) * CP + CP;
EACH(panel, 0, PANELS) EACH(k, 0, K * OB) LOADV(w, (size_t)panel * K * (16 * OB) + k * 16);
#if BIAS
EACH(block, 0, PANELS * OB) READ(b, block * 16, 16);
#endif
EACH(row, 0, R) {
    READ(x, row * XS_R, K);
    EACH(block, 0, (COLUMNS + 15) / 16) APART(block) {
        const int column = block * 16;
        float v = 0;
        EPILOGUE(v, row, column)
        WRITE(y, row * YS_R + column, min(16, COLUMNS - column));
    }
}
)CLC"sv;

inline constexpr kernel_text linear_blocked_kernel{"linear_blocked",
    {optional_arguments, linear_blocked_arguments, lanes16_text, linear_blocked_text},
    {optional_arguments, linear_blocked_arguments, linear_blocked_reach},
    {&prelude_names, &optional_arguments_names, &lanes16_names, &linear_blocked_names}};

}  // namespace lamina::kernels
