// SPDX-License-Identifier: Apache-2.0
// Direct convolution over blocks of 16 channels (NCHW16c), the workhorse of the `cpu` class.
#pragma once
#include <string_view>

namespace lamina::kernels {

// One work-item computes TW neighbouring pixels of one output row times OB blocks of 16 output
// channels in registers, over all input channels and taps:
//   y[n][ob][oh][ow][o] = sum over ib, kh, kw, i of
//       x[n][ib][oh SH - PT + kh DH][ow SW - PL + kw DW][i] * w[ob][ib][kh][kw][i][o]
// Rows that fall outside the image are skipped; where columns can (COPIES 1), or where storage is
// half, the strip of input that a tap row needs is first copied into registers or L1 as floats,
// zeros outside: (TW - 1) SW + (KW - 1) DW + 1 pixels against KW TW OB FMA vectors each.
// ROWS 1: x is the caller's row-major picture with few channels (one block, IC of its lanes used).
// Launch   global (OW / TW, OH, N OCB / OB), work-groups of one.
inline constexpr std::string_view conv2d_blocked_text = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#if IN_FLOAT
#define PICTURE(x) VECTOR(x)
#define PIXEL(p, i) ((p)[i])
#else
#define PICTURE(x) IN(x)
#define PIXEL(p, i) LOAD1(p, i)
#endif

/* the sixteen (or `lanes`) input channels of one tap: base(p) is channel 0 of pixel p */
#define TAP(base, pixel)                                              \
    for (int i = 0; i < lanes; ++i) {                                 \
        float16 wv[OB];                                               \
        _Pragma("unroll") for (int o = 0; o < OB; ++o)                \
            wv[o] = LOADV(wp, o * WS_O + i * 16);                     \
        _Pragma("unroll") for (int p = 0; p < TW; ++p) {              \
            const float16 s = (float16)((base)[(p) * (pixel) + i]);   \
            _Pragma("unroll") for (int o = 0; o < OB; ++o)            \
                acc[p][o] = fma(s, wv[o], acc[p][o]);                 \
        }                                                             \
    }

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_blocked(PICTURE(x), WEIGHTS(w),
#if BIAS
                             VECTOR(b),
#endif
                             OUT(y) EPILOGUE_ARGS NUMBERS) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
#if BIAS
    OPEN(b);
#endif
    EPILOGUE_OPEN
    const int ow = get_global_id(0) * TW;
    const int oh = get_global_id(1);
    const int group = get_global_id(2);
    const int n = group / (OCB / OB);
    const int ob = group % (OCB / OB) * OB;

    float16 acc[TW][OB];
    #pragma unroll
    for (int o = 0; o < OB; ++o) {
#if BIAS
        const float16 start = vload16(ob + o, b);
#else
        const float16 start = (float16)(0.0f);
#endif
        #pragma unroll
        for (int p = 0; p < TW; ++p)
            acc[p][o] = start;
    }

    const int ih0 = oh * SH - PT, iw0 = ow * SW - PL;
    const int kh_first = ih0 < 0 ? (-ih0 + DH - 1) / DH : 0;
    const int kh_last = min(KH, (IH - ih0 + DH - 1) / DH);
    x += n * XS_N + ob / OCB_GROUP * ICB * XS_C;
    w += ob * WS_O;
    for (int ib = 0; ib < ICB; ++ib) {
        const int lanes = min(16, IC - ib * 16);
        for (int kh = kh_first; kh < kh_last; ++kh) {
            __global const real* wp = w + (ib * KH + kh) * (KW * 256);
#if COPIES
            float strip[STRIP * 16];
#if ROWS
            #pragma unroll
            for (int c = 0; c < IC; ++c)
                for (int p = 0; p < STRIP; ++p) {
                    const int iw = iw0 + p;
                    strip[p * 16 + c] = iw >= 0 && iw < IW
                        ? PIXEL(x, c * XS_C + (ih0 + kh * DH) * XS_H + iw * XS_W) : 0.0f;
                }
#else
            __global const real* row = x + ib * XS_C + (ih0 + kh * DH) * XS_H;
            if (iw0 >= 0 && iw0 + STRIP <= IW) {
                for (int p = 0; p < STRIP; ++p)
                    vstore16(LOADV(row, (iw0 + p) * 16), p, strip);
            } else {
                for (int p = 0; p < STRIP; ++p) {
                    const int iw = iw0 + p;
                    vstore16(iw >= 0 && iw < IW ? LOADV(row, iw * 16) : (float16)(0.0f), p, strip);
                }
            }
#endif
            for (int kw = 0; kw < KW; ++kw, wp += 256)
                TAP(strip + kw * (DW * 16), SW * 16)
#else
            __global const real* row = x + ib * XS_C + ih0 * XS_H + iw0 * 16;
            const int reach = OW - 1 - ow; /* pixels beyond the row repeat its last one */
            if (reach >= TW - 1) {
                TAP(row, SW * 16)
            } else {
                for (int i = 0; i < lanes; ++i) {
                    #pragma unroll
                    for (int o = 0; o < OB; ++o) {
                        const float16 wv = LOADV(wp, o * WS_O + i * 16);
                        #pragma unroll
                        for (int p = 0; p < TW; ++p)
                            acc[p][o] = fma((float16)(row[min(p, reach) * (SW * 16) + i]), wv,
                                            acc[p][o]);
                    }
                }
            }
#endif
        }
    }

    y += n * YS_N + oh * YS_H;
    #pragma unroll
    for (int o = 0; o < OB; ++o)
        #pragma unroll
        for (int p = 0; p < TW; ++p)
            if (ow + p < OW) {
                VEC v = acc[p][o];
                EPILOGUE(v, n, (ob + o), oh, (ow + p))
#ifdef TAIL
                v = KEEP(v, TAIL - (ob + o) * 16);
#endif
                STOREV(y, (ob + o) * YS_C + (ow + p) * 16, v);
            }
}
)CLC";

} // namespace lamina::kernels
