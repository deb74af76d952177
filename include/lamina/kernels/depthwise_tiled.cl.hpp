// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution of channels-last images: VW channels and TW neighbouring output pixels a
// work-item, so that an input pixel is read once for all the outputs that it belongs to.
#pragma once
#include <lamina/kernels/byte_input.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/tile.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view depthwise_tiled_arguments = R"CLC(
#if X_BYTES
#define WEIGHT_ARGS CHARS(w), VECTOR(factor), VECTOR(zero)
#else
#define WEIGHT_ARGS WEIGHTS(w)
#endif
#define ARGS X_ARG, WEIGHT_ARGS BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// Numbers  IH IW C, KH KW, SH SW, DH DW, PT PL, OH OW, N; strides X_N X_H X_W, Y_N Y_H Y_W
// Defines  BIAS 0|1
//          X_BYTES 1    int8 plans: u8 by s8, a window's sum is exact in float and times factor[c]
// Tactic   TW output pixels along w
// Weights  [kh][kw][channel, padded to 4]. VW divides C; 1, 2 or 4.
// Launch (C / VW, OW, N * OH); the second tile is TW times the local size.
// The catalogue joins this text with those of tile.cl.hpp.
inline constexpr std::string_view depthwise_tiled_head = R"CLC(
#define PADDED_C ((C + 3) / 4 * 4)
#if !X_BYTES
#define LOAD_TAP LOADV
#elif VW == 1
#define LOAD_TAP(p, i) ((float)(p)[i])
#else
#define LOAD_TAP(p, i) GLUE(convert_float, VW)(GLUE(vload, VW)(0, (p) + (i)))
#endif
#define SPAN ((TW - 1) * SW + (KW - 1) * DW + 1)

KERNEL(depthwise_tiled) {
    const int c = get_global_id(0) * VW;
    const int ow0 = get_global_id(1) * TW;
    const int row = get_global_id(2);
    if (c >= C || ow0 >= OW || row >= N * OH)
        return;
    OPEN(x);
    OPEN(w);
    OPEN(y);
#if X_BYTES
    OPEN(factor);
    OPEN(zero);
#endif
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int n = row / OH, oh = row % OH;
    const int top = oh * SH - PT, left = ow0 * SW - PL;
    VEC sum[TW];
    _Pragma("unroll") for (int t = 0; t < TW; ++t)
#if BIAS && !X_BYTES
        sum[t] = LOADF(b, c);
#else
        sum[t] = (VEC)(0.0f);
#endif
    _Pragma("unroll") for (int kh = 0; kh < KH; ++kh) {
        const int h = top + kh * DH;
        if ((uint)h >= (uint)IH)
            continue;
        VEC tap[KW];
        _Pragma("unroll") for (int kw = 0; kw < KW; ++kw)
            tap[kw] = LOAD_TAP(w, (kh * KW + kw) * PADDED_C + c);
        const int line = n * X_N + h * X_H + c;
        _Pragma("unroll") for (int s = 0; s < SPAN; ++s) {
#if X_BYTES
            const VEC v = (uint)(left + s) < (uint)IW ? LOAD_X(x, line + (left + s) * X_W) - zero[0]
                                                      : (VEC)(0.0f);
#else
            const VEC v = (uint)(left + s) < (uint)IW ? LOADV(x, line + (left + s) * X_W)
                                                      : (VEC)(0.0f);
#endif
            _Pragma("unroll") for (int t = 0; t < TW; ++t)
                _Pragma("unroll") for (int kw = 0; kw < KW; ++kw)
                    if (t * SW + kw * DW == s)
                        sum[t] = fma(v, tap[kw], sum[t]);
        }
    }
    _Pragma("unroll") for (int t = 0; t < TW; ++t) {
        const int ow = ow0 + t;
        if (ow < OW) {
            VEC v = sum[t];
#if X_BYTES && BIAS
            v = fma(v, LOADF(factor, c), LOADF(b, c));
#elif X_BYTES
            v *= LOADF(factor, c);
#endif
            EPILOGUE(v, n, c, oh, ow)
            STOREV(y, n * Y_N + c + oh * Y_H + ow * Y_W, v);
        }
    }
}
)CLC"sv;

inline constexpr text_names depthwise_tiled_names{"", "PADDED_C SPAN LOAD_TAP WEIGHT_ARGS"};

inline constexpr std::string_view depthwise_tiled_reach = R"CLC(
const int c = get_global_id(0) * VW;
const int ow0 = get_global_id(1) * TW;
const int row = get_global_id(2);
if (c >= C || ow0 >= OW || row >= N * OH)
    return;
REQUIRE(TW >= 1 && KH >= 1 && KW >= 1 && OH >= 1);
const int n = row / OH, oh = row % OH;
#if BIAS
LOADF(b, c);
#endif
EACH(tap, 0, KH * KW) READ(w, tap * ((C + 3) / 4 * 4) + c, VW);
EACH(h, 0, IH) EACH(column, 0, IW) READ(x, n * X_N + h * X_H + c + column * X_W, VW);
#if X_BYTES
READ(zero, 0, 1);
LOADF(factor, c);
#endif
EACH(ow, 0, OW) {
    float v = 0;
    EPILOGUE(v, n, c, oh, ow)
    STOREV(y, n * Y_N + c + oh * Y_H + ow * Y_W, v);
}
)CLC"sv;

inline constexpr kernel_text depthwise_tiled_kernel{"depthwise_tiled",
    {optional_arguments, byte_input_arguments, depthwise_tiled_arguments, byte_input_text,
        vec4_text, depthwise_tiled_head},
    {optional_arguments, byte_input_arguments, depthwise_tiled_arguments, depthwise_tiled_reach},
    {&prelude_names, &optional_arguments_names, &byte_input_names, &vec4_names,
        &depthwise_tiled_names}};

}  // namespace lamina::kernels
