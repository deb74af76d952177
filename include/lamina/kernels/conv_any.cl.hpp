// SPDX-License-Identifier: Apache-2.0
// Every convolution and transposed convolution of images and volumes, in any layout: the fallback of the fast
// kernels.
#pragma once
#include <lamina/kernels/depth.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv_any_arguments = R"CLC(
#if X_FLOAT
#define INPUT(x) VECTOR(x)
#define LOAD_X(i) x[i]
#else
#define INPUT(x) IN(x)
#define LOAD_X(i) LOAD1(x, i)
#endif
#define ARGS INPUT(x), WEIGHTS(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// One work-item VW output channels of one pixel (PIXELS 1), or one element (PIXELS 0, VW 1). The
// input is read through AT_x, so it may be an image, the caller's rows, or floats (X_FLOAT).
//   TRANSPOSED 0|1, GROUPED 0|1 (CG input channels, OG output channels a group)
//   DEPTHWISE 1  lane i of the input belongs to lane i of the output
//   BIAS 0|1     b is float, padded to VW
//   w[o / VW][kd][ky][kx][c][VW], c within the group
//   VOLUME 1     see depth.cl.hpp; slices lie X_D apart
inline constexpr std::string_view conv_any_text = R"CLC(
#if VOLUME
#define PIXEL_OF(c) (image + AT_x(0, (c), row, column, 0, 0))
#else
#define PIXEL_OF(c) AT_x(i0, (c), row, column, 0, 0)
#endif

KERNEL(conv_any) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    EPILOGUE_OPEN
#if PIXELS
    PIXEL
    const int o = FIRST_CHANNEL;
#else
    ELEMENT
    const int o = i1;
#endif
    VEC v = (VEC)(0.0f);
#if BIAS
    OPEN(b);
    v = LOADF(b, o);
#endif
#if GROUPED
    const int first = o / OG * CG;
#else
    const int first = 0;
#endif
    __global const real* filter = w + (size_t)(o / VW) * (KD * KH * KW * CG * VW);
#if VOLUME && TRANSPOSED
    for (int kd = 0; kd < KD; ++kd) {
        const int ahead = i0 % OD + PF - kd * DD, slice = ahead / SD;
        if (ahead < 0 || slice * SD != ahead || slice >= ID)
            continue;
        const int image = i0 / OD * X_V + slice * X_D, depth = kd;
#elif VOLUME
    EACH_SLICE(i0) {
        const int image = SLICE_AT(i0, X_D), depth = kd;
#else
    {
        const int depth = 0;
#endif
    for (int ky = 0; ky < KH; ++ky) {
#if TRANSPOSED
        const int up = i2 + PAD_TOP - ky * DILATION_H;
        const int row = up / STRIDE_H;
        if (up < 0 || row * STRIDE_H != up || row >= X_H)
            continue;
#else
        const int row = i2 * STRIDE_H - PAD_TOP + ky * DILATION_H;
        if (row < 0 || row >= X_H)
            continue;
#endif
        for (int kx = 0; kx < KW; ++kx) {
#if TRANSPOSED
            const int left = i3 + PAD_LEFT - kx * DILATION_W;
            const int column = left / STRIDE_W;
            if (left < 0 || column * STRIDE_W != left || column >= X_W)
                continue;
#else
            const int column = i3 * STRIDE_W - PAD_LEFT + kx * DILATION_W;
            if (column < 0 || column >= X_W)
                continue;
#endif
            const int tap = ((depth * KH + ky) * KW + kx) * CG;
#if DEPTHWISE
            v += LOADV(x, PIXEL_OF(o)) * LOADV(filter, tap * VW);
#else
            for (int c = 0; c < CG; ++c)
                v += LOAD_X(PIXEL_OF(first + c))
                    * LOADV(filter, (tap + c) * VW);
#endif
        }
    }
    }
#if PIXELS
    EPILOGUE(v, i0, i1, i2, i3)
#ifdef VALID
    v = KEEP(v, VALID);
#endif
    STOREV(y, AT_PIXEL, v);
#else
    EPILOGUE(v, i0, i1, i2, i3, i4, i5)
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#endif
}
)CLC"sv;

inline constexpr text_names conv_any_names{"", "INPUT LOAD_X PIXEL_OF"};

inline constexpr std::string_view conv_any_reach = R"CLC(
#if PIXELS
PIXEL
const int o = FIRST_CHANNEL;
#else
ELEMENT
const int o = i1;
#endif
float v = 0;
#if BIAS
LOADF(b, o);
#endif
#if GROUPED
const int first = o / OG * CG;
#else
const int first = 0;
#endif
REQUIRE(STRIDE_H >= 1 && STRIDE_W >= 1);
#if VOLUME
REQUIRE(SD >= 1);
#endif
const int top = i2 * STRIDE_H - PAD_TOP + (KH - 1) * DILATION_H;
const int left = i3 * STRIDE_W - PAD_LEFT + (KW - 1) * DILATION_W;
EACH(tap, 0, KD * KH * KW) EACH(c, 0, CG)
    LOADV(w, (size_t)(o / VW) * (KD * KH * KW * CG * VW) + (tap * CG + c) * VW);
#if VOLUME
#define PIXEL_OF(c) SLICE_AT(i0, X_D) + AT_x(0, (c), row, column, 0, 0)
#else
#define PIXEL_OF(c) AT_x(i0, (c), row, column, 0, 0)
#endif
EACH_SLICE(i0) EACH(row, 0, X_H) EACH(column, 0, X_W)
#if DEPTHWISE
    LOADV(x, PIXEL_OF(o));
#else
    EACH(c, 0, CG) READ(x, PIXEL_OF(first + c), 1);
#endif
#if PIXELS
APART(i1) { EPILOGUE(v, i0, i1, i2, i3) }
STOREV(y, AT_PIXEL, v);
#else
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#endif
)CLC"sv;

inline constexpr kernel_text conv_any_kernel{"conv_any",
    {optional_arguments, conv_any_arguments, depth_text, conv_any_text},
    {optional_arguments, conv_any_arguments, depth_reach, conv_any_reach},
    {&prelude_names, &optional_arguments_names, &depth_names, &conv_any_names}};

}  // namespace lamina::kernels
