// SPDX-License-Identifier: Apache-2.0
// 3x3 convolution of stride 1 by Winograd's minimal filtering F(MT x MT, 3 x 3), over blocks of
// channels (NCHWc) on the `cpu` class.
// Source   Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015; the points are
//          0, 1, -1, 2, -2, 1/2, -1/2 and infinity, as many as MT + 2 of them.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv2d_winograd_arguments = R"CLC(
#define ARGS IN(x), VECTOR(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// A tile of MT x MT outputs needs T x T inputs, T = MT + 2, which become T T numbers each of which
// meets one number of every (transformed, see runtime/winograd.hpp) filter:
//   y = A' [ sum over i of (G w G')(B' x B) ] A
// One work-item takes ITEM tiles, counted through all images, and SHARE blocks of output channels, as many
// as the launch has work-items for.
// It transforms its inputs once, into `held` (in L2); then, for OB blocks and TW tiles in
// registers, does T T products of matrices and transforms their sums into pixels.
//   w[ob][T T][ib][VW i][VW o], STEP vectors of `held` between two of the T T numbers
// Devices that are no CPUs have no megabyte for each work-item and transform inputs again for each
// block: right, and slow.
// Tactic   TW <= ITEM, OB divides OCB.  Launch  global (TILES / ITEM, OCB / SHARE, 1), groups of one.
inline constexpr std::string_view conv2d_winograd_text = R"CLC(
#define T (MT + 2)
#define GROUP 4
#define UNROLL _Pragma("unroll")

/* B' and A' along a line: FROM(k) and TO(k) name its elements */
#if MT == 2
#define INPUT_LINE(TO, FROM)           \
    TO(0) = FROM(0) - FROM(2);         \
    TO(1) = FROM(1) + FROM(2);         \
    TO(2) = FROM(2) - FROM(1);         \
    TO(3) = FROM(1) - FROM(3);
#define OUTPUT_LINE(TO, FROM)              \
    TO(0) = FROM(0) + FROM(1) + FROM(2);   \
    TO(1) = FROM(1) - FROM(2) - FROM(3);
#elif MT == 4
#define INPUT_LINE(TO, FROM) {                              \
        const VEC even = FROM(4) - 4.0f * FROM(2);          \
        const VEC odd = FROM(3) - 4.0f * FROM(1);           \
        const VEC even2 = FROM(4) - FROM(2);                \
        const VEC odd2 = 2.0f * (FROM(3) - FROM(1));        \
        TO(0) = 4.0f * FROM(0) - 5.0f * FROM(2) + FROM(4);  \
        TO(1) = even + odd;                                 \
        TO(2) = even - odd;                                 \
        TO(3) = even2 + odd2;                               \
        TO(4) = even2 - odd2;                               \
        TO(5) = 4.0f * FROM(1) - 5.0f * FROM(3) + FROM(5);  \
    }
#define OUTPUT_LINE(TO, FROM) {                                          \
        const VEC sum = FROM(1) + FROM(2), difference = FROM(1) - FROM(2);   \
        const VEC sum2 = FROM(3) + FROM(4), difference2 = FROM(3) - FROM(4); \
        TO(0) = FROM(0) + sum + sum2;                                    \
        TO(1) = difference + 2.0f * difference2;                         \
        TO(2) = sum + 4.0f * sum2;                                       \
        TO(3) = difference + 8.0f * difference2 + FROM(5);               \
    }
#else
#define INPUT_LINE(TO, FROM) {                                                   \
        const VEC even = FROM(2) + FROM(6) - 4.25f * FROM(4);                    \
        const VEC odd = FROM(1) + FROM(5) - 4.25f * FROM(3);                     \
        const VEC even2 = FROM(6) + 0.25f * FROM(2) - 1.25f * FROM(4);           \
        const VEC odd2 = 0.5f * FROM(1) - 2.5f * FROM(3) + 2.0f * FROM(5);       \
        const VEC even3 = FROM(6) + 4.0f * FROM(2) - 5.0f * FROM(4);             \
        const VEC odd3 = 2.0f * FROM(1) - 2.5f * FROM(3) + 0.5f * FROM(5);       \
        TO(0) = FROM(0) - FROM(6) + 5.25f * (FROM(4) - FROM(2));                 \
        TO(1) = even + odd;                                                      \
        TO(2) = even - odd;                                                      \
        TO(3) = even2 + odd2;                                                    \
        TO(4) = even2 - odd2;                                                    \
        TO(5) = even3 + odd3;                                                    \
        TO(6) = even3 - odd3;                                                    \
        TO(7) = FROM(7) - FROM(1) + 5.25f * (FROM(3) - FROM(5));                 \
    }
#define OUTPUT_LINE(TO, FROM) {                                                  \
        const VEC sum = FROM(1) + FROM(2), difference = FROM(1) - FROM(2);       \
        const VEC sum2 = FROM(3) + FROM(4), difference2 = FROM(3) - FROM(4);     \
        const VEC sum3 = FROM(5) + FROM(6), difference3 = FROM(5) - FROM(6);     \
        TO(0) = FROM(0) + sum + sum2 + sum3;                                     \
        TO(1) = difference + 2.0f * difference2 + 0.5f * difference3;            \
        TO(2) = sum + 4.0f * sum2 + 0.25f * sum3;                                \
        TO(3) = difference + 8.0f * difference2 + 0.125f * difference3;          \
        TO(4) = sum + 16.0f * sum2 + 0.0625f * sum3;                             \
        TO(5) = FROM(7) + difference + 32.0f * difference2 + 0.03125f * difference3; \
    }
#endif

#define LINE_WEIGHTS (T * VW * VW * ICB)
/* the tiles and blocks of a work-item; an odd STEP, so that stores a STEP apart miss each other in L1 */
#define OWN_SHARE                                                                            \
    const int items = get_num_groups(0), parts = get_num_groups(1);                          \
    const int ITEM = (TILES + items - 1) / items, STEP = ICB * ITEM | 1;                     \
    const int SHARE = ((OCB + parts - 1) / parts + OB - 1) / OB * OB;
#define TILE_AT(tile)                                                     \
    const int n = (tile) / TILES_IMAGE, in_image = (tile) % TILES_IMAGE;  \
    const int h0 = in_image / TILES_ROW * MT, w0 = in_image % TILES_ROW * MT;

/* B' along the rows of block ib's tile at h0, w0 of image n, zeros outside: TO(k) of row r */
#define READ_TILE(TO) {                                                                      \
        const int ih = h0 - PT, iw = w0 - PL;                                                \
        const int inside = ih >= 0 && iw >= 0 && ih + T <= IH && iw + T <= IW;               \
        __global const real* from = x + n * XS_N + ib * XS_C + ih * XS_H + iw * VW;          \
        for (int r = 0; r < T; ++r) {                                                        \
            VEC line[T];                                                                     \
            if (inside) {                                                                    \
                UNROLL for (int c = 0; c < T; ++c)                                           \
                    line[c] = LOADV(from, r * XS_H + c * VW);                                \
            } else {                                                                         \
                const int row = ih + r >= 0 && ih + r < IH;                                  \
                UNROLL for (int c = 0; c < T; ++c) {                                         \
                    line[c] = (VEC)(0.0f);                                                   \
                    if (row && iw + c >= 0 && iw + c < IW)                                   \
                        line[c] = LOADV(from, r * XS_H + c * VW);                            \
                }                                                                            \
            }                                                                                \
            INPUT_LINE(TO, LINE)                                                             \
        }                                                                                    \
    }
#define LINE(k) line[k]

#if BIAS
#define START(block) LOADF(b, (block) * VW)
#else
#define START(block) (VEC)(0.0f)
#endif
#ifdef TAIL
#define CUT(v, block) KEEP(v, TAIL - (block) * VW)
#else
#define CUT(v, block) (v)
#endif
/* the pixels of a tile in `block` from sums that have A' along their rows: FROM(k) of column c */
#define WRITE_TILE(block, FROM) {                                                            \
        VEC pixels[MT][MT];                                                                  \
        for (int c = 0; c < MT; ++c) {                                                       \
            OUTPUT_LINE(PIXEL, FROM)                                                         \
        }                                                                                    \
        const VEC start = START(block);                                                      \
        for (int r = 0; r < min(MT, OH - h0); ++r)                                           \
            for (int c = 0; c < min(MT, OW - w0); ++c) {                                     \
                VEC v = start + pixels[r][c];                                                \
                EPILOGUE(v, n, (block), (h0 + r), (w0 + c))                                  \
                v = CUT(v, block);                                                           \
                STOREV(y, n * YS_N + (block) * YS_C + (h0 + r) * YS_H + (w0 + c) * VW, v);   \
            }                                                                                \
    }
#define PIXEL(k) pixels[k][c]

GROUP_OF(1) KERNEL(conv2d_winograd) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    OWN_SHARE
    const int first = min((int)get_global_id(0) * ITEM, TILES - ITEM);
    const int part = get_global_id(1) * SHARE, part_end = min(OCB, part + SHARE);
    w += part * WS_O;
#if CPU
    VEC held[HELD];
    for (int p0 = 0; p0 < ITEM; p0 += GROUP)
        for (int ib = 0; ib < ICB; ++ib) {
            const int count = min(GROUP, ITEM - p0);
            VEC turned[GROUP][T][T]; /* the other way round, so that both passes read lines */
            for (int p = 0; p < count; ++p) {
                TILE_AT(first + p0 + p)
#define TURNED(k) turned[p][k][r]
                READ_TILE(TURNED)
            }
            for (int c = 0; c < T; ++c) {
                VEC* to = held + c * STEP + ib * ITEM + p0;
                for (int p = 0; p < count; ++p, ++to) {
#define COLUMN(k) turned[p][c][k]
#define HELD_AT(k) to[(k) * T * STEP]
                    INPUT_LINE(HELD_AT, COLUMN)
                }
            }
        }

    for (int ob = part; ob < part_end; ob += OB, w += OB * WS_O) {
        VEC half_done[DONE]; /* [MT][ITEM][OB][T] */
        for (int r = 0; r < T; ++r)
            for (int q = 0; q < ITEM; q += TW) {
                const int begin = min(q, ITEM - TW);
                __global const float* weights = w + r * LINE_WEIGHTS;
                /* each pass brings a part of the next line's weights to L2, or the next blocks' */
                const int passes = (ITEM + TW - 1) / TW, part_lines = (VW + passes - 1) / passes;
                const int is_last = r == T - 1;
                const int fetched = is_last && ob + OB == part_end ? 0 : part_lines;
                const int ahead = q / TW * part_lines * VW
                    + (is_last ? OB * WS_O - (T - 1) * LINE_WEIGHTS : LINE_WEIGHTS);
                VEC sums[T][TW][OB];
                for (int c = 0; c < T; ++c) {
                    const VEC* source = held + (r * T + c) * STEP + begin;
                    VEC acc[TW][OB];
                    UNROLL for (int p = 0; p < TW; ++p)
                        UNROLL for (int o = 0; o < OB; ++o)
                            acc[p][o] = (VEC)(0.0f);
                    for (int ib = 0; ib < ICB; ++ib, source += ITEM, weights += VW * VW) {
                        const int lanes = IC ? min(VW, IC - ib * VW) : VW;
                        for (int i = 0; i < lanes; ++i) {
                            VEC wv[OB];
                            UNROLL for (int o = 0; o < OB; ++o)
                                wv[o] = LOADF(weights, o * WS_O + i * VW);
                            UNROLL for (int p = 0; p < TW; ++p) {
                                const VEC s = (VEC)(((const float*)(source + p))[i]);
                                UNROLL for (int o = 0; o < OB; ++o)
                                    acc[p][o] = fma(s, wv[o], acc[p][o]);
                            }
                        }
                        UNROLL for (int o = 0; o < OB; ++o)
                            for (int line = 0; line < fetched; ++line)
                                FETCH(weights + (ahead + o * WS_O + line * VW));
                    }
                    UNROLL for (int p = 0; p < TW; ++p)
                        UNROLL for (int o = 0; o < OB; ++o)
                            sums[c][p][o] = acc[p][o];
                }
                VEC* done = half_done + begin * (OB * T) + r;
                for (int p = 0; p < TW; ++p)
                    for (int o = 0; o < OB; ++o, done += T) {
#define SUM(k) sums[k][p][o]
#define HALF_DONE(k) done[(k) * ITEM * (OB * T)]
                        OUTPUT_LINE(HALF_DONE, SUM)
                    }
            }

        const VEC* from = half_done;
        for (int p = 0; p < ITEM; ++p) {
            TILE_AT(first + p)
            for (int o = 0; o < OB; ++o, from += T)
#define HALF_DONE_AT(k) from[c * ITEM * (OB * T) + (k)]
                WRITE_TILE((ob + o), HALF_DONE_AT)
        }
    }
#else
    /* a work-item that has little memory: a tile and a block at a time */
    for (int ob = part; ob < part_end; ++ob, w += WS_O)
        for (int p = 0; p < ITEM; ++p) {
            TILE_AT(first + p)
            VEC sums[T * T];
            for (int point = 0; point < T * T; ++point)
                sums[point] = (VEC)(0.0f);
            for (int ib = 0; ib < ICB; ++ib) {
                VEC turned[T][T], numbers[T * T];
#define TURNED(k) turned[k][r]
                READ_TILE(TURNED)
                for (int c = 0; c < T; ++c) {
#define COLUMN(k) turned[c][k]
#define NUMBER(k) numbers[(k) * T + c]
                    INPUT_LINE(NUMBER, COLUMN)
                }
                for (int point = 0; point < T * T; ++point)
                    for (int i = 0; i < (IC ? min(VW, IC - ib * VW) : VW); ++i)
                        sums[point] = fma((VEC)(((const float*)(numbers + point))[i]),
                                          LOADF(w, ((point * ICB + ib) * VW + i) * VW), sums[point]);
            }
            VEC half_done[MT][T];
            for (int r = 0; r < T; ++r) {
#define SUM(k) sums[r * T + (k)]
#define HALF_DONE(k) half_done[k][r]
                OUTPUT_LINE(HALF_DONE, SUM)
            }
#define HALF_DONE_AT(k) half_done[c][k]
            WRITE_TILE(ob, HALF_DONE_AT)
        }
#endif
}
)CLC"sv;

inline constexpr text_names conv2d_winograd_names{"",
    "T GROUP UNROLL INPUT_LINE OUTPUT_LINE LINE_WEIGHTS OWN_SHARE TILE_AT READ_TILE LINE START CUT "
    "WRITE_TILE PIXEL TURNED COLUMN HELD_AT SUM HALF_DONE HALF_DONE_AT NUMBER"};

// What it holds of its transformed inputs and sums must have room: T T numbers of each tile and block.
inline constexpr std::string_view conv2d_winograd_reach = R"CLC(
#define T (MT + 2)
REQUIRE((MT == 2 || MT == 4 || MT == 6) && TW >= 1 && TILES >= 1);
REQUIRE(OB >= 1 && OCB >= 1 && OCB % OB == 0 && ICB >= 1);
const int items = get_num_groups(0), parts = get_num_groups(1);
const int ITEM = (TILES + items - 1) / items, STEP = ICB * ITEM + 1;
const int SHARE = ((OCB + parts - 1) / parts + OB - 1) / OB * OB;
REQUIRE(ITEM >= TW && TILES >= ITEM);
REQUIRE(T * T * STEP <= HELD && HELD * VW <= 1000000);
REQUIRE(MT * ITEM * OB * T <= DONE && DONE * VW <= 1000000 && TILES_ROW >= 1);
const int last_tile = get_global_id(0) * ITEM + ITEM, part = get_global_id(1) * SHARE;
const int part_end = min(OCB, part + SHARE);
EACH(tile, 0, TILES) {
    const int n = tile / TILES_IMAGE;
    EACH(ib, 0, ICB) EACH(row, 0, IH) EACH(column, 0, IW)
        LOADV(x, n * XS_N + ib * XS_C + row * XS_H + column * VW);
    EACH(block, part, part_end) EACH(row, 0, OH) EACH(column, 0, OW) {
        float v = 0;
        APART(block) { EPILOGUE(v, n, block, row, column) }
        STOREV(y, n * YS_N + block * YS_C + row * YS_H + column * VW, v);
    }
}
EACH(block, part, part_end) {
#if BIAS
    LOADF(b, block * VW);
#endif
    EACH(line, 0, T * T * ICB * VW) LOADF(w, block * WS_O + line * VW);
}
)CLC"sv;

inline constexpr kernel_text conv2d_winograd_kernel{"conv2d_winograd",
    {optional_arguments, conv2d_winograd_arguments, conv2d_winograd_text},
    {optional_arguments, conv2d_winograd_arguments, conv2d_winograd_reach},
    {&prelude_names, &optional_arguments_names, &conv2d_winograd_names}};

}  // namespace lamina::kernels
