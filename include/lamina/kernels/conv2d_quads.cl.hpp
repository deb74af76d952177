// SPDX-License-Identifier: Apache-2.0
// Direct convolution of numbers of 8 bits over blocks of VW channels: int8 plans on CPUs.
#pragma once
#include <lamina/kernels/conv2d_tiles.cl.hpp>
#include <lamina/kernels/dot_rows.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/quads.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv2d_quads_arguments = R"CLC(
#if COPIES
#define ZERO_ARG , VECTOR(zero)
#else
#define ZERO_ARG
#endif
#define ARGS BYTES(x), CHARS(w), VECTOR(factor), VECTOR(shift) ZERO_ARG, OUT(y) EPILOGUE_ARGS
)CLC"sv;

// One work-item computes TW neighbouring pixels of one output row times OB blocks of VW output channels, with
// sums of whole numbers in registers, over QUADS quads of input channels and all taps:
//   y[n][ob][oh][ow][o] = factor[o] * sum over ib, kh, kw, i of
//       x[n][ib][oh SH - PT + kh DH][ow SW - PL + kw DW][i] * w[ob][kh][kw][ib, i][o]  + shift[o]
// and goes on in floats with the epilogue, whose last functions make u8 of it (OUT_QUANTIZED 2) or none do. Weights
// lie w[ob][kh][kw][i / 4][o][4] (quads.cl.hpp), taps WS_T apart; what a last block has beyond the input's
// channels meets weights of 0. shift has the zero point of x, for all taps: where columns or rows can fall
// outside (COPIES 1), the strip of input that a tap row needs is copied first, the zero point outside.
// Of a picture in rows either each pixel's channels are a quad (ROWS 1), or four neighbouring pixels of a channel are
// (ROWS 2), which lie so in memory: weights w[ob][c][kh][kw / 4][o][4], lines of a channel and kh WS_T apart.
// The last tile of a row is moved left until it fits and stores only its own pixels; ORDER, INNER and FETCH as
// in conv2d_blocked. Where sums are short, a work-item computes several groups of OB blocks one after another.
// Launch   global (OW / TW, OH, N OCB / OB or fewer), work-groups of one. With TILES: conv2d_tiles.cl.hpp.
inline constexpr std::string_view conv2d_quads_text = R"CLC(
#if !TILES
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#define UNROLL _Pragma("unroll")
#define BLOCKS OB
#define BLOCKS_FIRST 3
#define LINE (4 * VW) /* weights that a vector holds */
/* groups of OB blocks of all images, and the first one of an item: all items have as many, or one more */
#define GROUPS (N * (OCB / OB))
#define FIRST_GROUP(z) ((z) * (GROUPS / depth) + min((z), GROUPS % depth))

/* a quad of input channels of one tap: its weights lie at `at` in w */
#define MULTIPLY(SOURCE, at)                                              \
    {                                                                     \
        quad_weights wv[OB];                                              \
        UNROLL for (int o = 0; o < OB; ++o)                               \
            wv[o] = LOAD_WEIGHTS(weights, o * WS_O + (at));               \
        UNROLL for (int p = 0; p < TW; ++p)                               \
            ADD_ROW(acc[p], SOURCE(p), wv)                                \
    }

#if ROWS == 2
#define TAPS ((KW + 3) / 4)
#define ROW_STRIP ((TW - 1) * SW + 4 * TAPS)
#if DOTS == 2
#define MULTIPLY_PIXELS(SOURCE, at)                                       \
    {                                                                     \
        source_quad made[TW];                                             \
        UNROLL for (int p = 0; p < TW; ++p)                               \
            made[p] = AS_SOURCE(SOURCE(p));                               \
        MULTIPLY(MADE, at)                                                \
    }
#define MADE(p) made[p]
#else
#define MULTIPLY_PIXELS MULTIPLY
#endif
#elif ROWS
#if DOTS == 2 /* eight at a time: of vectors of 128 bytes PoCL 5.0 makes no program */
typedef ulong8 pixels_anywhere __attribute__((aligned(8)));
#define COPY_PIXELS(at)                                                                        \
    {                                                                                          \
        const GLUE(uint, VW) all = QUADS_OF(at);                                               \
        UNROLL for (int part = 0; part < VW / 8; ++part)                                       \
            *(pixels_anywhere*)(strip + (at) + 8 * part) = AS_SOURCES(((const uint8*)&all)[part]); \
    }
#else
typedef GLUE(uint, VW) pixels_anywhere __attribute__((aligned(4)));
#define COPY_PIXELS(at) *(pixels_anywhere*)(strip + (at)) = QUADS_OF(at);
#endif
/* VW pixels side by side from byte i of a row on */
#define LANES_OF(c, i) \
    (IC > (c) ? GLUE(convert_uint, VW)(LOAD_BYTES(row, (c) * XS_C + (i))) << 8 * (c) : 0u)
#define QUADS_OF(i) (LANES_OF(0, i) | LANES_OF(1, i) | LANES_OF(2, i) | LANES_OF(3, i))
inline source_quad quad_of(__global const uchar* pixel, int apart) {
    uint quad = 0;
    UNROLL for (int c = 0; c < IC; ++c)
        quad |= (uint)pixel[c * apart] << 8 * c;
    return AS_SOURCE(quad);
}
#endif

GROUP_OF(1) KERNEL(conv2d_quads) {
    OPEN(x);
    OPEN(w);
    OPEN(factor);
    OPEN(shift);
#if COPIES
    OPEN(zero);
#endif
    OPEN(y);
    EPILOGUE_OPEN
    const int tiles = get_num_groups(0), rows = get_num_groups(1), depth = get_num_groups(2);
    int tile = get_group_id(0), oh = get_group_id(1), z = get_group_id(2);
    if (ORDER == BLOCKS_FIRST) {
        const int item = (z * rows + oh) * tiles + tile;
        z = item % depth;
        tile = item / depth % tiles;
        oh = item / depth / tiles;
    }
    const int first = tile * TW;
    const int ow = min(first, OW - TW), others = first - ow;
    const int ih0 = oh * SH - PT, iw0 = ow * SW - PL;
#if ROWS == 2
    x += ih0 * XS_H + iw0;
#elif ROWS
    x += ih0 * XS_H + iw0 * XS_W;
#else
    x += ih0 * XS_H + iw0 * VW;
#endif
    const int end = FIRST_GROUP(z + 1);
    for (int each = FIRST_GROUP(z); each < end; ++each) {
        const int group = INNER == 1 ? each : each / INNER;
        const int n = group / (OCB / OB) + (INNER == 1 ? 0 : each % INNER);
        const int ob = group % (OCB / OB) * OB;
        quad_sums acc[TW][OB];
        UNROLL for (int p = 0; p < TW; ++p)
            UNROLL for (int o = 0; o < OB; ++o)
                acc[p][o] = (quad_sums)(0);

        __global const uchar* from = x + n * XS_N;
        __global const char* weights = w + ob * WS_O;
        const int sharing = tiles * rows * INNER, turn = (z % INNER * rows + oh) * tiles + tile;
        const int fetched = ob + OB < OCB && ORDER != BLOCKS_FIRST
            ? (OB * VW / 4 + sharing - 1) / sharing : 0; /* lines for VW inputs of a tap */
        __global const char* coming = weights + OB * WS_O + turn * fetched * (WS_O / VW * 4);
#define FETCH_COMING                                           \
    for (int line = 0; line < fetched; ++line, coming += LINE) \
        FETCH(coming);
        for (int quad = 0; quad < QUADS; quad += VW / 4, from += XS_C) {
            const int quads = min(VW / 4, QUADS - quad);
#if ROWS == 2
            const int left = max(0, -iw0), right = min(ROW_STRIP, IW - iw0);
            if (right - left == ROW_STRIP && ih0 >= 0 && ih0 + (KH - 1) * DH < IH) {
#define IN_PLACE(p) LOAD_QUAD(row, (p) * SW + 4 * i)
                for (int line = 0; line < IC * KH; ++line) {
                    __global const uchar* row = from + line / KH * XS_C + line % KH * DH * XS_H;
                    for (int i = 0; i < TAPS; ++i)
                        MULTIPLY_PIXELS(IN_PLACE, line * WS_T + i * LINE)
                }
            } else {
                uchar strips[IC * KH * ROW_STRIP + VW];
                for (int line = 0; line < IC * KH; ++line) {
                    const int ih = ih0 + line % KH * DH;
                    __global const uchar* row = from + line / KH * XS_C + line % KH * DH * XS_H;
                    uchar* strip = strips + line * ROW_STRIP;
                    for (int p = 0; p < ROW_STRIP; p += VW)
                        *(bytes_anywhere*)(strip + p) = (byte_lanes)((uchar)zero[0]);
                    if (ih < 0 || ih >= IH)
                        continue;
                    int p = left;
                    for (; p + VW <= right; p += VW)
                        *(bytes_anywhere*)(strip + p) = LOAD_BYTES(row, p);
                    for (; p < right; ++p)
                        strip[p] = row[p];
                }
#define COPIED(p) (*(const quad_anywhere*)(strips + line * ROW_STRIP + (p) * SW + 4 * i))
                for (int line = 0; line < IC * KH; ++line)
                    for (int i = 0; i < TAPS; ++i)
                        MULTIPLY_PIXELS(COPIED, line * WS_T + i * LINE)
            }
#elif COPIES
            const int left = max(0, -iw0), right = min(STRIP, IW - iw0);
            const int inside = right - left == STRIP;
#if ROWS
            const source_quad outside = AS_SOURCE((uint)zero[0] * 0x01010101u);
#else
            const source_lanes outside = TO_SOURCES((byte_lanes)((uchar)zero[0]));
#endif
            for (int kh = 0; kh < KH; ++kh) {
                __global const uchar* row = from + kh * DH * XS_H;
                const int above = ih0 + kh * DH < 0 || ih0 + kh * DH >= IH;
#if ROWS
                source_quad strip[STRIP];
                if (XS_W == 1 && ((STRIP >= VW) & inside & !above)) {
                    /* the last vector is moved left until it fits */
                    UNROLL for (int p = 0; p < STRIP; p += VW) {
                        const int at = min(p, STRIP - VW);
                        COPY_PIXELS(at)
                    }
                } else if (XS_W == 1 && ((right - left >= VW) & !above)) {
                    for (int p = 0; p < left; ++p)
                        strip[p] = outside;
                    for (int p = left; p < right; p += VW) {
                        const int at = min(p, right - VW);
                        COPY_PIXELS(at)
                    }
                    for (int p = right; p < STRIP; ++p)
                        strip[p] = outside;
                } else {
                    for (int p = 0; p < STRIP; ++p)
                        strip[p] = !above && p >= left && p < right
                            ? quad_of(row + p * XS_W, XS_C) : outside;
                }
#define SOURCE(p) strip[(p) * SW + kw * DW]
#else
                source_lanes strip[STRIP];
                if (above) {
                    UNROLL for (int p = 0; p < STRIP; ++p)
                        strip[p] = outside;
                } else if (inside) {
                    UNROLL for (int p = 0; p < STRIP; ++p)
                        strip[p] = TO_SOURCES(LOAD_BYTES(row, p * VW));
                } else {
                    for (int p = 0; p < STRIP; ++p)
                        strip[p] = p >= left && p < right
                            ? TO_SOURCES(LOAD_BYTES(row, p * VW)) : outside;
                }
#define SOURCE(p) ((const source_quad*)strip)[((p) * SW + kw * DW) * (VW / 4) + i]
#endif
                for (int kw = 0; kw < KW; ++kw) {
                    for (int i = 0; i < quads; ++i)
                        MULTIPLY(SOURCE, (kh * KW + kw) * WS_T + (quad + i) * LINE)
                    if (fetched) {
                        FETCH_COMING
                    }
                }
            }
#else
#if DOTS == 2
            source_lanes strip[TW];
            UNROLL for (int p = 0; p < TW; ++p)
                strip[p] = TO_SOURCES(LOAD_BYTES(from, p * (SW * VW)));
#define SOURCE(p) ((const source_quad*)strip)[(p) * (VW / 4) + i]
#else
#define SOURCE(p) LOAD_QUAD(from, (p) * (SW * VW) + i * 4)
#endif
            for (int i = 0; i < quads; ++i)
                MULTIPLY(SOURCE, (quad + i) * LINE)
            if (fetched) {
                FETCH_COMING
            }
#endif
        }

        const int to = n * YS_N + ob * YS_C + oh * YS_H + ow * VW;
        UNROLL for (int o = 0; o < OB; ++o) {
            const VEC by = LOADF(factor, (ob + o) * VW), start = LOADF(shift, (ob + o) * VW);
            UNROLL for (int p = 0; p < TW; ++p)
                if (p >= others) {
                    VEC v = fma(SUMS_AS_FLOATS(acc[p][o]), by, start);
                    EPILOGUE(v, n, (ob + o), oh, (ow + p))
#ifdef TAIL
                    v = KEEP(v, TAIL - (ob + o) * VW);
#endif
                    STOREV(y, to + o * YS_C + p * VW, v);
                }
        }
    }
}
#endif
)CLC"sv;

inline constexpr text_names conv2d_quads_names{"pixels_anywhere quad_of",
    "STRIP COPY_PIXELS TAPS ROW_STRIP MULTIPLY_PIXELS MADE IN_PLACE COPIED UNROLL BLOCKS BLOCKS_FIRST LINE MULTIPLY "
    "LANES_OF QUADS_OF FETCH_COMING SOURCE ZERO_ARG GROUPS FIRST_GROUP"};

inline constexpr std::string_view conv2d_quads_reach = R"CLC(
#if !TILES
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
REQUIRE(TW >= 1 && OB >= 1 && DH >= 1 && DW >= 1 && SW >= 1 && SH >= 1 && OW >= TW);
REQUIRE(VW % 4 == 0 && VW >= 4 && N >= 1 && OCB >= OB && (INNER == 1 || INNER == N));
const int tile = get_group_id(0), oh = get_group_id(1);
const int first = tile * TW;
const int ow = min(first, OW - TW);
EACH(n, 0, N) EACH(group, 0, OCB / OB) {
const int ob = group * OB;
EACH(o, 0, OB) {
    LOADF(factor, (ob + o) * VW);
    LOADF(shift, (ob + o) * VW);
#if ROWS == 2
    EACH(tap, 0, IC * KH) EACH(quad, 0, (KW + 3) / 4)
#else
    EACH(tap, 0, KH * KW) EACH(quad, 0, QUADS)
#endif
        READ(w, (ob + o) * WS_O + tap * WS_T + quad * (4 * VW), 4 * VW);
    EACH(p, 0, TW) {
        float v = 0;
        const int block = ob + o;
        APART(block) { EPILOGUE(v, n, block, oh, (ow + p)) }
        STOREV(y, n * YS_N + (ob + o) * YS_C + oh * YS_H + (ow + p) * VW, v);
    }
}
#if COPIES
ARRAY(strip, STRIP);
EACH(p, 0, TW) EACH(kw, 0, KW) READ(strip, p * SW + kw * DW, 1);
READ(zero, 0, 1);
#if ROWS == 2
REQUIRE(IC >= 1 && IC <= 4 && QUADS == 1 && DW == 1);
EACH(c, 0, IC) EACH(row, 0, IH) EACH(column, 0, IW)
    READ(x, n * XS_N + c * XS_C + row * XS_H + column, 1);
#elif ROWS
REQUIRE(IC >= 1 && IC <= 4 && QUADS == 1);
EACH(c, 0, IC) EACH(row, 0, IH) EACH(column, 0, IW)
    READ(x, n * XS_N + c * XS_C + row * XS_H + column * XS_W, 1);
#else
EACH(ib, 0, (QUADS + VW / 4 - 1) / (VW / 4)) EACH(row, 0, IH) EACH(column, 0, IW)
    READ(x, n * XS_N + ib * XS_C + row * XS_H + column * VW, VW);
#endif
#else
REQUIRE(KH == 1 && KW == 1);
EACH(ib, 0, (QUADS + VW / 4 - 1) / (VW / 4)) EACH(p, 0, TW)
    READ(x, n * XS_N + ib * XS_C + (oh * SH - PT) * XS_H + (ow * SW - PL + p * SW) * VW, VW);
#endif
}
#endif
)CLC"sv;

inline constexpr kernel_text conv2d_quads_kernel{"conv2d_quads",
    {conv2d_quads_arguments, quads_options, dot_rows_text, quads_text, tiles_text,
        conv2d_tiles_sizes, conv2d_tiles_text, conv2d_quads_text},
    {conv2d_quads_arguments, quads_options, conv2d_tiles_sizes, conv2d_tiles_reach,
        conv2d_quads_reach},
    {&prelude_names, &dot_rows_names, &quads_names, &tiles_names, &conv2d_tiles_names,
        &conv2d_quads_names}};

}  // namespace lamina::kernels
