// SPDX-License-Identifier: Apache-2.0
// What the taps of a deformable convolution see: an image sampled at places that offsets move.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view deform_arguments = R"CLC(
#if MODULATED
#define FACTORS_ARG , IN(factors)
#define FACTORS_OPEN OPEN(factors);
#else
#define FACTORS_ARG
#define FACTORS_OPEN
#endif
#define ARGS IN(x), IN(offsets) FACTORS_ARG, OUT(y)
)CLC"sv;

// One work-item VW channels of one pixel and tap (PIXELS 1), or one element (PIXELS 0, VW 1). Image i0 of y is
// tap i0 % TAPS of image i0 / TAPS; a group of GROUP channels has two offsets a tap, along height and width:
//   y[n][tap][c][h][w] = x at h STRIDE_H - PAD_TOP + tap / KW DILATION_H + offset, and likewise w,
// between its four neighbours in proportion, those outside being 0.
//   MODULATED 1  times a factor of each group, tap and pixel
inline constexpr std::string_view deform_text = R"CLC(
#if PIXELS
#define CORNER(row, column, share) \
    if ((row) >= 0 && (row) < X_H && (column) >= 0 && (column) < X_W) \
        v += (share) * LOADV(x, n * X_S0 + i1 * X_S1 + (row) * X_S2 + (column) * X_S3);
#else
#define CORNER(row, column, share) \
    if ((row) >= 0 && (row) < X_H && (column) >= 0 && (column) < X_W) \
        v += (share) * LOAD1(x, AT_x(n, i1, (row), (column), 0, 0));
#endif

KERNEL(deform) {
    OPEN(x);
    OPEN(offsets);
    FACTORS_OPEN
    OPEN(y);
#if PIXELS
    PIXEL
    const int channel = FIRST_CHANNEL;
#else
    ELEMENT
    const int channel = i1;
#endif
    const int n = i0 / TAPS, tap = i0 % TAPS, own = channel / GROUP * TAPS + tap;
    const float h = (float)(i2 * STRIDE_H - PAD_TOP + tap / KW * DILATION_H)
        + LOAD1(offsets, AT_offsets(n, (2 * own), i2, i3, 0, 0));
    const float w = (float)(i3 * STRIDE_W - PAD_LEFT + tap % KW * DILATION_W)
        + LOAD1(offsets, AT_offsets(n, (2 * own + 1), i2, i3, 0, 0));
    VEC v = (VEC)(0.0f);
    if (h > -1.0f && h < (float)X_H && w > -1.0f && w < (float)X_W) {
        const int top = (int)floor(h), left = (int)floor(w);
        const float down = h - (float)top, right = w - (float)left;
        CORNER(top, left, (1.0f - down) * (1.0f - right))
        CORNER(top, left + 1, (1.0f - down) * right)
        CORNER(top + 1, left, down * (1.0f - right))
        CORNER(top + 1, left + 1, down * right)
    }
#if MODULATED
    v *= LOAD1(factors, AT_factors(n, own, i2, i3, 0, 0));
#endif
#if PIXELS
#ifdef VALID
    v = KEEP(v, VALID);
#endif
    STOREV(y, AT_PIXEL, v);
#else
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#endif
}
)CLC"sv;

inline constexpr text_names deform_names{"", "FACTORS_ARG FACTORS_OPEN CORNER"};

inline constexpr std::string_view deform_reach = R"CLC(
REQUIRE(TAPS >= 1 && GROUP >= 1 && KW >= 1);
#if PIXELS
PIXEL
const int channel = FIRST_CHANNEL;
#else
ELEMENT
const int channel = i1;
#endif
const int n = i0 / TAPS;
EACH(own, 0, GROUPS * TAPS) {
    READ(offsets, AT_offsets(n, (2 * own), i2, i3, 0, 0), 1);
    READ(offsets, AT_offsets(n, (2 * own + 1), i2, i3, 0, 0), 1);
#if MODULATED
    READ(factors, AT_factors(n, own, i2, i3, 0, 0), 1);
#endif
}
#if PIXELS
EACH(row, 0, X_H) EACH(column, 0, X_W)
    LOADV(x, n * X_S0 + i1 * X_S1 + row * X_S2 + column * X_S3);
STOREV(y, AT_PIXEL, 0);
#else
EACH(row, 0, X_H) EACH(column, 0, X_W) READ(x, AT_x(n, i1, row, column, 0, 0), 1);
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
#endif
)CLC"sv;

inline constexpr kernel_text deform_kernel{"deform",
    {optional_arguments, deform_arguments, deform_text},
    {optional_arguments, deform_arguments, deform_reach},
    {&prelude_names, &optional_arguments_names, &deform_names}};

}  // namespace lamina::kernels
