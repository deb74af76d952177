// SPDX-License-Identifier: Apache-2.0
// Convolutions and transposed convolutions whose few output channels are stored as rows (NCHW) on the
// `cpu` classes: the lanes of a vector are neighbouring pixels, so that no lane computes padding.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv_rows_arguments = R"CLC(
#define ARGS PICTURE(x), WEIGHTS(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// A tile is LINES vectors of VW neighbouring columns of one output row, in all OC channels, OB of them at
// a time. TRANSPOSED 1: LINES is SW; first each line takes every SW-th column, because those read
// neighbouring inputs with the same taps, then the columns are put in their order.
//   BLOCKS 0   the input is rows of any strides, and lanes are columns throughout:
//       w[o][c][kh][kw], CG channels in each group of OG outputs (GROUPED 1), all of them without groups
//   BLOCKS 1   the input is ICB blocks of VW channels: for each of VW columns, lanes sum what lies in their
//       channel, then sums over lanes make one vector of VW columns: w[o][ib][kh][kw][VW]
// One work-item computes RUN tiles of a row, the last of which moves left until it fits: OW is a tile at
// least. Launch   global (OW / (RUN LINES VW), OH, N), work-groups of one.
inline constexpr std::string_view conv_rows_text = R"CLC(
#define UNROLL _Pragma("unroll")
#define TILE (LINES * VW)
#if TRANSPOSED
#define STEP 1
#else
#define STEP SW
#endif

#if BLOCKS
/* lane p: the sum of sums[p]'s lanes. Neighbours are added, so that each stage keeps the order */
#define HALVE(count)                                                                      \
    UNROLL for (int p = 0; p < (count); ++p)                                              \
        sums[p] = (VEC)(sums[2 * p].even, sums[2 * p + 1].even)                           \
            + (VEC)(sums[2 * p].odd, sums[2 * p + 1].odd);
inline VEC lane_sums(VEC* sums) {
#if VW == 16
    HALVE(8)
#endif
#if VW >= 8
    HALVE(4)
#endif
    HALVE(2)
    HALVE(1)
    return sums[0];
}
#else
#if IN_FLOAT
#define PIXEL(p, i) ((p)[i])
#define PIXELS(p, i) LOADF(p, i)
#define SOURCE float
#else
#define PIXEL(p, i) LOAD1(p, i)
#define PIXELS(p, i) LOADV(p, i)
#define SOURCE real
#endif
/* every STEP-th pixel of a row from column `at` on, zeros outside of its `width` */
inline VEC columns_of(__global const SOURCE* row, int at, int width, int stride) {
    float lanes[3 * VW];
    if (STEP == 1 && stride == 1 && width >= VW) {
        const int inside = clamp(at, 0, width - VW);
        if (inside == at)
            return PIXELS(row, at);
        *(vec_anywhere*)lanes = (VEC)(0.0f);
        *(vec_anywhere*)(lanes + VW) = PIXELS(row, inside);
        *(vec_anywhere*)(lanes + 2 * VW) = (VEC)(0.0f);
        return *(vec_anywhere*)(lanes + VW + clamp(at - inside, -VW, VW));
    }
    if (at >= 0 && at + (VW - 1) * STEP < width) {
        UNROLL for (int lane = 0; lane < VW; ++lane)
            lanes[lane] = PIXEL(row, (at + lane * STEP) * stride);
    } else {
        for (int lane = 0; lane < VW; ++lane) {
            const int column = at + lane * STEP;
            lanes[lane] = column >= 0 && column < width ? PIXEL(row, column * stride) : 0.0f;
        }
    }
    return *(vec_anywhere*)lanes;
}
#endif

/* the row of tap kh, or the next tap */
#if TRANSPOSED
#define ROW_OF_TAP                                    \
    const int up = oh + PT - kh * DH, ih = up / SH;   \
    if (up < 0 || ih * SH != up || ih >= IH)          \
        continue;
/* where line t begins in the input at tap kw, or the next tap */
#define COLUMN_OF_TAP(t)                              \
    const int left = ow + (t) + PL - kw * DW;         \
    const int iw = left / SW;                         \
    if (iw * SW != left)                              \
        continue;
#else
#define ROW_OF_TAP                                    \
    const int ih = oh * SH - PT + kh * DH;            \
    if (ih < 0 || ih >= IH)                           \
        continue;
#define COLUMN_OF_TAP(t)                              \
    const int iw = (ow + (t) * VW) * SW - PL + kw * DW;
#endif

#if BLOCKS
/* true if no tap of line t's columns lies outside of the input's rows */
#if TRANSPOSED
#define IS_INSIDE(t) \
    (ow + (t) + PL - (KW - 1) * DW >= 0 && (ow + (t) + PL) / SW + VW <= IW)
#else
#define IS_INSIDE(t) \
    ((ow + (t) * VW) * SW >= PL && (ow + (t) * VW + VW - 1) * SW - PL + (KW - 1) * DW < IW)
#endif
/* adds all blocks and taps of line t to `sums`: `pixel` is column p's vector behind `from` */
#define SUM_TAPS(t, pixel)                                                          \
    for (int ib = 0; ib < ICB; ++ib, block += XS_C, taps += KH * KW * VW)           \
        for (int kh = 0; kh < KH; ++kh) {                                           \
            ROW_OF_TAP                                                              \
            for (int kw = 0; kw < KW; ++kw) {                                       \
                COLUMN_OF_TAP(t)                                                    \
                __global const real* from = block + ih * XS_H + iw * VW;            \
                VEC wv[OB];                                                         \
                UNROLL for (int k = 0; k < OB; ++k)                                 \
                    wv[k] = LOADV(taps, ((k * ICB * KH + kh) * KW + kw) * VW);      \
                UNROLL for (int p = 0; p < VW; ++p) {                               \
                    const VEC s = pixel;                                            \
                    UNROLL for (int k = 0; k < OB; ++k)                             \
                        sums[k][p] = fma(s, wv[k], sums[k][p]);                     \
                }                                                                   \
            }                                                                       \
        }
#endif

GROUP_OF(1) KERNEL(conv_rows) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int oh = get_global_id(1), n = get_global_id(2);
    const int first = get_global_id(0) * RUN, last = min(first + RUN, (OW + TILE - 1) / TILE);
    x += n * XS_N;
    y += n * YS_N + oh * YS_H;
    for (int tile = first; tile < last; ++tile) {
        const int ow = min(tile * TILE, OW - TILE);
        for (int o = 0; o < OC; o += OB) {
            VEC acc[OB][LINES];
            UNROLL for (int k = 0; k < OB; ++k)
                UNROLL for (int t = 0; t < LINES; ++t)
#if BIAS
                    acc[k][t] = (VEC)(b[o + k]);
#else
                    acc[k][t] = (VEC)(0.0f);
#endif
#if BLOCKS
            for (int t = 0; t < LINES; ++t) {
                VEC sums[OB][VW];
                UNROLL for (int k = 0; k < OB; ++k)
                    UNROLL for (int p = 0; p < VW; ++p)
                        sums[k][p] = (VEC)(0.0f);
                __global const real* taps = w + o * (ICB * KH * KW * VW);
                __global const real* block = x;
                if (IS_INSIDE(t)) {
                    SUM_TAPS(t, LOADV(from, p * (STEP * VW)))
                } else {
                    SUM_TAPS(t, iw + p * STEP >= 0 && iw + p * STEP < IW
                        ? LOADV(from, p * (STEP * VW)) : (VEC)(0.0f))
                }
                UNROLL for (int k = 0; k < OB; ++k)
                    acc[k][t] += lane_sums(sums[k]);
            }
#else
#if GROUPED
            __global const SOURCE* plane = x + o / OG * CG * XS_C;
#else
            __global const SOURCE* plane = x;
#endif
            __global const real* taps = w + o * (CG * KH * KW);
            for (int c = 0; c < CG; ++c, plane += XS_C, taps += KH * KW)
                for (int kh = 0; kh < KH; ++kh) {
                    ROW_OF_TAP
                    __global const SOURCE* row = plane + ih * XS_H;
                    for (int kw = 0; kw < KW; ++kw)
                        UNROLL for (int t = 0; t < LINES; ++t) {
                            COLUMN_OF_TAP(t)
                            const VEC s = columns_of(row, iw, IW, XS_W);
                            UNROLL for (int k = 0; k < OB; ++k)
                                acc[k][t] = fma(s, (VEC)(LOAD1(taps, k * (CG * KH * KW) + kh * KW + kw)),
                                    acc[k][t]);
                        }
                }
#endif
#if TRANSPOSED && SW > 1
            UNROLL for (int k = 0; k < OB; ++k) {
                float ordered[TILE];
                UNROLL for (int t = 0; t < LINES; ++t)
                    UNROLL for (int lane = 0; lane < VW; ++lane)
                        ordered[lane * SW + t] = ((const float*)&acc[k][t])[lane];
                UNROLL for (int t = 0; t < LINES; ++t)
                    acc[k][t] = *(vec_anywhere*)(ordered + t * VW);
            }
#endif
            UNROLL for (int k = 0; k < OB; ++k)
                UNROLL for (int t = 0; t < LINES; ++t) {
                    VEC v = acc[k][t];
                    EPILOGUE(v, n, (o + k), oh, (ow + t * VW))
                    STOREV(y, (o + k) * YS_C + ow + t * VW, v);
                }
        }
    }
}
)CLC"sv;

inline constexpr text_names conv_rows_names{"lane_sums columns_of",
    "UNROLL TILE STEP HALVE PIXEL PIXELS SOURCE ROW_OF_TAP COLUMN_OF_TAP "
    "IS_INSIDE SUM_TAPS"};

inline constexpr std::string_view conv_rows_reach = R"CLC(
#define TILE (LINES * VW)
REQUIRE(LINES >= 1 && RUN >= 1 && OB >= 1 && OC >= OB && OC % OB == 0 && OW >= TILE);
REQUIRE(SH >= 1 && SW >= 1 && DH >= 1 && DW >= 1 && KH >= 1 && KW >= 1);
#if TRANSPOSED
REQUIRE(LINES == SW);
const int up = OW + PL + SW, high = get_global_id(1) + PT, far = (KH + KW) * (DH + DW);
#else
const int right = (OW + TILE) * SW - PL + KW * DW, low = get_global_id(1) * SH - PT + KH * DH;
#endif
const int oh = get_global_id(1), n = get_global_id(2);
EACH(tile, get_global_id(0) * RUN, get_global_id(0) * RUN + RUN) {
    const int ow = min(tile * TILE, OW - TILE);
    EACH(o, 0, OC) {
#if BIAS
        READ(b, o, 1);
#endif
        EACH(t, 0, LINES) {
            float v = 0;
            EPILOGUE(v, n, o, oh, (ow + t * VW))
            STOREV(y, n * YS_N + oh * YS_H + o * YS_C + ow + t * VW, v);
        }
    }
}
EACH(row, 0, IH) EACH(column, 0, IW) {
#if BLOCKS
    EACH(ib, 0, ICB) LOADV(x, n * XS_N + ib * XS_C + row * XS_H + column * VW);
#elif GROUPED
    EACH(o, 0, OC) EACH(c, 0, CG)
        READ(x, n * XS_N + (o / OG * CG + c) * XS_C + row * XS_H + column * XS_W, 1);
#else
    EACH(c, 0, CG) READ(x, n * XS_N + c * XS_C + row * XS_H + column * XS_W, 1);
#endif
}
#if BLOCKS
EACH(line, 0, OC * ICB * KH * KW) LOADV(w, line * VW);
#else
EACH(i, 0, OC * CG * KH * KW) LOAD1(w, i);
#endif
)CLC"sv;

inline constexpr kernel_text conv_rows_kernel{"conv_rows",
    {optional_arguments, conv_rows_arguments, conv_rows_text},
    {optional_arguments, conv_rows_arguments, conv_rows_reach},
    {&prelude_names, &optional_arguments_names, &conv_rows_names}};

}  // namespace lamina::kernels
