// SPDX-License-Identifier: Apache-2.0
// Images of another height and width, nearest or bilinear; VW channels per work-item.
#pragma once
#include <lamina/kernels/any_pixel.cl.hpp>
#include <lamina/kernels/byte_input.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view resize_arguments = R"CLC(
#define ARGS X_ARG, OUT(y) EPILOGUE_ARGS
)CLC"sv;

//   NEAREST, HALF_PIXEL 0|1; STEP_H, STEP_W: float bits of inputs per output
inline constexpr std::string_view resize_text = R"CLC(
#if HALF_PIXEL
#define CENTRE 0.5f
#else
#define CENTRE 0.0f
#endif

KERNEL(resize) {
    OPEN(x);
    OPEN(y);
    EPILOGUE_OPEN
    PIXEL
    const int base = i0 * X_S0 + i1 * X_S1;
#if NEAREST
    const int row = clamp((int)floor(((float)i2 + CENTRE) * as_float(STEP_H)), 0, X_H - 1);
    const int column = clamp((int)floor(((float)i3 + CENTRE) * as_float(STEP_W)), 0, X_W - 1);
    VEC v = LOAD_X(x, base + row * X_S2 + column * X_S3);
#else
    const float at_h = fmax(((float)i2 + CENTRE) * as_float(STEP_H) - CENTRE, 0.0f);
    const float at_w = fmax(((float)i3 + CENTRE) * as_float(STEP_W) - CENTRE, 0.0f);
    const int top = min((int)at_h, X_H - 1), left = min((int)at_w, X_W - 1);
    const int bottom = min(top + 1, X_H - 1), right = min(left + 1, X_W - 1);
    const float down = at_h - (float)top, across = at_w - (float)left;
    const VEC a = LOAD_X(x, base + top * X_S2 + left * X_S3) * (1.0f - across)
        + LOAD_X(x, base + top * X_S2 + right * X_S3) * across;
    const VEC b = LOAD_X(x, base + bottom * X_S2 + left * X_S3) * (1.0f - across)
        + LOAD_X(x, base + bottom * X_S2 + right * X_S3) * across;
    VEC v = a * (1.0f - down) + b * down;
#endif
    EPILOGUE(v, i0, i1, i2, i3)
#ifdef VALID
    v = KEEP(v, VALID);
#endif
    STOREV(y, AT_PIXEL, v);
}
)CLC"sv;

inline constexpr text_names resize_names{"", "CENTRE"};

inline constexpr std::string_view resize_reach = R"CLC(
PIXEL
REQUIRE(X_H >= 1 && X_W >= 1 && WHOLE(STEP_H, P_H) && WHOLE(STEP_W, P_W));
)CLC"sv;

inline constexpr kernel_text resize_kernel{"resize",
    {optional_arguments, byte_input_arguments, resize_arguments, byte_input_text, resize_text},
    {optional_arguments, byte_input_arguments, resize_arguments, resize_reach, any_pixel_reach},
    {&prelude_names, &optional_arguments_names, &byte_input_names, &resize_names}};

}  // namespace lamina::kernels
