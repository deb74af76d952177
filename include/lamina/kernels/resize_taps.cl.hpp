// SPDX-License-Identifier: Apache-2.0
// Images of another height and width: every rounding of nearest, bilinear and bicubic with filters
// that are stretched and cut, parts of an image. VW channels per work-item. `resize` is faster at what
// it can do.
#pragma once
#include <lamina/kernels/any_pixel.cl.hpp>
#include <lamina/kernels/byte_input.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view resize_taps_arguments = R"CLC(
#define ARGS X_ARG, OUT(y) EPILOGUE_ARGS
)CLC"sv;

//   KIND 0 nearest, 1 bilinear, 2 bicubic (CUBIC_A: float bits)
//   ROUNDING 0 floor, 1 ceil, 2 to the nearest, half down, 3 half up (nearest)
//   X_H, X_W      the input's extents
//   STEP_H_..., FIRST_H_..., UNIT_H_..., and for W: halves (LOW, HIGH) of 64-bit numbers; output i
//                 lies at (i STEP + FIRST) / UNIT inputs
//   TAPS_H, TAPS_W  inputs that an output reads, even; SHRINK_H, SHRINK_W: float bits of what
//                 distances are multiplied by
//   FEW 1: TAPS_W is 2 or 4, the weights of columns are computed once
//   NORMALISES 1: weights are divided by their sum; EXCLUDES 1: inputs outside do not count
//   CROPS 1: EXTRAPOLATION (float bits) where the place is outside of the image
inline constexpr std::string_view resize_taps_text = R"CLC(
#define WIDE(n) ((long)(((ulong)(uint)n##_HIGH << 32) | (ulong)(uint)n##_LOW))

/* the input at or before a place */
inline long whole_of(long at, long unit) {
    const long whole = at / unit;
    return at - whole * unit < 0 ? whole - 1 : whole;
}
#if KIND == 0
inline long nearest_of(long at, long unit) {
    const long whole = whole_of(at, unit), rest = at - whole * unit;
#if ROUNDING == 0
    (void)rest;
    return whole;
#elif ROUNDING == 1
    return rest > 0 ? whole + 1 : whole;
#elif ROUNDING == 2
    return 2 * rest > unit ? whole + 1 : whole;
#else
    return 2 * rest >= unit ? whole + 1 : whole;
#endif
}
#elif KIND == 1
inline float weight_of(float distance) { return fmax(0.0f, 1.0f - fabs(distance)); }
#else
inline float weight_of(float distance) {
    const float a = as_float(CUBIC_A), d = fabs(distance);
    const float inner = ((a + 2.0f) * d - (a + 3.0f)) * d * d + 1.0f;
    const float outer = ((a * d - 5.0f * a) * d + 8.0f * a) * d - 4.0f * a;
    return d <= 1.0f ? inner : d < 2.0f ? outer : 0.0f;
}
#endif
#if KIND != 0
/* of the input `offset` behind the one at or before the place */
inline float weight_at(int offset, float share, float shrink, int input, int extent) {
#if EXCLUDES
    if (input < 0 || input >= extent)
        return 0.0f;
#endif
    return weight_of(((float)offset - share) * shrink);
}
#endif

KERNEL(resize_taps) {
    OPEN(x);
    OPEN(y);
    EPILOGUE_OPEN
    PIXEL
    const int base = i0 * X_S0 + i1 * X_S1;
    const long unit_h = WIDE(UNIT_H), unit_w = WIDE(UNIT_W);
    const long at_h = (long)i2 * WIDE(STEP_H) + WIDE(FIRST_H);
    const long at_w = (long)i3 * WIDE(STEP_W) + WIDE(FIRST_W);
#if KIND == 0
    const int row = (int)clamp(nearest_of(at_h, unit_h), 0L, (long)(X_H - 1));
    const int column = (int)clamp(nearest_of(at_w, unit_w), 0L, (long)(X_W - 1));
    VEC v = LOAD_X(x, base + row * X_S2 + column * X_S3);
#else
    const long whole_h = whole_of(at_h, unit_h), whole_w = whole_of(at_w, unit_w);
    const float down = (float)(at_h - whole_h * unit_h) / (float)unit_h;
    const float across = (float)(at_w - whole_w * unit_w) / (float)unit_w;
    const int top = (int)clamp(whole_h, -1L, (long)X_H) - TAPS_H / 2 + 1;
    const int left = (int)clamp(whole_w, -1L, (long)X_W) - TAPS_W / 2 + 1;
#define WEIGHT_H(r) \
    weight_at((r) + 1 - TAPS_H / 2, down, as_float(SHRINK_H), top + (r), X_H)
#define COLUMN_WEIGHT(c) \
    weight_at((c) + 1 - TAPS_W / 2, across, as_float(SHRINK_W), left + (c), X_W)
#if FEW
    float weights[TAPS_W];
    for (int c = 0; c < TAPS_W; ++c)
        weights[c] = COLUMN_WEIGHT(c);
#define WEIGHT_W(c) weights[c]
#else
#define WEIGHT_W COLUMN_WEIGHT
#endif
    VEC v = (VEC)(0.0f);
    for (int r = 0; r < TAPS_H; ++r) {
        const float weight_h = WEIGHT_H(r);
#if NORMALISES
        if (weight_h == 0.0f)
            continue;
#endif
        const int line = base + clamp(top + r, 0, X_H - 1) * X_S2;
        VEC along = (VEC)(0.0f);
        for (int c = 0; c < TAPS_W; ++c) {
            const float weight_w = WEIGHT_W(c);
#if NORMALISES
            if (weight_w == 0.0f)
                continue;
#endif
            along += LOAD_X(x, line + clamp(left + c, 0, X_W - 1) * X_S3) * weight_w;
        }
        v += along * weight_h;
    }
#if NORMALISES
    float total_h = 0.0f, total_w = 0.0f;
    for (int r = 0; r < TAPS_H; ++r)
        total_h += WEIGHT_H(r);
    for (int c = 0; c < TAPS_W; ++c)
        total_w += WEIGHT_W(c);
    v *= 1.0f / (total_h * total_w);
#endif
#endif
#if CROPS
    if (at_h < 0 || at_w < 0 || at_h > (long)(X_H - 1) * unit_h
        || at_w > (long)(X_W - 1) * unit_w)
        v = (VEC)(as_float(EXTRAPOLATION));
#endif
    EPILOGUE(v, i0, i1, i2, i3)
#ifdef VALID
    v = KEEP(v, VALID);
#endif
    STOREV(y, AT_PIXEL, v);
}
)CLC"sv;

inline constexpr text_names resize_taps_names{
    "whole_of nearest_of weight_of weight_at", "WIDE WEIGHT_H COLUMN_WEIGHT WEIGHT_W"};

inline constexpr std::string_view resize_taps_reach = R"CLC(
PIXEL
REQUIRE(X_H >= 1 && X_W >= 1);
REQUIRE(UNIT_H_HIGH > 0 || (UNIT_H_HIGH == 0 && UNIT_H_LOW != 0));
REQUIRE(UNIT_W_HIGH > 0 || (UNIT_W_HIGH == 0 && UNIT_W_LOW != 0));
#if FEW
REQUIRE(TAPS_W >= 1 && TAPS_W <= 64);
#endif
)CLC"sv;

inline constexpr kernel_text resize_taps_kernel{"resize_taps",
    {optional_arguments, byte_input_arguments, resize_taps_arguments, byte_input_text,
        resize_taps_text},
    {optional_arguments, byte_input_arguments, resize_taps_arguments, resize_taps_reach,
        any_pixel_reach},
    {&prelude_names, &optional_arguments_names, &byte_input_names, &resize_taps_names}};

}  // namespace lamina::kernels
