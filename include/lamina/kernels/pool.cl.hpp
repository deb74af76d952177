// SPDX-License-Identifier: Apache-2.0
// Greatest or mean value of windows and adaptive bins of images and volumes, with the place of the greatest if it is
// wanted; VW channels per work-item.
#pragma once
#include <lamina/kernels/any_pixel.cl.hpp>
#include <lamina/kernels/byte_input.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view pool_arguments = R"CLC(
#define ARGS X_ARG, OUT(y) INDEX_ARG(at) EPILOGUE_ARGS
)CLC"sv;

//   MAXIMUM, ADAPTIVE 0|1; PADDING 1 counts padded places in a mean, DIVISOR (if HAS_DIVISOR): float bits
//   SPLIT        work-items along dimension 1 of the group that share a window (1: one alone)
//   INDEX        1: `at` gets the index of each maximum, counted in its channel's image of X_W columns or
//                (WHOLE_TENSOR 1) in the whole input of X_C channels; SPLIT is 1
//   VOLUME 1     as in depth.cl.hpp, slices X_S0 apart, PB slices of padding behind; an adaptive bin has ID, OD
//                and X_V only
inline constexpr std::string_view pool_text = R"CLC(
/* how many of a window's `kernel` places from `begin` on lie below `end` */
inline int places_below(int begin, int end, int kernel_, int step) {
    return clamp((end - begin + step - 1) / step, 0, kernel_);
}
/* the first place at or behind 0 */
inline int first_inside(int begin, int step) {
    return begin < 0 ? (-begin + step - 1) / step : 0;
}
#if MAXIMUM /* nothing is above a NaN */
#define TAKE(into, v) into = select((into), (v), ((v) > (into)) | ((v) != (v)))
#define NOTHING (-INFINITY)
#else
#define TAKE(into, v) into += (v)
#define NOTHING 0.0f
#endif
#if VOLUME
#define EACH_TAP for (int kd = first_slice; kd < slices; ++kd)
#define TAP_AT (base + kd * step_d * X_S0)
#define VOLUME_OF(n) ((n) / OD)
#define IMAGES ID
#define INDEX_AT(c) AT_at(i0 / OD, (c), i0 % OD, i2, i3, 0)
#else
#define EACH_TAP
#define TAP_AT base
#define VOLUME_OF(n) (n)
#define IMAGES 1
#define INDEX_AT(c) AT_at(i0, (c), i2, i3, 0, 0)
#endif

KERNEL(pool) {
    OPEN(x);
    OPEN(y);
    INDEX_OPEN(at)
    EPILOGUE_OPEN
    PIXEL
#if ADAPTIVE
    const int top = i2 * X_H / P_H, left = i3 * X_W / P_W;
    const int rows = ((i2 + 1) * X_H + P_H - 1) / P_H - top;
    const int columns = ((i3 + 1) * X_W + P_W - 1) / P_W - left;
    const int first_row = 0, first_column = 0, step_h = 1, step_w = 1;
    const int count = rows * columns;
#else
    const int top = i2 * STRIDE_H - PAD_TOP, left = i3 * STRIDE_W - PAD_LEFT;
    const int step_h = DILATION_H, step_w = DILATION_W;
    const int first_row = first_inside(top, step_h), first_column = first_inside(left, step_w);
    const int rows = places_below(top, X_H, KH, step_h);
    const int columns = places_below(left, X_W, KW, step_w);
#if PADDING
    const int count = places_below(top, X_H + PAD_BOTTOM, KH, step_h)
        * places_below(left, X_W + PAD_RIGHT, KW, step_w);
#else
    const int count = max(rows - first_row, 0) * max(columns - first_column, 0);
#endif
#endif
#if !VOLUME
    const int slices = 1, first_slice = 0, deep = 1, base = i0 * X_S0 + i1 * X_S1;
#else
#if ADAPTIVE
    const int front = i0 % OD * ID / OD, first_slice = 0, step_d = 1;
    const int slices = ((i0 % OD + 1) * ID + OD - 1) / OD - front, deep = slices;
#else
    const int front = i0 % OD * SD - PF, step_d = DD, first_slice = first_inside(front, DD);
    const int slices = places_below(front, ID, KD, DD);
#if PADDING
    const int deep = places_below(front, ID + PB, KD, DD);
#else
    const int deep = max(slices - first_slice, 0);
#endif
#endif
    const int base = i0 / OD * X_V + front * X_S0 + i1 * X_S1;
#endif
    VEC v = (VEC)(NOTHING);
#if SPLIT > 1
    const int part = get_local_id(1);
    const int width = columns - first_column, plane = max(rows - first_row, 0) * width;
    const int places = max(slices - first_slice, 0) * plane;
    _Pragma("unroll 8") for (int k = part; k < places; k += SPLIT) {
#if VOLUME
        const int in_plane = k % plane, kd = first_slice + k / plane;
#else
        const int in_plane = k;
#endif
        const int row = top + (first_row + in_plane / width) * step_h;
        const int column = left + (first_column + in_plane % width) * step_w;
        const VEC value = LOAD_X(x, TAP_AT + row * X_S2 + column * X_S3);
        TAKE(v, value);
    }
    __local VEC shared[SPLIT][SPLIT_LANES];
    const int lane = get_local_id(0);
    shared[part][lane] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int other = SPLIT / 2; other > 0; other /= 2) {
        if (part < other) {
            v = shared[part][lane];
            const VEC value = shared[part + other][lane];
            TAKE(v, value);
            shared[part][lane] = v;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (part > 0 || get_global_id(0) >= P_C)
        return;
    v = shared[0][lane];
#elif INDEX
    IVEC best = (IVEC)(-1); /* of equals the first one, of several NaNs the last one, as in PyTorch */
    EACH_TAP
    for (int ky = first_row; ky < rows; ++ky)
        for (int kx = first_column; kx < columns; ++kx) {
            const int row = top + ky * step_h, column = left + kx * step_w;
            const VEC value = LOAD_X(x, TAP_AT + row * X_S2 + column * X_S3);
            const IVEC wins = (value > v) | (value != value) | (best < 0);
            v = select(v, value, wins);
#if VOLUME
            const int place = ((front + kd * step_d) * X_H + row) * X_W + column;
#else
            const int place = row * X_W + column;
#endif
            best = select(best, (IVEC)(place), wins);
        }
#if VW == 1
    int places[1] = {best};
#else
    int places[VW];
    GLUE(vstore, VW)(best, 0, places);
#endif
    for (int lane = 0; lane < min(VW, X_C - FIRST_CHANNEL); ++lane) {
        const int channel = FIRST_CHANNEL + lane;
#if WHOLE_TENSOR
        places[lane] = places[lane] < 0
            ? -1 : places[lane] + (VOLUME_OF(i0) * X_C + channel) * IMAGES * X_H * X_W;
#endif
        at[INDEX_AT(channel)] = places[lane];
    }
#else
    EACH_TAP
    for (int ky = first_row; ky < rows; ++ky) {
        VEC line = (VEC)(NOTHING);
        for (int kx = first_column; kx < columns; ++kx) {
            const VEC value
                = LOAD_X(x, TAP_AT + (top + ky * step_h) * X_S2 + (left + kx * step_w) * X_S3);
            TAKE(line, value);
        }
        TAKE(v, line);
    }
#endif
#if !MAXIMUM
#if HAS_DIVISOR
    v /= as_float(DIVISOR);
#else
    v /= (float)(deep * count);
#endif
#endif
    EPILOGUE(v, i0, i1, i2, i3)
#ifdef VALID
    v = KEEP(v, VALID);
#endif
    STOREV(y, AT_PIXEL, v);
}
)CLC"sv;

inline constexpr text_names pool_names{
    "places_below first_inside", "TAKE NOTHING EACH_TAP TAP_AT VOLUME_OF IMAGES INDEX_AT"};

inline constexpr std::string_view pool_reach = R"CLC(
PIXEL
#if SPLIT > 1
REQUIRE(get_local_id(1) < SPLIT && get_local_id(0) < SPLIT_LANES);
#endif
#if ADAPTIVE
REQUIRE(P_H >= 1 && P_W >= 1);
const int bottom = (i2 + 1) * X_H + P_H - 1, right = (i3 + 1) * X_W + P_W - 1;
REQUIRE(i2 < P_H && i3 < P_W);
#else
REQUIRE(DILATION_H >= 1 && DILATION_W >= 1);
const int top = i2 * STRIDE_H - PAD_TOP, left = i3 * STRIDE_W - PAD_LEFT;
#endif
#if INDEX
APART(i1) {
    EACH(lane, 0, min(VW, X_C - FIRST_CHANNEL))
#if VOLUME
        WRITE(at, AT_at(i0 / OD, FIRST_CHANNEL + lane, i0 % OD, i2, i3, 0), 1);
#else
        WRITE(at, AT_at(i0, FIRST_CHANNEL + lane, i2, i3, 0, 0), 1);
#endif
}
#endif
)CLC"sv;

inline constexpr kernel_text pool_kernel{"pool",
    {optional_arguments, byte_input_arguments, pool_arguments, byte_input_text, pool_text},
    {optional_arguments, byte_input_arguments, pool_arguments, pool_reach, any_pixel_reach},
    {&prelude_names, &optional_arguments_names, &byte_input_names, &pool_names}};

}  // namespace lamina::kernels
