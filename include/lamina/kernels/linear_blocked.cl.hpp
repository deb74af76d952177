// SPDX-License-Identifier: Apache-2.0
// Matrix times packed weights for the `cpu` class: linear layers of any number of rows.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/lanes16.cl.hpp>
#include <lamina/kernels/linear_tiles.cl.hpp>
#include <lamina/kernels/pairs.cl.hpp>
#include <lamina/kernels/panels.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view linear_blocked_arguments = R"CLC(
#define ARGS IN(x), WEIGHTS(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// Weights lie in panels of OB blocks of 16 columns: w[panel][K][16 OB]. One work-item computes up to
// RB rows of CP panels, as many as the launch has work-items for,
// y[r][o] = b[o] + sum over k of x[r][k] * w[o/P][k][o%P] with P = 16 OB, KC of the sum at a time: its
// part of x is copied and stays in L2, a panel's part stays in L1 while TR
// rows after TR rows meet it, and the next panel's part is on its way. Sums wait in `held`.
// With few rows it is bound by reading w once, each panel one stream; with many by FMA.
// The last TR rows of a tensor overlap those before them. Tactic: TR <= R, RB, CP, KC.
// PAIRS 1: panels are w[panel][K / 2][16 OB][2] (pairs.cl.hpp); with DOTS rows are copied as they are stored.
// Launch   global (R / RB, PANELS / CP, 1), work-groups of one. With TILES: linear_tiles.cl.hpp.
inline constexpr std::string_view linear_blocked_text = R"CLC(
#if !TILES
/* weights of 16 bits that several tiles of rows meet are made floats once */
#define UNPACKS (NARROW && RB > TR && !DOTS)
#if PAIRS
#define DEPTH ((K + 1) / 2 * 2) /* of a panel */
#else
#define DEPTH K
#endif
#if DOTS
#define COPY_LANES bfloat_lanes
#define COPY_NUMBER ushort
#define COPY16(p, i) (*(__global const bfloats*)((p) + (i)))
#define COPY1(p, i) ((p)[i])
#else
#define COPY_LANES float16
#define COPY_NUMBER float
#define COPY16 LOADV
#define COPY1 LOAD1
#endif
/* a number of each row of the tile times `weights` of block o */
#define ADD_PRODUCTS(weights, k)                                 \
    {                                                            \
        float16 wv[OB];                                          \
        _Pragma("unroll") for (int o = 0; o < OB; ++o)           \
            wv[o] = weights;                                     \
        _Pragma("unroll") for (int r = 0; r < TR; ++r) {         \
            const float16 one = (float16)(from[r * KC + (k)]);   \
            _Pragma("unroll") for (int o = 0; o < OB; ++o)       \
                acc[r][o] = fma(one, wv[o], acc[r][o]);          \
        }                                                        \
    }

GROUP_OF(1) KERNEL(linear_blocked) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    OWN_SHARE(R)
    const int row_end = min(R, (int)(get_global_id(0) + 1) * high);
    const int row_begin = min((int)get_global_id(0) * high, R - TR);
    const int panel_begin = get_global_id(1) * wide, panel_end = min(PANELS, panel_begin + wide);
    if ((int)get_global_id(0) * high >= R)
        return;
    float16 held[RB * CP * OB];
    COPY_LANES copied[RB * KC / 16];
#if UNPACKS
    float16 unpacked[KC * OB];
#endif
    const int tiles = (row_end - row_begin + TR - 1) / TR, ahead = (16 * OB + tiles - 1) / tiles;
    for (int first = 0; first < K; first += KC) {
        const int here = min(KC, K - first);
        for (int row = row_begin; row < row_end; ++row) {
            __global const real* from = x + row * XS_R + first;
            COPY_LANES* to = copied + (row - row_begin) * (KC / 16);
            int k = 0;
            for (; k + 16 <= here; k += 16)
                to[k / 16] = COPY16(from, k);
            for (; k < here; ++k)
                ((COPY_NUMBER*)to)[k] = COPY1(from, k);
#if PAIRS
            if (here % 2)
                ((COPY_NUMBER*)to)[here] = 0;
#endif
        }
        float16* keep = held;
        for (int panel = panel_begin; panel < panel_end; ++panel) {
            __global const real* wp = w + ((size_t)panel * DEPTH + first) * (16 * OB);
            __global const real* next = panel + 1 < panel_end ? wp + DEPTH * (16 * OB)
                : first + KC < K ? w + ((size_t)panel_begin * DEPTH + first + KC) * (16 * OB) : wp;
#if UNPACKS && PAIRS
            for (int k = 0; k < here; k += 2)
                for (int o = 0; o < OB; ++o) {
                    const pair_lanes both = LOAD_PAIRS(wp, (k * OB + 2 * o) * 16);
                    unpacked[k * OB + o] = lower_of(both);
                    unpacked[(k + 1) * OB + o] = upper_of(both);
                }
#define PANEL(i) unpacked[i]
#elif UNPACKS
            for (int k = 0; k < here * OB; ++k)
                unpacked[k] = LOADV(wp, k * 16);
#define PANEL(i) unpacked[i]
#else
#define PANEL(i) LOADV(wp, (i) * 16)
#endif
            for (int tile = row_begin; tile < row_end; tile += TR, keep += TR * OB) {
                const int row = min(tile, R - TR);
                const COPY_NUMBER* from = (const COPY_NUMBER*)copied + (row - row_begin) * KC;
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
#if DOTS
                for (int k = 0; k < here; k += 2, next += 2 * ahead) {
                    FETCH(next);
                    pair_lanes wv[OB];
                    #pragma unroll
                    for (int o = 0; o < OB; ++o)
                        wv[o] = LOAD_PAIRS(wp, (k * OB + 2 * o) * 16);
                    #pragma unroll
                    for (int r = 0; r < TR; ++r) {
                        const pair_lanes two = (pair_lanes)(((const uint*)from)[(r * KC + k) / 2]);
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            acc[r][o] = add_dots(acc[r][o], two, wv[o]);
                    }
                }
#elif PAIRS && !UNPACKS
                for (int k = 0; k < here; k += 2, next += 2 * ahead) {
                    FETCH(next);
                    ADD_PRODUCTS(lower_of(LOAD_PAIRS(wp, (k * OB + 2 * o) * 16)), k)
                    ADD_PRODUCTS(upper_of(LOAD_PAIRS(wp, (k * OB + 2 * o) * 16)), k + 1)
                }
#else
                for (int k = 0; k < here; ++k, next += ahead) {
                    FETCH(next);
                    ADD_PRODUCTS(PANEL(k * OB + o), k)
                }
#endif
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
                        STORE_COLUMNS(v, row + r, column)
                    }
                }
            }
        }
    }
}
#endif
)CLC"sv;

inline constexpr text_names linear_blocked_names{
    "", "UNPACKS DEPTH COPY_LANES COPY_NUMBER COPY16 COPY1 ADD_PRODUCTS PANEL"};

inline constexpr std::string_view linear_blocked_reach = R"CLC(
#if !TILES
REQUIRE(VW == 16 && OB >= 1 && CP >= 1 && TR >= 1 && RB >= TR && RB % TR == 0 && R >= TR);
REQUIRE(KC >= 16 && KC % 16 == 0 && TAIL == COLUMNS % 16);
const int row_items = get_num_groups(0), panel_items = get_num_groups(1);
const int high = ((R + row_items - 1) / row_items + TR - 1) / TR * TR;
const int wide = (PANELS + panel_items - 1) / panel_items;
REQUIRE(high <= RB && wide <= CP);
const int last_row = (get_global_id(0) + 1) * high, last_panel = get_global_id(1) * wide + wide;
#if PAIRS
#define DEPTH ((K + 1) / 2 * 2)
#else
#define DEPTH K
#endif
EACH(panel, 0, PANELS) EACH(k, 0, DEPTH * OB)
    LOADV(w, (size_t)panel * DEPTH * (16 * OB) + k * 16);
#if BIAS
EACH(block, 0, PANELS * OB) READ(b, block * 16, 16);
#endif
EACH(row, 0, R) {
    READ(x, row * XS_R, K);
    STORED_COLUMNS(row)
}
#endif
)CLC"sv;

inline constexpr kernel_text linear_blocked_kernel{"linear_blocked",
    {optional_arguments, linear_blocked_arguments, lanes16_text, pairs_options, pairs_text,
        tiles_text, panels_text, linear_tiles_text, linear_blocked_text},
    {optional_arguments, linear_blocked_arguments, pairs_options, panels_reach, linear_tiles_reach,
        linear_blocked_reach},
    {&prelude_names, &optional_arguments_names, &lanes16_names, &pairs_names, &tiles_names,
        &panels_names, &linear_tiles_names, &linear_blocked_names}};

}  // namespace lamina::kernels
