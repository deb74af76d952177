// SPDX-License-Identifier: Apache-2.0
// Transposed convolution over blocks of VW channels (NCHWc): 1x1 convolutions, one a tap and phase.
#pragma once
#include <lamina/kernels/depth.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv_transpose_blocked_arguments = R"CLC(
#define ARGS IN(x), WEIGHTS(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// Output columns ow with the same phase, ow % SW, take the same taps, and neighbours of a phase take
// neighbouring inputs: for each tap that meets the phase, TW columns times OB blocks of output
// channels are a product of TW neighbouring inputs and a matrix of weights, without tests:
//   y[n][ob][oh][phase + j SW][o] = sum over (kh, kw) that divide, ib, i of
//       x[n][ib][(oh + PT - kh DH) / SH][(phase + PL - kw DW) / SW + j][i] * w[ob][kh][kw][ib][i][o]
// EDGES 1: columns may fall outside (or storage is half): inputs are first copied as floats, zeros
// outside.
// VOLUME 1: see depth.cl.hpp; taps along depth divide as those along the height do, w[ob][kd][kh]...
// Launch   global (OW / SW / TW, OH SW, N OCB / OB), work-groups of one.
inline constexpr std::string_view conv_transpose_blocked_text = R"CLC(
#define UNROLL _Pragma("unroll")
GROUP_OF(1) KERNEL(conv_transpose_blocked) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int oh = get_global_id(1) / SW, phase = get_global_id(1) % SW;
    const int count = (OW - phase + SW - 1) / SW;
    const int tile = get_global_id(0) * TW;
    if (tile >= count)
        return;
    /* the last tile of a row moves back over the one before it rather than beyond the row */
    const int first = min(tile, count - TW);
    const int n = get_global_id(2) / (OCB / OB), ob = get_global_id(2) % (OCB / OB) * OB;
    x += ob / OCB_GROUP * ICB * XS_C;
    w += ob * WS_O;

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
#if VOLUME
    for (int kd = 0; kd < KD; ++kd) {
        const int ahead = n % OD + PF - kd * DD, slice = ahead / SD;
        if (ahead < 0 || ahead % SD != 0 || slice >= ID)
            continue;
        const int image = n / OD * X_V + slice * XS_N;
#else
    {
        const int kd = 0, image = n * XS_N;
#endif
    for (int kh = 0; kh < KH; ++kh) {
        const int up = oh + PT - kh * DH, ih = up / SH;
        if (up < 0 || up % SH != 0 || ih >= IH)
            continue;
        for (int kw = 0; kw < KW; ++kw) {
            const int left = phase + PL - kw * DW, iw = left / SW + first;
            if (left % SW != 0)
                continue;
            __global const real* from = x + image + ih * XS_H + iw * VW;
            __global const real* taps = w + ((kd * KH + kh) * KW + kw) * ICB * (VW * VW);
            for (int ib = 0; ib < ICB; ++ib, from += XS_C) {
#if EDGES
                VEC strip[TW];
                UNROLL for (int p = 0; p < TW; ++p)
                    strip[p] = iw + p >= 0 && iw + p < IW ? LOADV(from, p * VW) : (VEC)(0.0f);
                const float* source = (const float*)strip;
#else
                __global const real* source = from;
#endif
                _Pragma("unroll 2")
                for (int i = 0; i < VW; ++i, taps += VW) {
                    VEC wv[OB];
                    UNROLL for (int o = 0; o < OB; ++o)
                        wv[o] = LOADV(taps, o * WS_O);
                    UNROLL for (int p = 0; p < TW; ++p) {
                        const VEC s = (VEC)(source[p * VW + i]);
                        UNROLL for (int o = 0; o < OB; ++o)
                            acc[p][o] = fma(s, wv[o], acc[p][o]);
                    }
                }
            }
        }
    }
    }
    UNROLL for (int o = 0; o < OB; ++o)
        UNROLL for (int p = 0; p < TW; ++p) {
            VEC v = acc[p][o];
            EPILOGUE(v, n, (ob + o), oh, (phase + (first + p) * SW))
#ifdef TAIL
            v = KEEP(v, TAIL - (ob + o) * VW);
#endif
            STOREV(y, n * YS_N + (ob + o) * YS_C + oh * YS_H + (phase + (first + p) * SW) * VW, v);
        }
}
)CLC"sv;

inline constexpr text_names conv_transpose_blocked_names{"", "UNROLL"};

// Outputs of a phase lie SW apart, from the phase on and inside of the row. Without EDGES no column
// of the input is tested, so the numbers must show that each is inside.
inline constexpr std::string_view conv_transpose_blocked_reach = R"CLC(
REQUIRE(TW >= 1 && OB >= 1 && SH >= 1 && SW >= 1 && OW / SW >= TW);
#if !EDGES
REQUIRE(PL == 0 && DW == 1 && KW <= SW && OW <= IW * SW);
#endif
const int oh = get_global_id(1) / SW, last_column = get_global_id(0) * TW + TW;
const int n = get_global_id(2) / (OCB / OB), ob = get_global_id(2) % (OCB / OB) * OB;
#if VOLUME
REQUIRE(SD >= 1);
#endif
EACH_SLICE(n) EACH(ib, 0, ICB) EACH(row, 0, IH) EACH(column, 0, IW)
    LOADV(x, SLICE_AT(n, XS_N) + ob / OCB_GROUP * ICB * XS_C + ib * XS_C + row * XS_H + column * VW);
EACH(block, ob, ob + OB) {
#if BIAS
    LOADF(b, block * VW);
#endif
    EACH(line, 0, KD * KH * KW * ICB * VW) LOADV(w, block * WS_O + line * VW);
    EACH(column, 0, OW) {
        float v = 0;
        APART(block) { EPILOGUE(v, n, block, oh, column) }
        STOREV(y, n * YS_N + block * YS_C + oh * YS_H + column * VW, v);
    }
}
)CLC"sv;

inline constexpr kernel_text conv_transpose_blocked_kernel{"conv_transpose_blocked",
    {optional_arguments, conv_transpose_blocked_arguments, depth_text, conv_transpose_blocked_text},
    {optional_arguments, conv_transpose_blocked_arguments, depth_reach,
        conv_transpose_blocked_reach},
    {&prelude_names, &optional_arguments_names, &depth_names, &conv_transpose_blocked_names}};

}  // namespace lamina::kernels
