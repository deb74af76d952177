// SPDX-License-Identifier: Apache-2.0
// Pictures to another size, order of channels, layout and scale; one pixel per work-item.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view picture_arguments = R"CLC(
#if X_BYTES
#define ARGS BYTES(x), OUT(y)
#else
#define ARGS PICTURE(x), OUT(y)
#endif
)CLC"sv;

//   X_BYTES 1    x is u8; IN_FLOAT 1: float whatever the storage is
//   X_C, X_H, X_W   the picture's extents; R_H, R_W: what it is resized to; TOP, LEFT: where that begins
//   MODE 0 not resized, 1 nearest, 2 bilinear; ROUNDED 0 not, 1 to the nearest number, 2 in fixed point
//   PAD          float bits of what lies around it
//   CHANNELS     of y; ORDER0 ... which of x, FACTOR0 ..., SUMMAND0 ...: float bits
//   ROW, COLUMN  of the pixel; FROM(r, q, c), TO(c): where elements of x and of the pixel of y lie
inline constexpr std::string_view picture_text = R"CLC(
#if X_BYTES
#define PICTURE_AT(r, q, c) ((int)x[FROM(r, q, c)])
#elif IN_FLOAT
#define PICTURE_AT(r, q, c) (x[FROM(r, q, c)])
#else
#define PICTURE_AT(r, q, c) LOAD1(x, FROM(r, q, c))
#endif
#if MODE == 2 && ROUNDED == 2
/* share / unit in 2048ths, halves to the even number */
inline int picture_weight(int share, int unit) {
    const int down = 2048 * share / unit, left = 2 * (2048 * share - down * unit);
    return down + (left > unit || (left == unit && (down & 1)) ? 1 : 0);
}
#endif

KERNEL(picture) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    const int orders[4] = {ORDER0, ORDER1, ORDER2, ORDER3};
    const float factors[4]
        = {as_float(FACTOR0), as_float(FACTOR1), as_float(FACTOR2), as_float(FACTOR3)};
    const float summands[4]
        = {as_float(SUMMAND0), as_float(SUMMAND1), as_float(SUMMAND2), as_float(SUMMAND3)};
    const int row = ROW - TOP, column = COLUMN - LEFT;
    const bool inside = row >= 0 && row < R_H && column >= 0 && column < R_W;
#if MODE == 0
    const int top = row, left = column;
#elif MODE == 1
    const int top = row * X_H / R_H, left = column * X_W / R_W;
#else
    const int unit_h = 2 * R_H, unit_w = 2 * R_W;
    const int at_h = max((2 * row + 1) * X_H - R_H, 0), at_w = max((2 * column + 1) * X_W - R_W, 0);
    const int top = min(at_h / unit_h, X_H - 1), left = min(at_w / unit_w, X_W - 1);
    const int bottom = min(top + 1, X_H - 1), right = min(left + 1, X_W - 1);
    const int rest_h = top == bottom ? 0 : at_h - top * unit_h;
    const int rest_w = left == right ? 0 : at_w - left * unit_w;
#if ROUNDED == 1
    const long all = (long)unit_h * unit_w;
#elif ROUNDED == 2
    const int up = picture_weight(unit_h - rest_h, unit_h), down = picture_weight(rest_h, unit_h);
    const int back = picture_weight(unit_w - rest_w, unit_w);
    const int across = picture_weight(rest_w, unit_w);
#else
    const float down = (float)rest_h / (float)unit_h, across = (float)rest_w / (float)unit_w;
#endif
#endif
    for (int c = 0; c < CHANNELS; ++c) {
        const int from = orders[c];
        float v = as_float(PAD);
        if (inside) {
#if MODE < 2
            v = (float)PICTURE_AT(top, left, from);
#elif ROUNDED == 1 /* in whole numbers, so that halves are seen as such */
            const int a = PICTURE_AT(top, left, from) * (unit_w - rest_w)
                + PICTURE_AT(top, right, from) * rest_w;
            const int b = PICTURE_AT(bottom, left, from) * (unit_w - rest_w)
                + PICTURE_AT(bottom, right, from) * rest_w;
            const long sum = (long)a * (unit_h - rest_h) + (long)b * rest_h;
            const long whole = sum / all, twice = 2 * (sum - whole * all);
            v = (float)(whole + (twice > all || (twice == all && (whole & 1)) ? 1 : 0));
#elif ROUNDED == 2
            const int a
                = PICTURE_AT(top, left, from) * back + PICTURE_AT(top, right, from) * across;
            const int b
                = PICTURE_AT(bottom, left, from) * back + PICTURE_AT(bottom, right, from) * across;
            v = (float)min((((up * (a >> 4)) >> 16) + ((down * (b >> 4)) >> 16) + 2) >> 2, 255);
#else
            const float a = (float)PICTURE_AT(top, left, from) * (1.0f - across)
                + (float)PICTURE_AT(top, right, from) * across;
            const float b = (float)PICTURE_AT(bottom, left, from) * (1.0f - across)
                + (float)PICTURE_AT(bottom, right, from) * across;
            v = a * (1.0f - down) + b * down;
#endif
        }
        STORE1(y, TO(c), v * factors[c] + summands[c]);
    }
}
)CLC"sv;

inline constexpr text_names picture_names{"picture_weight", "PICTURE_AT"};

inline constexpr std::string_view picture_reach = R"CLC(
ELEMENT
REQUIRE(CHANNELS >= 1 && CHANNELS <= 4 && X_C >= 1 && X_H >= 1 && X_W >= 1);
REQUIRE(R_H >= 1 && R_W >= 1 && R_H <= 16384 && R_W <= 16384 && X_H <= 16384 && X_W <= 16384);
REQUIRE(ORDER0 >= 0 && ORDER0 < X_C && ORDER1 >= 0 && ORDER1 < X_C);
REQUIRE(ORDER2 >= 0 && ORDER2 < X_C && ORDER3 >= 0 && ORDER3 < X_C);
#if MODE == 0
REQUIRE(R_H <= X_H && R_W <= X_W);
#endif
EACH(r, 0, X_H) EACH(q, 0, X_W) EACH(c, 0, X_C) LOAD1(x, FROM(r, q, c));
EACH(c, 0, CHANNELS) STORE1(y, TO(c), 0);
)CLC"sv;

inline constexpr kernel_text picture_kernel{"picture",
    {optional_arguments, picture_arguments, picture_text},
    {optional_arguments, picture_arguments, picture_reach},
    {&prelude_names, &optional_arguments_names, &picture_names}};

}  // namespace lamina::kernels
