// SPDX-License-Identifier: Apache-2.0
// Matrix times packed weights for the `cpu` class: linear layers of any number of rows.
#pragma once
#include <string_view>

namespace lamina::kernels {

// One work-item computes TR rows times OB blocks of 16 columns:
//   y[r][o] = b[o] + sum over k of x[r][k] * w[o/16][k][o%16]
// With few rows it is bound by reading w once (bandwidth), with many by FMA.
// Launch   global (R / TR, OCB / OB, 1), work-groups of one.
inline constexpr std::string_view linear_blocked_text = R"CLC(
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void linear_blocked(IN(x), WEIGHTS(w),
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
    const int row = get_global_id(0) * TR;
    const int ob = get_global_id(1) * OB;
    float16 acc[TR][OB];
    #pragma unroll
    for (int o = 0; o < OB; ++o)
        #pragma unroll
        for (int r = 0; r < TR; ++r)
#if BIAS
            acc[r][o] = vload16(ob + o, b);
#else
            acc[r][o] = (float16)(0.0f);
#endif
    __global const real* rows[TR];
    #pragma unroll
    for (int r = 0; r < TR; ++r)
        rows[r] = x + min(row + r, R - 1) * XS_R;
    w += ob * (K * 16);
    for (int k = 0; k < K; ++k) {
        float16 wv[OB];
        #pragma unroll
        for (int o = 0; o < OB; ++o)
            wv[o] = LOADV(w, (o * K + k) * 16);
        #pragma unroll
        for (int r = 0; r < TR; ++r) {
            const float16 s = (float16)(LOAD1(rows[r], k));
            #pragma unroll
            for (int o = 0; o < OB; ++o)
                acc[r][o] = fma(s, wv[o], acc[r][o]);
        }
    }
    #pragma unroll
    for (int o = 0; o < OB; ++o)
        #pragma unroll
        for (int r = 0; r < TR; ++r)
            if (row + r < R) {
                VEC v = acc[r][o];
                EPILOGUE(v, (row + r), ((ob + o) * 16))
                const int at = (row + r) * YS_R + (ob + o) * 16;
#if TAIL > 0
                if ((ob + o) * 16 + 16 > COLUMNS) {
                    float lanes[16];
                    vstore16(v, 0, lanes);
                    for (int i = 0; i < TAIL; ++i)
                        STORE1(y, at + i, lanes[i]);
                } else
#endif
                    STOREV(y, at, v);
            }
}
)CLC";

} // namespace lamina::kernels
