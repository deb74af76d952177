// SPDX-License-Identifier: Apache-2.0
// Direct convolution over blocks of VW channels (NCHWc), the workhorse of the CPU classes.
#pragma once
#include <lamina/kernels/depth.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

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
// ORDER 2: work-items that share OB blocks of weights follow each other, INNER images among them,
// and each fetches its part of the next OB blocks into L2 meanwhile. ORDER 3, for inputs that do not
// stay in L2 beside weights that do: those that share a tile's inputs follow each other.
// IC 0: all input blocks are full, else the channels of a group.
// ROWS 1: x is rows, such as the caller's picture, with IC channels, fewer than a block.
// GATHER 1: IC channels that may lie in any lanes: channel c is lane LANE_FIRST + c / LANE_EXTENT *
// LANE_OUTER + c % LANE_EXTENT * LANE_INNER of blocks whose pixels are XS_W apart. COPIES is 0.
// VOLUME 1: see depth.cl.hpp; the sum runs over kd too, w[ob][kd][ib][kh][kw][i][o].
// Launch   global (OW / TW, OH, N OCB / OB), work-groups of one.
inline constexpr std::string_view conv2d_blocked_text = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
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

/* one input channel of one tap: SOURCE(p) is pixel p's value, `at` its weights in w */
#define MULTIPLY(SOURCE, at)                                          \
    {                                                                 \
        VEC wv[OB];                                                   \
        UNROLL for (int o = 0; o < OB; ++o)                           \
            wv[o] = LOADV(w, o * WS_O + (at));                        \
        UNROLL for (int p = 0; p < TW; ++p) {                         \
            const VEC s = (VEC)(SOURCE(p));                           \
            UNROLL for (int o = 0; o < OB; ++o)                       \
                acc[p][o] = fma(s, wv[o], acc[p][o]);                 \
        }                                                             \
    }

GROUP_OF(1) KERNEL(conv2d_blocked) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
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
    const int ow = min(first, OW - TW);
    const int group = z / INNER;
    const int n = group / (OCB / OB) + z % INNER;
    const int ob = group % (OCB / OB) * OB;

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

    const int ih0 = oh * SH - PT, iw0 = ow * SW - PL;
    x += ob / OCB_GROUP * ICB * XS_C + ih0 * XS_H + iw0 * XS_W;
    w += ob * WS_O;
    const int sharing = tiles * rows * INNER, turn = (z % INNER * rows + oh) * tiles + tile;
    const int fetched = ob + OB < OCB && ORDER != BLOCKS_FIRST
        ? (OB * VW + sharing - 1) / sharing : 0; /* lines a tap */
    __global const real* coming = w + OB * WS_O + turn * fetched * (WS_O / VW);
#define FETCH_COMING                                         \
    for (int line = 0; line < fetched; ++line, coming += VW) \
        FETCH(coming);
#if COPIES
    const int kh_first = ih0 < 0 ? (-ih0 + DH - 1) / DH : 0;
    const int kh_last = min(KH, (IH - ih0 + DH - 1) / DH);
    const int inside = iw0 >= 0 && iw0 + STRIP <= IW;
#endif
#if GATHER
    x += n * XS_N;
    for (int c = 0; c < IC; ++c) {
        const int lane = LANE_OF(c);
        __global const real* from = x + lane / VW * XS_C + lane % VW;
#define SOURCE(p) from[(p) * (SW * XS_W)]
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
    w = filters + kd * (ICB * KH * KW * VW * VW);
#else
    x += n * XS_N;
    {
#endif
    for (int ib = 0; ib < ICB; ++ib) {
#if !COPIES
        const int lanes = IC ? min(VW, IC - ib * VW) : VW;
#define SOURCE(p) x[(p) * (SW * VW) + i]
        for (int i = 0; i < lanes; ++i)
            MULTIPLY(SOURCE, i * VW)
        w += VW * VW;
        FETCH_COMING
#elif ROWS
        w += kh_first * (KW * VW * VW);
        for (int kh = kh_first; kh < kh_last; ++kh, w += KW * VW * VW) {
            for (int c = 0; c < IC; ++c) {
                __global const PICTURE_TYPE* row = x + c * XS_C + kh * DH * XS_H;
                float strip[STRIP + VW];
                if (XS_W == 1 && iw0 >= 0 && iw0 + STRIP + VW <= IW) {
                    UNROLL for (int p = 0; p < STRIP; p += VW)
                        *(vec_anywhere*)(strip + p) = PIXELS(row, p);
                } else {
                    for (int p = 0; p < STRIP; ++p)
                        strip[p] = iw0 + p >= 0 && iw0 + p < IW ? PIXEL(row, p * XS_W) : 0.0f;
                }
#define SOURCE(p) strip[(p) * SW + kw * DW]
                for (int kw = 0; kw < KW; ++kw)
                    MULTIPLY(SOURCE, (kw * VW + c) * VW)
            }
        }
#else
        const int lanes = IC ? min(VW, IC - ib * VW) : VW;
        __global const real* row = x + kh_first * DH * XS_H;
        __global const real* next = w + KH * KW * VW * VW;
        w += kh_first * (KW * VW * VW);
        for (int kh = kh_first; kh < kh_last; ++kh, row += DH * XS_H) {
            VEC strip[STRIP];
            if (inside) {
                UNROLL for (int p = 0; p < STRIP; ++p)
                    strip[p] = LOADV(row, p * VW);
            } else {
                for (int p = 0; p < STRIP; ++p)
                    strip[p] = iw0 + p >= 0 && iw0 + p < IW ? LOADV(row, p * VW) : (VEC)(0.0f);
            }
#define SOURCE(p) ((const float*)strip)[((p) * SW + kw * DW) * VW + i]
            for (int kw = 0; kw < KW; ++kw, w += VW * VW) {
                for (int i = 0; i < lanes; ++i)
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

    y += n * YS_N + ob * YS_C + oh * YS_H + ow * VW;
    UNROLL for (int o = 0; o < OB; ++o)
        UNROLL for (int p = 0; p < TW; ++p)
            if (ow + p >= first) {
                VEC v = acc[p][o];
                EPILOGUE(v, n, (ob + o), oh, (ow + p))
#ifdef TAIL
                v = KEEP(v, TAIL - (ob + o) * VW);
#endif
                STOREV(y, o * YS_C + p * VW, v);
            }
}
)CLC"sv;

inline constexpr text_names conv2d_blocked_names{
    "", "STRIP UNROLL BLOCKS_FIRST LANE_OF PIXEL PIXELS PICTURE_TYPE MULTIPLY FETCH_COMING SOURCE"};

inline constexpr std::string_view conv2d_blocked_reach = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
REQUIRE(TW >= 1 && OB >= 1 && DH >= 1 && DW >= 1 && SW >= 1 && SH >= 1 && OW >= TW);
const int tile = get_group_id(0), oh = get_group_id(1), z = get_group_id(2);
const int items = get_num_groups(0) * get_num_groups(1) * get_num_groups(2);
const int first = tile * TW;
const int ow = min(first, OW - TW);
const int group = z / INNER;
const int n = group / (OCB / OB) + z % INNER;
const int ob = group % (OCB / OB) * OB;
const int place = ob / OCB_GROUP * ICB;
EACH(o, 0, OB) {
#if BIAS
    LOADF(b, (ob + o) * VW);
#endif
    EACH(tap, 0, KD * ICB * KH * KW) EACH(i, 0, VW) LOADV(w, (ob + o) * WS_O + (tap * VW + i) * VW);
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
EACH(c, 0, IC) EACH(p, 0, TW) {
    const int lane
        = LANE_FIRST + c / LANE_EXTENT * LANE_OUTER + c % LANE_EXTENT * LANE_INNER;
    READ(x, n * XS_N + place * XS_C + (oh * SH - PT) * XS_H + (ow * SW - PL) * XS_W
        + lane / VW * XS_C + lane % VW + p * (SW * XS_W), 1);
}
#elif !COPIES
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
)CLC"sv;

inline constexpr kernel_text conv2d_blocked_kernel{"conv2d_blocked",
    {optional_arguments, conv2d_blocked_arguments, depth_text, conv2d_blocked_text},
    {optional_arguments, conv2d_blocked_arguments, depth_reach, conv2d_blocked_reach},
    {&prelude_names, &optional_arguments_names, &depth_names, &conv2d_blocked_names}};

}  // namespace lamina::kernels
