// SPDX-License-Identifier: Apache-2.0
// Direct convolution over blocks of VW channels (NCHWc), the workhorse of the CPU classes.
#pragma once
#include <lamina/kernels/conv2d_tiles.cl.hpp>
#include <lamina/kernels/depth.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/pairs.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv2d_blocked_arguments = R"CLC(
#define ARGS PICTURE(x), WEIGHTS(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// One work-item computes TW neighbouring pixels of one output row times OB blocks of VW output
// channels in registers, over all input channels and taps:
//   y[n][ob][oh][ow][o] = sum over ib, kh, kw, i of
//       x[n][ib][oh SH - PT + kh DH][ow SW - PL + kw DW][i] * w[ob][ib][kh][kw][i][o]
// The last tile of a row is moved left until it fits (TW is at most OW) and stores only its own
// pixels, so that there is one inner loop without a condition.
// Rows that fall outside the image are skipped; where columns can (COPIES 1), or where storage is
// half, the strip of input that a tap row needs is first copied into L1 as floats, zeros outside:
// (TW - 1) SW + (KW - 1) DW + 1 pixels against KW TW OB FMA vectors each.
// PAIRS 1: weights lie in pairs of input channels, w[ob][kh][kw][i / 2][o][2] (pairs.cl.hpp), taps WS_T
// apart. With DOTS a strip stays as it is stored, and a tile without one is read in place.
// ORDER 2: work-items that share OB blocks of weights follow each other, INNER images among them,
// and each fetches its part of the next OB blocks into L2 meanwhile. ORDER 3, for inputs that do not
// stay in L2 beside weights that do: those that share a tile's inputs follow each other, image after image, so that
// a thread finds in its L2 what it wrote in the step before.
// IC 0: all input blocks are full, else the channels of a group.
// ROWS 1: x is rows, such as the caller's picture, with IC channels, fewer than a block.
// GATHER 1: IC channels that may lie in any lanes: channel c is lane LANE_FIRST + c / LANE_EXTENT *
// LANE_OUTER + c % LANE_EXTENT * LANE_INNER of blocks whose pixels are XS_W apart. COPIES is 0. In groups, IC are
// a group's.
// VOLUME 1: see depth.cl.hpp; the sum runs over kd too, w[ob][kd][ib][kh][kw][i][o].
// RUNS 1: of a single image a work-item may compute several groups of OB blocks one after another, so that short sums
// take longer than what it costs to begin; strips of a picture are copied once for all of them.
// Launch   global (OW / TW, OH, N OCB / OB, with RUNS or fewer), work-groups of one. With TILES: conv2d_tiles.cl.hpp.
inline constexpr std::string_view conv2d_blocked_text = R"CLC(
#if !TILES
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#define STRIP_ROOM ((STRIP + VW - 1) / VW * VW)
#define UNROLL _Pragma("unroll")
#define BLOCKS_FIRST 3
#define LANE_OF(c) \
    (LANE_FIRST + (c) / LANE_EXTENT * LANE_OUTER + (c) % LANE_EXTENT * LANE_INNER)
#if IN_FLOAT
#define PIXEL(p, i) ((p)[i])
#define PIXELS(p, i) LOADF(p, i)
#define PICTURE_TYPE float
#else
#define PIXEL(p, i) LOAD1(p, i)
#define PIXELS(p, i) LOADV(p, i)
#define PICTURE_TYPE real
#endif

/* of a picture: all strips of its channels and of the window's rows, if few, are copied before the sums */
#define KEEPS_STRIPS (RUNS && ROWS && !VOLUME && KH * IC * STRIP_ROOM <= 4096)

/* true if a strip of the input is copied first */
#define COPIED (COPIES || (NARROW && !DOTS))
#if PAIRS
#define LINE (2 * VW) /* elements of weights that a vector holds */
#define TAP WS_T
#else
#define LINE VW
#define TAP (VW * VW) /* from a tap's weights to the next one's */
#endif
#if DOTS
#define STRIP_LANES bfloat_lanes
#define READ_PIXEL(p, i) (*(__global const bfloats*)((p) + (i)))
#else
#define STRIP_LANES VEC
#define READ_PIXEL LOADV
#endif

/* one input channel of one tap: SOURCE(p, c) is pixel p's value, `weights` those of output block o */
#define ADD_PRODUCTS(SOURCE, c, weights)                              \
    {                                                                 \
        VEC wv[OB];                                                   \
        UNROLL for (int o = 0; o < OB; ++o)                           \
            wv[o] = weights;                                          \
        UNROLL for (int p = 0; p < TW; ++p) {                         \
            const VEC s = (VEC)(SOURCE(p, c));                        \
            UNROLL for (int o = 0; o < OB; ++o)                       \
                acc[p][o] = fma(s, wv[o], acc[p][o]);                 \
        }                                                             \
    }
/* a channel, or a pair of them: `at` is where their weights lie in w */
#if !PAIRS
#define MULTIPLY(SOURCE, at) ADD_PRODUCTS(SOURCE, 0, LOADV(w, o * WS_O + (at)))
#elif !DOTS
#define MULTIPLY(SOURCE, at)                                               \
    {                                                                      \
        ADD_PRODUCTS(SOURCE, 0, lower_of(LOAD_PAIRS(w, o * WS_O + (at))))  \
        ADD_PRODUCTS(SOURCE, 1, upper_of(LOAD_PAIRS(w, o * WS_O + (at))))  \
    }
#else
#define MULTIPLY(SOURCE, at)                                          \
    {                                                                 \
        pair_lanes wv[OB];                                            \
        UNROLL for (int o = 0; o < OB; ++o)                           \
            wv[o] = LOAD_PAIRS(w, o * WS_O + (at));                   \
        UNROLL for (int p = 0; p < TW; ++p) {                         \
            const pair_lanes s = (pair_lanes)(SOURCE(p, 0));          \
            UNROLL for (int o = 0; o < OB; ++o)                       \
                acc[p][o] = add_dots(acc[p][o], s, wv[o]);            \
        }                                                             \
    }
#endif

#if ROWS
/* the strip of row kh of channel c */
inline void copy_strip(VEC* lines, __global const PICTURE_TYPE* row, int xs_w, int iw0, int iw) {
    float* const strip = (float*)lines;
    if (xs_w == 1 && iw0 >= 0 && iw0 + STRIP_ROOM <= iw) {
        UNROLL for (int i = 0; i < STRIP_ROOM / VW; ++i)
            lines[i] = PIXELS(row, i * VW);
    } else {
        /* whole vectors: compilers make branches of some other lengths, such as 27 */
        for (int p = 0; p < STRIP_ROOM; ++p)
            strip[p] = iw0 + p >= 0 && iw0 + p < iw ? PIXEL(row, p * xs_w) : 0.0f;
    }
}
#endif

GROUP_OF(1) KERNEL(conv2d_blocked) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int tiles = get_num_groups(0), rows = get_num_groups(1), parts = OCB / OB;
    int tile = get_group_id(0), oh = get_group_id(1), z = get_group_id(2);
#if RUNS
    const int items = min(parts, (int)get_num_groups(2)); /* of an image, along its groups of blocks */
#else
    const int items = parts;
#endif
    if (ORDER == BLOCKS_FIRST) {
        const int item = (z % items * rows + oh) * tiles + tile;
        z += item % items - z % items;
        tile = item / items % tiles;
        oh = item / items / tiles;
    }
    const int first = tile * TW;
    const int ow = min(first, OW - TW);
#if RUNS
    int run = 1;
    if (items < parts) { /* of a single image: all items have as many groups, or one more */
        run = parts / items + (z < parts % items);
        z = z * (parts / items) + min(z, parts % items);
    }
#endif
    const int group = z / INNER;
    const int n = group / parts + z % INNER;
    int ob = group % parts * OB;

    const int ih0 = oh * SH - PT, iw0 = ow * SW - PL;
    x += ih0 * XS_H + iw0 * XS_W;
#if COPIED
    const int kh_first = ih0 < 0 ? (-ih0 + DH - 1) / DH : 0;
    const int kh_last = min(KH, (IH - ih0 + DH - 1) / DH);
    const int inside = iw0 >= 0 && iw0 + STRIP <= IW;
#endif
#if KEEPS_STRIPS
    VEC strips[KH * IC][STRIP_ROOM / VW];
    for (int kh = kh_first; kh < kh_last; ++kh)
        for (int c = 0; c < IC; ++c)
            copy_strip(strips[kh * IC + c], x + n * XS_N + c * XS_C + kh * DH * XS_H, XS_W, iw0, IW);
#endif
    __global const PICTURE_TYPE* const first_pixel = x;
    __global const real* const all_weights = w;
#if RUNS
    for (; run > 0; --run, ob += OB) {
#else
    {
#endif
    VEC acc[TW][OB];
    UNROLL for (int o = 0; o < OB; ++o) {
#if BIAS
        const VEC start = LOADF(b, (ob + o) * VW);
#else
        const VEC start = (VEC)(0.0f);
#endif
        UNROLL for (int p = 0; p < TW; ++p)
            acc[p][o] = start;
    }

    x = first_pixel;
#if !GATHER
    x += ob / OCB_GROUP * ICB * XS_C;
#endif
    w = all_weights + ob * WS_O;
    const int sharing = tiles * rows * INNER, turn = (z % INNER * rows + oh) * tiles + tile;
    const int fetched = ob + OB < OCB && ORDER != BLOCKS_FIRST
        ? (OB * VW * VW / LINE + sharing - 1) / sharing : 0; /* lines a tap */
    __global const real* coming = w + OB * WS_O + turn * fetched * (WS_O / VW * LINE / VW);
#define FETCH_COMING                                           \
    for (int line = 0; line < fetched; ++line, coming += LINE) \
        FETCH(coming);
#if GATHER
    x += n * XS_N;
    for (int c = 0; c < IC; ++c) {
        const int lane = LANE_OF(ob / OCB_GROUP * IC + c);
        __global const real* from = x + lane / VW * XS_C + lane % VW;
#define SOURCE(p, c_) from[(p) * (SW * XS_W)]
        MULTIPLY(SOURCE, c * VW)
        if (c % VW == 0) {
            FETCH_COMING
        }
    }
#else
#if VOLUME
    __global const PICTURE_TYPE* const origin = x;
    __global const real* const filters = w;
    EACH_SLICE(n) {
    x = origin + SLICE_AT(n, XS_N);
    w = filters + kd * (PAIRS ? KH * KW * TAP : ICB * KH * KW * TAP);
#else
    x += n * XS_N;
    {
#endif
    for (int ib = 0; ib < ICB; ++ib) {
#if !COPIED
        const int lanes = IC ? min(VW, IC - ib * VW) : VW;
#if DOTS
#define SOURCE(p, c_) (*(__global const uint*)(x + (p) * (SW * VW) + i))
#else
#define SOURCE(p, c_) x[(p) * (SW * VW) + i]
#endif
#if !DOTS
        UNROLL for (int p = 0; p < TW; ++p) /* the next block, which another core may have written */
            FETCH_NEAR(x + XS_C + p * (SW * VW));
#endif
        for (int i = 0; i < lanes; i += LINE / VW)
            MULTIPLY(SOURCE, i * VW)
        w += VW * VW;
        FETCH_COMING
#elif ROWS
        w += kh_first * (KW * VW * VW);
        for (int kh = kh_first; kh < kh_last; ++kh, w += KW * VW * VW) {
            for (int c = 0; c < IC; ++c) {
#if KEEPS_STRIPS
                const float* const strip = (const float*)strips[kh * IC + c];
#else
                VEC lines[STRIP_ROOM / VW]; /* stores that cross two lines of the cache would be slow to read */
                copy_strip(lines, x + c * XS_C + kh * DH * XS_H, XS_W, iw0, IW);
                const float* const strip = (const float*)lines;
#endif
#define SOURCE(p, c_) strip[(p) * SW + kw * DW]
                for (int kw = 0; kw < KW; ++kw)
                    MULTIPLY(SOURCE, (kw * VW + c) * VW)
            }
        }
#else
        const int lanes = IC ? min(VW, IC - ib * VW) : VW;
        __global const real* row = x + kh_first * DH * XS_H;
        __global const real* next = w + (PAIRS ? VW * VW : KH * KW * TAP);
        w += kh_first * (KW * TAP);
        for (int kh = kh_first; kh < kh_last; ++kh, row += DH * XS_H) {
            STRIP_LANES strip[STRIP];
            if (inside) {
                UNROLL for (int p = 0; p < STRIP; ++p)
                    strip[p] = READ_PIXEL(row, p * VW);
            } else {
                for (int p = 0; p < STRIP; ++p)
                    strip[p] = iw0 + p >= 0 && iw0 + p < IW ? READ_PIXEL(row, p * VW)
                                                            : (STRIP_LANES)(0);
            }
#if DOTS
#define SOURCE(p, c_) ((const uint*)strip)[(((p) * SW + kw * DW) * VW + i) / 2]
#else
#define SOURCE(p, c_) ((const float*)strip)[((p) * SW + kw * DW) * VW + i + (c_)]
#endif
            for (int kw = 0; kw < KW; ++kw, w += TAP) {
                for (int i = 0; i < lanes; i += LINE / VW)
                    MULTIPLY(SOURCE, i * VW)
                FETCH_COMING
            }
        }
        w = next;
#endif
        x += XS_C;
    }
    }
#endif

    const int to = n * YS_N + ob * YS_C + oh * YS_H + ow * VW;
    UNROLL for (int o = 0; o < OB; ++o)
        UNROLL for (int p = 0; p < TW; ++p)
            if (ow + p >= first) {
                VEC v = acc[p][o];
                EPILOGUE(v, n, (ob + o), oh, (ow + p))
#ifdef TAIL
                v = KEEP(v, TAIL - (ob + o) * VW);
#endif
                STOREV(y, to + o * YS_C + p * VW, v);
            }
    }
}
#endif
)CLC"sv;

inline constexpr text_names conv2d_blocked_names{"copy_strip",
    "KEEPS_STRIPS STRIP STRIP_ROOM UNROLL BLOCKS_FIRST LANE_OF PIXEL PIXELS PICTURE_TYPE COPIED LINE TAP "
    "STRIP_LANES READ_PIXEL ADD_PRODUCTS MULTIPLY FETCH_COMING SOURCE"};

// With RUNS any group may be a work-item's: that each is one item's alone is for tests of results to see.
inline constexpr std::string_view conv2d_blocked_reach = R"CLC(
#if !TILES
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
REQUIRE(TW >= 1 && OB >= 1 && DH >= 1 && DW >= 1 && SW >= 1 && SH >= 1 && OW >= TW);
const int tile = get_group_id(0), oh = get_group_id(1), z = get_group_id(2);
const int first = tile * TW;
const int ow = min(first, OW - TW);
#if RUNS
const int depth = get_num_groups(2);
EACH(each, 0, max(depth, OCB / OB)) {
#else
const int each = z;
{
#endif
const int group = each / INNER;
const int n = group / (OCB / OB) + each % INNER;
const int ob = group % (OCB / OB) * OB;
const int place = ob / OCB_GROUP * ICB;
EACH(o, 0, OB) {
#if BIAS
    LOADF(b, (ob + o) * VW);
#endif
#if PAIRS
    REQUIRE(VW % 2 == 0);
    EACH(tap, 0, KD * KH * KW) EACH(pair, 0, (IC ? IC + 1 : ICB * VW) / 2)
        READ(w, (ob + o) * WS_O + tap * WS_T + pair * (2 * VW), 2 * VW);
#else
    EACH(tap, 0, KD * ICB * KH * KW) EACH(i, 0, VW) LOADV(w, (ob + o) * WS_O + (tap * VW + i) * VW);
#endif
    EACH(p, 0, TW) {
        float v = 0;
        const int block = ob + o;
        APART(block) { EPILOGUE(v, n, block, oh, (ow + p)) }
        STOREV(y, n * YS_N + (ob + o) * YS_C + oh * YS_H + (ow + p) * VW, v);
    }
}
ARRAY(strip, STRIP);
EACH(p, 0, TW) EACH(kw, 0, KW) READ(strip, p * SW + kw * DW, 1);
#if GATHER
REQUIRE(KH == 1 && KW == 1 && IC >= 1 && LANE_EXTENT >= 1);
EACH(i, 0, IC) EACH(p, 0, TW) {
    const int c = ob / OCB_GROUP * IC + i;
    const int lane
        = LANE_FIRST + c / LANE_EXTENT * LANE_OUTER + c % LANE_EXTENT * LANE_INNER;
    READ(x, n * XS_N + (oh * SH - PT) * XS_H + (ow * SW - PL) * XS_W
        + lane / VW * XS_C + lane % VW + p * (SW * XS_W), 1);
}
#elif !COPIES && (DOTS || !(HALF || BF16))
REQUIRE(KH == 1 && KW == 1);
EACH_SLICE(n) EACH(ib, 0, ICB) EACH(p, 0, TW)
    READ(x, SLICE_AT(n, XS_N) + (place + ib) * XS_C + (oh * SH - PT) * XS_H + (ow * SW - PL) * XS_W
        + p * (SW * VW), IC ? min(VW, max(IC, 1)) : VW);
#elif ROWS
REQUIRE(IC >= 1 && IC <= VW && ICB == 1);
EACH_SLICE(n) EACH(c, 0, IC) EACH(row, 0, IH) EACH(column, 0, IW)
    READ(x, SLICE_AT(n, XS_N) + place * XS_C + c * XS_C + row * XS_H + column * XS_W, 1);
#else
REQUIRE(XS_W == VW);
EACH_SLICE(n) EACH(ib, 0, ICB) EACH(row, 0, IH) EACH(column, 0, IW)
    LOADV(x, SLICE_AT(n, XS_N) + (place + ib) * XS_C + row * XS_H + column * VW);
#endif
}
#endif
)CLC"sv;

inline constexpr kernel_text conv2d_blocked_kernel{"conv2d_blocked",
    {optional_arguments, conv2d_blocked_arguments, depth_text, pairs_options, pairs_text,
        tiles_text, conv2d_tiles_sizes, conv2d_tiles_text, conv2d_blocked_text},
    {optional_arguments, conv2d_blocked_arguments, depth_reach, pairs_options, conv2d_tiles_sizes,
        conv2d_tiles_reach, conv2d_blocked_reach},
    {&prelude_names, &optional_arguments_names, &depth_names, &pairs_names, &tiles_names,
        &conv2d_tiles_names, &conv2d_blocked_names}};

}  // namespace lamina::kernels
