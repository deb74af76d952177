// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution over blocks of 16 channels (NCHW16c).
#pragma once
#include <string_view>

namespace lamina::kernels {

// One work-item computes TW neighbouring pixels of one output row in one block of channels:
//   y[n][c][oh][ow][l] = b[c][l] + sum over kh, kw of
//       x[n][c][oh SH - PT + kh DH][ow SW - PL + kw DW][l] * w[c][kh][kw][l]
// Bound by loads (one of x per tap and pixel), not by FMA.
// Launch   global (OW / TW, OH, N CB), work-groups of one.
inline constexpr std::string_view depthwise_blocked_text = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void depthwise_blocked(IN(x), WEIGHTS(w),
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
    const int n = get_global_id(2) / CB;
    const int c = get_global_id(2) % CB;
    float16 acc[TW];
    #pragma unroll
    for (int p = 0; p < TW; ++p)
#if BIAS
        acc[p] = vload16(c, b);
#else
        acc[p] = (float16)(0.0f);
#endif
    const int ih0 = oh * SH - PT, iw0 = ow * SW - PL;
    const int kh_first = ih0 < 0 ? (-ih0 + DH - 1) / DH : 0;
    const int kh_last = min(KH, (IH - ih0 + DH - 1) / DH);
    x += n * XS_N + c * XS_C;
    w += c * (KH * KW * 16);
    const int inside = iw0 >= 0 && iw0 + STRIP <= IW;
    for (int kh = kh_first; kh < kh_last; ++kh) {
        __global const real* row = x + (ih0 + kh * DH) * XS_H;
        if (inside) {
            row += iw0 * 16;
            #pragma unroll
            for (int kw = 0; kw < KW; ++kw) {
                const float16 wv = LOADV(w, (kh * KW + kw) * 16);
                #pragma unroll
                for (int p = 0; p < TW; ++p)
                    acc[p] = fma(LOADV(row, (p * SW + kw * DW) * 16), wv, acc[p]);
            }
        } else {
            for (int kw = 0; kw < KW; ++kw) {
                const float16 wv = LOADV(w, (kh * KW + kw) * 16);
                #pragma unroll
                for (int p = 0; p < TW; ++p) {
                    const int iw = iw0 + p * SW + kw * DW;
                    if (iw >= 0 && iw < IW)
                        acc[p] = fma(LOADV(row, iw * 16), wv, acc[p]);
                }
            }
        }
    }
    y += n * YS_N + c * YS_C + oh * YS_H;
    #pragma unroll
    for (int p = 0; p < TW; ++p)
        if (ow + p < OW) {
            VEC v = acc[p];
            EPILOGUE(v, n, c, oh, (ow + p))
#ifdef TAIL
            v = KEEP(v, TAIL - c * 16);
#endif
            STOREV(y, (ow + p) * 16, v);
        }
}
)CLC";

} // namespace lamina::kernels
