// SPDX-License-Identifier: Apache-2.0
// Convolutions on AMX's tiles: the way of conv2d_quads and conv2d_blocked where a tactic has TILES.
#pragma once
#include <lamina/kernels/tiles.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights and activations are those of the family: w[ob][kh][kw][word][o], words of a tap WS_T numbers apart,
// blocks of 16 channels. One work-item computes rows of tiles of TW pixels times pairs of output blocks. It
// copies the part of the input that these pixels see into `patch`, where a pixel's channels lie side by side:
// so a tile's rows are evenly apart, for each tap and stride, and the copy has the padding. Of windows of one tap
// only the pixels that the stride meets are copied. A pixel's lines are odd in number, as neighbouring rows of a
// tile would share few sets of the cache otherwise.
// The last tile of a row is moved left until it fits and stores only its own pixels. KT divides the words of a tap.
//   FLAT 1   of narrow images: tiles run on over the ends of the rows of `patch`, and what they find between two
//            rows is not stored. Where windows have strides, `patch` is SH by SW planes: of a plane's pixels each tap
//            meets neighbours
//   IMAGES   so many whole images are in `patch`, so that their weights come once; 1 by default
//   ROWS 1   of a picture of up to 4 channels (IC): a pixel of `patch` is a word or, of bfloat16, two, and a row of a
//            tile all of a window's row, which overlaps the next one. KT divides the words of such a row. Floats
//            are rounded
//   ROOM     words of `patch`, PLANES_W by PLANES_H its planes, APART_W pixels from one of a tile's row to the next
// Launch   global (columns, rows, groups: pairs of blocks of IMAGES), any number of work-items along each: tiles, rows
//          and groups are shared evenly.
inline constexpr std::string_view conv2d_tiles_sizes = R"CLC(
#if TILES
#ifndef FLAT
#define FLAT 0
#endif
#ifndef IMAGES
#define IMAGES 1
#endif
#define ROOM 65536
#define OH (OH_AND_1 - 1)
#define STEP_W (KW == 1 ? 1 : SW)
#define STEP_H (KH == 1 ? 1 : SH)
#define TAKE_W (KW == 1 ? SW : 1)
#define TAKE_H (KH == 1 ? SH : 1)
#define PLANES_W (FLAT ? STEP_W : 1)
#define PLANES_H (FLAT ? STEP_H : 1)
#define APART_W (FLAT ? 1 : STEP_W)
#if ROWS
#if PAIRS
#define PITCH 2
#else
#define PITCH 1
#endif
#define WORDS (PITCH * KW)
#define TAPS_W 1
#else
#define TAPS_W KW
#define PITCH ((BLOCKS_IN * BLOCK_WORDS + 15) / 32 * 32 + 16)
#endif
#if PAIRS
#define N (N_AND_1 - 1)
#define WORD_NUMBERS 2
#if !ROWS
#define WORDS (WS_T / (2 * VW))
#endif
#define BLOCKS_IN ICB
#define BLOCK_WORDS (VW / 2)
#else
#if !ROWS
#define WORDS QUADS
#endif
#define BLOCKS_IN ((QUADS + VW / 4 - 1) / (VW / 4))
#define BLOCK_WORDS (VW / 4)
#define WORD_NUMBERS 4
#endif
#endif
)CLC"sv;

inline constexpr std::string_view conv2d_tiles_text = R"CLC(
#if TILES
#define A_SPACE
#define B_SPACE __global
#if PAIRS
#define TILED_FAMILY conv2d_blocked
#define OPEN_TILED OPEN(x); OPEN(w); OPEN(y); BIAS_OPEN(b)
#define WEIGHT_POINTER __global const real*
#define BLOCK_LANES bfloat_lanes
#define READ_BLOCK(p, i) (*(__global const bfloats*)((p) + (i)))
#define OUTSIDE (bfloat_lanes)(0)
#if BIAS
#define OPEN_LANES(block) const VEC start = LOADF(b, (block) * VW);
#define FINISHED(sums) ((sums) + start)
#else
#define OPEN_LANES(block)
#define FINISHED(sums) (sums)
#endif
#else
#define TILED_FAMILY conv2d_quads
#if COPIES
#define OPEN_TILED OPEN(x); OPEN(w); OPEN(factor); OPEN(shift); OPEN(zero); OPEN(y);
#define OUTSIDE (byte_lanes)((uchar)zero[0])
#else
#define OPEN_TILED OPEN(x); OPEN(w); OPEN(factor); OPEN(shift); OPEN(y);
#define OUTSIDE (byte_lanes)(0)
#endif
#define WEIGHT_POINTER __global const char*
#define BLOCK_LANES byte_lanes
#define READ_BLOCK LOAD_BYTES
#define OPEN_LANES(block) \
    const VEC by = LOADF(factor, (block) * VW), start = LOADF(shift, (block) * VW);
#define FINISHED(sums) fma(SUMS_AS_FLOATS(sums), by, start)
#endif
#define TILE_LINE (16 * WORD_NUMBERS) /* weights of a word of 16 outputs */
#if ROWS
#define NUMBER_BITS (32 / WORD_NUMBERS)
#if PAIRS
#define OUTSIDE_WORD 0
#if IN_FLOAT
#define NUMBER_LANES(i) to_bfloats(LOADF(x, i))
#define NUMBER(i) to_bfloat(x[i])
#else
#define NUMBER_LANES(i) READ_BLOCK(x, i)
#define NUMBER(i) x[i]
#endif
#else
#define OUTSIDE_WORD ((uint)zero[0] * 0x01010101u)
#define NUMBER_LANES(i) LOAD_BYTES(x, i)
#define NUMBER(i) x[i]
#endif
typedef uint16 patch_words __attribute__((aligned(4)));
/* channel c of 16 pixels where it lies in their words, or of one, from number i of its first channel on */
#define CHANNEL_LANES(c, i)                                                                        \
    (IC > (c) ? convert_uint16(NUMBER_LANES((c) * XS_C + (i))) << NUMBER_BITS * ((c) % WORD_NUMBERS) \
              : (uint16)(0))
#define CHANNEL(c, i) \
    (IC > (c) ? (uint)NUMBER((c) * XS_C + (i)) << NUMBER_BITS * ((c) % WORD_NUMBERS) : 0u)
#endif
#ifdef TAIL
#define CUT_LANES v = KEEP(v, TAIL - (ob + o) * VW);
#else
#define CUT_LANES
#endif
/* the sums of row p of a tile, the pixel (oh, ow) of block ob + o of image n */
#define FINISH(sums, p, oh, ow)                                             \
    {                                                                       \
        VEC v = FINISHED(*(const tile_lanes*)((sums) + (p) * 16));          \
        EPILOGUE(v, n, (ob + o), oh, ow)                                    \
        CUT_LANES                                                           \
        STOREV(y, n * YS_N + (ob + o) * YS_C + (oh) * YS_H + (ow) * VW, v); \
    }

GROUP_OF(1) KERNEL(TILED_FAMILY) {
    OPEN_TILED
    EPILOGUE_OPEN
    const int block_pairs = (OCB + 1) / 2;
    OWN_RANGE(1, first_row, end_row, OH)
    OWN_RANGE(2, first_group, end_group, (N + IMAGES - 1) / IMAGES * block_pairs)
#if FLAT
    const int ow0 = 0, ow1 = OW;
#else
    const int tiles_across = (OW + TW - 1) / TW;
    OWN_RANGE(0, first_tile, end_tile, tiles_across)
    const int across = end_tile - first_tile;
    const int ow0 = min(first_tile * TW, OW - TW), ow1 = min(end_tile * TW, OW);
#endif
    const int all_wide = (ow1 - ow0 - 1) * STEP_W + (KW - 1) * DW + 1;
    const int all_high = (end_row - first_row - 1) * STEP_H + (KH - 1) * DH + 1;
    const int width = (all_wide + PLANES_W - 1) / PLANES_W; /* of a plane */
    const int height = (all_high + PLANES_H - 1) / PLANES_H;
    const int ih0 = first_row * SH - PT, iw0 = ow0 * SW - PL, pitch = PITCH;
    const int left = min(all_wide, (max(0, -iw0) + TAKE_W - 1) / TAKE_W);
    const int right = max(left, min(all_wide, (IW - iw0 + TAKE_W - 1) / TAKE_W));
#if FLAT
    const int pixels = (end_row - first_row - 1) * width + OW, count = (pixels + TW - 1) / TW;
#else
    const int count = across * (end_row - first_row);
#endif
    uint patch[ROOM] __attribute__((aligned(64)));
    tile_sum sums[4 * 256] __attribute__((aligned(64)));
    OPEN_TILES
    int copied = -1, tiles = 0; /* all of its images */
    for (int group = first_group; group < end_group; ++group) {
        const int set = group / block_pairs, ob = group % block_pairs * 2;
        if (set != copied) {
            copied = set;
            tiles = count * min(IMAGES, N - set * IMAGES);
#if ROWS
            const int n = set;
            for (int r = 0; r < height; ++r) {
                const int ih = ih0 + r;
                const int above = ih < 0 || ih >= IH;
                const int begin = above ? width : left, end = above ? width : right;
                const uint outside = OUTSIDE_WORD;
                uint* to = patch + r * width * PITCH;
                for (int p = 0; p < begin * PITCH; ++p)
                    to[p] = outside;
                const int from = n * XS_N + ih * XS_H + iw0 * XS_W;
                int p = begin;
                for (; XS_W == 1 && p + 16 <= end; p += 16) {
                    patch_words* words = (patch_words*)(to + p * PITCH);
                    const uint16 a = CHANNEL_LANES(0, from + p) | CHANNEL_LANES(1, from + p);
                    const uint16 b = CHANNEL_LANES(2, from + p) | CHANNEL_LANES(3, from + p);
#if PAIRS
                    words[0] = (uint16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3,
                                        a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
                    words[1] = (uint16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb,
                                        a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf);
#else
                    words[0] = a | b;
#endif
                }
                for (; p < end; ++p) {
                    const uint a = CHANNEL(0, from + p * XS_W) | CHANNEL(1, from + p * XS_W);
                    const uint b = CHANNEL(2, from + p * XS_W) | CHANNEL(3, from + p * XS_W);
#if PAIRS
                    to[p * 2] = a;
                    to[p * 2 + 1] = b;
#else
                    to[p] = a | b;
#endif
                }
                for (p *= PITCH; p < width * PITCH; ++p)
                    to[p] = outside;
            }
#else
            const BLOCK_LANES outside = OUTSIDE;
            for (int image = 0; image < IMAGES && set * IMAGES + image < N; ++image)
                for (int ib = 0; ib < BLOCKS_IN; ++ib)
                    for (int line = 0; line < all_high * PLANES_W; ++line) {
                        const int r = line / PLANES_W, plane = line % PLANES_W;
                        const int ih = ih0 + r * TAKE_H;
                        const int above = ih < 0 || ih >= IH;
                        const int begin = above ? width : (left - plane + PLANES_W - 1) / PLANES_W;
                        const int end = above ? width : (right - plane + PLANES_W - 1) / PLANES_W;
                        const int number = (image * PLANES_H + r % PLANES_H) * PLANES_W + plane;
                        uint* to = patch + (number * height + r / PLANES_H) * width * pitch
                            + ib * BLOCK_WORDS;
                        for (int p = 0; p < begin; ++p)
                            *(BLOCK_LANES*)(to + p * pitch) = outside;
                        const int from = (set * IMAGES + image) * XS_N + ib * XS_C + ih * XS_H
                            + (iw0 + plane) * VW;
                        for (int p = begin; p < end; ++p)
                            *(BLOCK_LANES*)(to + p * pitch)
                                = READ_BLOCK(x, from + p * (PLANES_W * TAKE_W * VW));
                        for (int p = end; p < width; ++p)
                            *(BLOCK_LANES*)(to + p * pitch) = outside;
                    }
#endif
        }
        __global const uchar* next = (__global const uchar*)(w + (ob + 2) * WS_O);
        const int passes = (tiles + 1) / 2;
        const int ahead
            = passes && group + 1 < end_group && ob + 2 < OCB ? (2 * KT + passes - 1) / passes : 0;
        for (int m = 0; m < tiles; m += 2) {
            const uint* at[2];
            int images[2], rows[2], columns[2], others[2];
            for (int t = 0; t < 2; ++t) {
                const int image = (m + t) / count, here = (m + t) % count;
                images[t] = set * IMAGES + image;
                const uint* const from
                    = patch + image * (PLANES_H * PLANES_W) * height * width * pitch;
#if FLAT
                const int begin = max(0, min(here * TW, pixels - TW));
                rows[t] = first_row + begin / width;
                columns[t] = begin % width;
                others[t] = here * TW - begin;
                at[t] = from + begin * pitch;
#else
                const int begin = (first_tile + here % across) * TW;
                rows[t] = first_row + here / across;
                columns[t] = min(begin, OW - TW);
                others[t] = begin - columns[t];
                at[t] = from
                    + (here / across * STEP_H * width + (columns[t] - ow0) * STEP_W) * pitch;
#endif
            }
            ZERO_SUMS
            for (int kh = 0; kh < KH; ++kh)
                for (int kw = 0; kw < TAPS_W; ++kw) {
                    const int down = kh * DH, along = kw * DW;
                    const int plane = down % PLANES_H * PLANES_W + along % PLANES_W;
                    const int tap = ((plane * height + down / PLANES_H) * width + along / PLANES_W)
                        * pitch;
                    const uint *a0 = at[0] + tap, *a1 = at[1] + tap;
                    WEIGHT_POINTER b0 = w + ob * WS_O + (kh * KW + kw) * WS_T;
                    WEIGHT_POINTER b1 = b0 + (ob + 1 < OCB ? WS_O : 0);
                    if (m + 1 < tiles)
                        for (int k = 0; k < WORDS; k += KT) {
                            ADD_TILES(a0 + k, a1 + k, APART_W * pitch * 4, b0 + k * TILE_LINE,
                                b1 + k * TILE_LINE, 64)
                            FETCH_AHEAD(next, ahead)
                        }
                    else
                        for (int k = 0; k < WORDS; k += KT) {
                            ADD_TILE_ROW(a0 + k, APART_W * pitch * 4, b0 + k * TILE_LINE,
                                b1 + k * TILE_LINE, 64)
                            FETCH_AHEAD(next, ahead)
                        }
                }
            STORE_SUMS(sums)
            for (int t = 0; t < 2 && m + t < tiles; ++t)
                for (int o = 0; o < 2 && ob + o < OCB; ++o) {
                    const tile_sum* from = sums + (t * 2 + o) * 256;
                    const int n = images[t];
                    OPEN_LANES(ob + o)
#if FLAT
                    int oh = rows[t], ow = columns[t];
                    for (int p = 0; p < TW && oh < end_row; ++p) {
                        if (p >= others[t] && ow < OW)
                            FINISH(from, p, oh, ow)
                        if (++ow == width) {
                            ow = 0;
                            ++oh;
                        }
                    }
#else
                    for (int p = others[t]; p < TW; ++p)
                        FINISH(from, p, rows[t], (columns[t] + p))
#endif
                }
        }
    }
    CLOSE_TILES
}
#endif
)CLC"sv;

inline constexpr text_names conv2d_tiles_names{"patch_words",
    "ROOM OH N STEP_W STEP_H TAKE_W TAKE_H WORDS BLOCKS_IN BLOCK_WORDS WORD_NUMBERS PITCH A_SPACE B_SPACE TILED_FAMILY OPEN_TILED "
    "BLOCK_LANES READ_BLOCK OUTSIDE OPEN_LANES FINISHED TILE_LINE WEIGHT_POINTER CUT_LANES FINISH FLAT IMAGES TAPS_W "
    "PLANES_W PLANES_H APART_W "
    "NUMBER_BITS OUTSIDE_WORD NUMBER_LANES NUMBER CHANNEL_LANES CHANNEL"};

inline constexpr std::string_view conv2d_tiles_reach = R"CLC(
#if TILES
REQUIRE(TW >= 1 && TW <= 16 && KT >= 1 && KT <= 16 && OW >= 1 && VW == 16 && OCB >= 1);
REQUIRE(DH >= 1 && DW >= 1 && SW >= 1 && SH >= 1 && KH >= 1 && KW >= 1 && N >= 1 && OH >= 1);
REQUIRE(WORDS >= KT && WORDS % KT == 0);
REQUIRE(IMAGES >= 1 && IMAGES <= ROOM);
#if ROWS
REQUIRE(ROWS == 1 && IC >= 1 && IC <= 4 && DW == 1 && KW >= 2 && IMAGES == 1);
REQUIRE(PLANES_W == 1 && PLANES_H == 1);
#else
REQUIRE(WORDS <= BLOCKS_IN * BLOCK_WORDS);
#endif
const int columns = get_num_groups(0), lines = get_num_groups(1);
#if FLAT
REQUIRE(columns == 1 && lines <= OH);
const int all_wide = (OW - 1) * STEP_W + (KW - 1) * DW + 1, beyond = 16;
#else
REQUIRE(columns <= (OW + TW - 1) / TW && lines <= OH && OW >= TW);
const int most = ((OW + TW - 1) / TW + columns - 1) / columns, beyond = 0;
const int all_wide = (most * TW - 1) * STEP_W + (KW - 1) * DW + 1;
#endif
const int all_high = ((OH + lines - 1) / lines - 1) * STEP_H + (KH - 1) * DH + 1;
REQUIRE(all_wide <= ROOM && all_high <= ROOM && PITCH <= ROOM);
const int wide = (all_wide + PLANES_W - 1) / PLANES_W * PLANES_W;
const int high = (all_high + PLANES_H - 1) / PLANES_H * PLANES_H;
REQUIRE(wide <= ROOM && high <= ROOM && wide * high <= ROOM);
#if ROWS
REQUIRE(wide * high + beyond <= ROOM / PITCH);
#else
REQUIRE(IMAGES * wide * high <= ROOM && (IMAGES * wide * high + beyond) * (PITCH / 16) <= ROOM / 16);
#endif
EACH(n, 0, N) {
    EACH(block, 0, OCB) {
#if PAIRS
#if BIAS
        LOADF(b, block * VW);
#endif
#else
        LOADF(factor, block * VW);
        LOADF(shift, block * VW);
#endif
        EACH(tap, 0, KH * KW) EACH(word, 0, WORDS / (KW / TAPS_W))
            READ(w, block * WS_O + tap * WS_T + word * (16 * WORD_NUMBERS), 16 * WORD_NUMBERS);
        EACH(oh, 0, OH) EACH(ow, 0, OW) {
            float v = 0;
            const int last = block;
            APART(last) { EPILOGUE(v, n, last, oh, ow) }
            STOREV(y, n * YS_N + block * YS_C + oh * YS_H + ow * VW, v);
        }
    }
#if !PAIRS && COPIES
    READ(zero, 0, 1);
#endif
#if ROWS
    EACH(c, 0, IC) EACH(row, 0, IH) EACH(column, 0, IW)
        READ(x, n * XS_N + c * XS_C + row * XS_H + column * XS_W, 1);
#else
    EACH(ib, 0, BLOCKS_IN) EACH(row, 0, IH) EACH(column, 0, IW)
        READ(x, n * XS_N + ib * XS_C + row * XS_H + column * VW, VW);
#endif
}
#endif
)CLC"sv;

}  // namespace lamina::kernels
