// SPDX-License-Identifier: Apache-2.0
// Matrix times packed weights for the `cpu` class: linear layers of any number of rows.
#pragma once
#include <string_view>

namespace lamina::kernels {

// Weights lie in panels of OB blocks of 16 columns: w[panel][K][16 OB]. One work-item computes RB
// rows of CP panels, y[r][o] = b[o] + sum over k of x[r][k] * w[o/P][k][o%P] with P = 16 OB:
// KC of the sum at a time, so that its part of x and of the panels stays in L2 while TR rows of x,
// in L1, meet each panel; sums wait in `held` between the parts.
// With few rows it is bound by reading w once, each panel one stream; with many by FMA.
// Launch   global (R / RB, PANELS / CP, 1), work-groups of one.
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
    const int row_begin = get_global_id(0) * RB, row_end = min(R, row_begin + RB);
    const int panel_begin = get_global_id(1) * CP, panel_end = min(PANELS, panel_begin + CP);
    float16 held[RB * CP * OB];
#if HALF
    float16 copied[TR * KC / 16];
#endif
    for (int first = 0; first < K; first += KC) {
        const int here = min(KC, K - first);
        float16* keep = held;
        for (int row = row_begin; row < row_end; row += TR) {
#if HALF
            for (int r = 0; r < TR; ++r) {
                __global const real* from = x + min(row + r, R - 1) * XS_R + first;
                int k = 0;
                for (; k + 16 <= here; k += 16)
                    copied[(r * KC + k) / 16] = LOADV(from, k);
                for (; k < here; ++k)
                    ((float*)copied)[r * KC + k] = LOAD1(from, k);
            }
#define ROW(r) ((const float*)copied + (r) * KC)
            const float* rows[TR];
#else
#define ROW(r) (x + min(row + (r), R - 1) * XS_R + first)
            __global const float* rows[TR];
#endif
            #pragma unroll
            for (int r = 0; r < TR; ++r)
                rows[r] = ROW(r);
            for (int panel = panel_begin; panel < panel_end; ++panel, keep += TR * OB) {
                float16 acc[TR][OB];
                if (first == 0) {
                    #pragma unroll
                    for (int o = 0; o < OB; ++o) {
#if BIAS
                        const float16 start = vload16(panel * OB + o, b);
#else
                        const float16 start = (float16)(0.0f);
#endif
                        #pragma unroll
                        for (int r = 0; r < TR; ++r)
                            acc[r][o] = start;
                    }
                } else {
                    #pragma unroll
                    for (int r = 0; r < TR; ++r)
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            acc[r][o] = keep[r * OB + o];
                }
                __global const real* wp = w + ((size_t)panel * K + first) * (16 * OB);
                for (int k = 0; k < here; ++k) {
                    float16 wv[OB];
                    #pragma unroll
                    for (int o = 0; o < OB; ++o)
                        wv[o] = LOADV(wp, (k * OB + o) * 16);
                    #pragma unroll
                    for (int r = 0; r < TR; ++r) {
                        const float16 one = (float16)(rows[r][k]);
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            acc[r][o] = fma(one, wv[o], acc[r][o]);
                    }
                }
                if (first + here < K) {
                    #pragma unroll
                    for (int r = 0; r < TR; ++r)
                        #pragma unroll
                        for (int o = 0; o < OB; ++o)
                            keep[r * OB + o] = acc[r][o];
                    continue;
                }
                #pragma unroll
                for (int o = 0; o < OB; ++o) {
                    const int column = (panel * OB + o) * 16;
                    if (column >= COLUMNS)
                        break;
                    #pragma unroll
                    for (int r = 0; r < TR; ++r)
                        if (row + r < R) {
                            VEC v = acc[r][o];
                            EPILOGUE(v, (row + r), column)
                            const int at = (row + r) * YS_R + column;
#if TAIL > 0
                            if (column + 16 > COLUMNS) {
                                float lanes[16];
                                vstore16(v, 0, lanes);
                                for (int i = 0; i < TAIL; ++i)
                                    STORE1(y, at + i, lanes[i]);
                            } else
#endif
                                STOREV(y, at, v);
                        }
                }
            }
        }
    }
}
)CLC";

} // namespace lamina::kernels
