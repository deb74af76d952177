// SPDX-License-Identifier: Apache-2.0
// Matrix of numbers of 8 bits times packed weights of 8 bits: linear layers of int8 plans on CPUs.
#pragma once
#include <lamina/kernels/dot_rows.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/linear_tiles.cl.hpp>
#include <lamina/kernels/panels.cl.hpp>
#include <lamina/kernels/quads.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view linear_quads_arguments = R"CLC(
#define ARGS BYTES(x), CHARS(w), VECTOR(factor), VECTOR(shift), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// Weights lie in panels of OB blocks of 16 columns, w[panel][k / 4][16 OB][4] (quads.cl.hpp). One work-item
// computes up to RB rows of a panel, TR at a time, with sums of whole numbers in registers:
//   y[r][o] = factor[o] * sum over k of x[r][k] * w[o/P][k][o%P]  + shift[o] with P = 16 OB
// The last TR rows overlap those before them and store only their own. QUADS quads, then REST numbers.
// Launch   global (R / RB, panels, 1), work-groups of one. Tactic: TR <= R, RB. With TILES: linear_tiles.cl.hpp.
inline constexpr std::string_view linear_quads_text = R"CLC(
#if !TILES
#define LINE (64 * OB) /* weights of a quad of inputs */
#if DOTS == 2
#define BLOCKS 1    /* that are multiplied at once */
#define TOGETHER 16 /* quads that are made at once */
#else
#define BLOCKS OB
#endif
#define ADD_QUAD(SOURCE, k)                                          \
    {                                                                \
        quad_weights wv[BLOCKS];                                     \
        _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o)           \
            wv[o] = LOAD_WEIGHTS(columns, (k) * LINE + o * 64);      \
        _Pragma("unroll") for (int r = 0; r < TR; ++r)               \
            ADD_ROW(acc[r], SOURCE(r), wv)                           \
    }

GROUP_OF(1) KERNEL(linear_quads) {
    OPEN(x);
    OPEN(w);
    OPEN(factor);
    OPEN(shift);
    OPEN(y);
    EPILOGUE_OPEN
    const int panel = get_group_id(1);
    const int begin = get_group_id(0) * RB, end = min(R, begin + RB);
    w += (size_t)panel * ((QUADS + (REST > 0)) * LINE);
    for (int tile = begin; tile < end; tile += TR)
    for (int block = 0; block < OB; block += BLOCKS) {
        const int row = min(tile, R - TR);
        __global const uchar* from = x + row * XS_R;
        __global const char* columns = w + block * 64;
        quad_sums acc[TR][BLOCKS];
        _Pragma("unroll") for (int r = 0; r < TR; ++r)
            _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o)
                acc[r][o] = (quad_sums)(0);
#if DOTS == 2
        source_lanes made[TR][TOGETHER / 4];
#define MADE(r) ((source_quad*)made[r])[i]
        int k = 0;
        for (; k + TOGETHER <= QUADS; k += TOGETHER) {
            for (int r = 0; r < TR; ++r)
                _Pragma("unroll") for (int i = 0; i < TOGETHER / 4; ++i)
                    made[r][i] = TO_SOURCES(LOAD_BYTES(from, r * XS_R + 4 * k + 16 * i));
            for (int i = 0; i < TOGETHER; ++i)
                ADD_QUAD(MADE, k + i)
        }
        const int i = 0; /* of the quads that are left each one is made alone */
        for (; k < QUADS; ++k) {
            for (int r = 0; r < TR; ++r)
                MADE(r) = AS_SOURCE(LOAD_QUAD(from, r * XS_R + 4 * k));
            ADD_QUAD(MADE, k)
        }
#else
#define SOURCE(r) LOAD_QUAD(from, (r) * XS_R + 4 * k)
        for (int k = 0; k < QUADS; ++k)
            ADD_QUAD(SOURCE, k)
#endif
#if REST
        source_quad rest[TR]; /* what lies behind a row may not be there */
        for (int r = 0; r < TR; ++r) {
            uint last = 0;
            for (int i = 0; i < REST; ++i)
                last |= (uint)from[r * XS_R + 4 * QUADS + i] << 8 * i;
            rest[r] = AS_SOURCE(last);
        }
#define LAST(r) rest[r]
        ADD_QUAD(LAST, QUADS)
#endif
        _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o) {
            const int column = (panel * OB + block + o) * 16;
            if (column >= COLUMNS)
                break;
            const VEC by = LOADF(factor, column), start = LOADF(shift, column);
            _Pragma("unroll") for (int r = 0; r < TR; ++r) {
                if (row + r < tile)
                    continue;
                VEC v = fma(SUMS_AS_FLOATS(acc[r][o]), by, start);
                STORE_COLUMNS(v, row + r, column)
            }
        }
    }
}
#endif
)CLC"sv;

inline constexpr text_names linear_quads_names{
    "", "LINE ADD_QUAD BLOCKS TOGETHER SOURCE MADE LAST"};

inline constexpr std::string_view linear_quads_reach = R"CLC(
#if !TILES
REQUIRE(VW == 16 && OB >= 1 && TR >= 1 && RB >= TR && RB % TR == 0 && R >= TR);
REQUIRE(TAIL == COLUMNS % 16 && REST >= 0 && REST < 4);
const int panel = get_group_id(1);
EACH(quad, 0, QUADS + (REST > 0))
    READ(w, ((size_t)panel * (QUADS + (REST > 0)) + quad) * (64 * OB), 64 * OB);
EACH(block, 0, (COLUMNS + 15) / 16) {
    LOADF(factor, block * 16);
    LOADF(shift, block * 16);
}
EACH(row, 0, R) {
    READ(x, row * XS_R, 4 * QUADS + REST);
    STORED_COLUMNS(row)
}
#endif
)CLC"sv;

inline constexpr kernel_text linear_quads_kernel{"linear_quads",
    {linear_quads_arguments, quads_options, dot_rows_text, quads_text, tiles_text, panels_text,
        linear_tiles_text, linear_quads_text},
    {linear_quads_arguments, quads_options, panels_reach, linear_tiles_reach, linear_quads_reach},
    {&prelude_names, &dot_rows_names, &quads_names, &tiles_names, &panels_names,
        &linear_tiles_names, &linear_quads_names}};

}  // namespace lamina::kernels
