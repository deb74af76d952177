// SPDX-License-Identifier: Apache-2.0
// Greatest or mean value of sliding windows over blocks of VW channels (NCHWc).
#pragma once
#include <lamina/kernels/byte_input.cl.hpp>
#include <lamina/kernels/depth.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view pool_blocked_arguments = R"CLC(
#define ARGS X_ARG, OUT(y) EPILOGUE_ARGS
)CLC"sv;

// One work-item computes TH rows of TW neighbouring pixels in one block of channels. A row first
// reduces the columns that it needs to one vector each, kept in L1, then the windows of columns:
// KH + KW values a pixel (more where SW > 1) and not KH KW, and tests a column, not a tap.
//   MAXIMUM, PADDING 0|1 as in the family pool; DIVISOR (if HAS_DIVISOR): float bits
//   VOLUME 1     see depth.cl.hpp; PB slices of padding behind. A row reduces those of all slices
// Launch   global (OW / TW, OH / TH, N CB), work-groups of one; TW is at most OW.
inline constexpr std::string_view pool_blocked_text = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#define UNROLL _Pragma("unroll")
/* how many of a window's `taps` places from `begin` on lie below `end` */
inline int places_below(int begin, int end, int taps, int step) {
    return clamp((end - begin + step - 1) / step, 0, taps);
}
/* the first place at or behind 0 */
inline int first_inside(int begin, int step) {
    return begin < 0 ? (-begin + step - 1) / step : 0;
}
#if MAXIMUM /* nothing is above a NaN */
#define TAKE(into, v) into = select((into), (v), ((v) > (into)) | ((v) != (v)))
#define NOTHING (VEC)(-INFINITY)
#else
#define TAKE(into, v) into += (v)
#define NOTHING (VEC)(0.0f)
#endif

GROUP_OF(1) KERNEL(pool_blocked) {
    OPEN(x);
    OPEN(y);
    EPILOGUE_OPEN
    /* the last tile of a row moves back over the one before it rather than beyond the row */
    const int ow = min((int)get_global_id(0) * TW, OW - TW);
    const int n = get_global_id(2) / CB, c = get_global_id(2) % CB;
    const int first = get_global_id(1) * TH, last = min(first + TH, OH);
    const int iw = ow * SW - PL;
    const int left = clamp(-iw, 0, STRIP), right = clamp(IW - iw, left, STRIP);
    x += c * XS_C + iw * VW;
#if VOLUME
#define SLICE SLICE_AT(n, XS_N)
#if PADDING
    const int deep = places_below(FRONT(n), ID + PB, KD, DD);
#else
    const int deep = max(LAST_SLICE(n) - FIRST_SLICE(n), 0);
#endif
#else
#define SLICE 0
    x += n * XS_N;
    const int deep = 1;
#endif
    y += n * YS_N + c * YS_C;
    VEC strip[STRIP];
    UNROLL for (int p = 0; p < STRIP; ++p)
        strip[p] = NOTHING;
    for (int oh = first; oh < last; ++oh) {
        const int ih = oh * SH - PT;
        const int begin = first_inside(ih, DH), end = places_below(ih, IH, KH, DH);
        __global const X_NUMBER* rows = x + ih * XS_H;
#if !VOLUME
        if (begin == 0 && end == KH) {
            for (int p = left; p < right; ++p) {
                VEC v = LOAD_X(rows, p * VW);
                UNROLL for (int kh = 1; kh < KH; ++kh) {
                    const VEC value = LOAD_X(rows, kh * DH * XS_H + p * VW);
                    TAKE(v, value);
                }
                strip[p] = v;
            }
        } else
#endif
            for (int p = left; p < right; ++p) {
                VEC v = NOTHING;
                EACH_SLICE(n)
                for (int kh = begin; kh < end; ++kh) {
                    const VEC value = LOAD_X(rows, SLICE + kh * DH * XS_H + p * VW);
                    TAKE(v, value);
                }
                strip[p] = v;
            }
#if !MAXIMUM && !HAS_DIVISOR
#if PADDING
        const int high = places_below(ih, IH + PAD_BOTTOM, KH, DH);
#else
        const int high = max(end - begin, 0);
#endif
#endif
        UNROLL for (int p = 0; p < TW; ++p) {
            VEC v = strip[p * SW];
            UNROLL for (int kw = 1; kw < KW; ++kw)
                TAKE(v, strip[p * SW + kw * DW]);
#if !MAXIMUM
#if HAS_DIVISOR
            v /= as_float(DIVISOR);
#else
            const int at = iw + p * SW;
#if PADDING
            const int wide = places_below(at, IW + PAD_RIGHT, KW, DW);
#else
            const int wide = max(places_below(at, IW, KW, DW) - first_inside(at, DW), 0);
#endif
            v *= 1.0f / (float)(deep * high * wide);
#endif
#endif
            EPILOGUE(v, n, c, oh, (ow + p))
#ifdef TAIL
            v = KEEP(v, TAIL - c * VW);
#endif
            STOREV(y, oh * YS_H + (ow + p) * VW, v);
        }
    }
}
)CLC"sv;

inline constexpr text_names pool_blocked_names{
    "places_below first_inside", "STRIP UNROLL TAKE NOTHING SLICE"};

inline constexpr std::string_view pool_blocked_reach = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
REQUIRE(TW >= 1 && TH >= 1 && OW >= TW && CB >= 1 && DH >= 1 && DW >= 1 && SW >= 1 && SH >= 1);
const int ow = min((int)get_global_id(0) * TW, OW - TW);
const int n = get_global_id(2) / CB, c = get_global_id(2) % CB;
const int first = get_global_id(1) * TH;
const int iw = ow * SW - PL, ih = first * SH - PT;
ARRAY(strip, STRIP);
EACH(p, 0, TW) EACH(kw, 0, KW) READ(strip, p * SW + kw * DW, 1);
READ(strip, (TW - 1) * SW, 1);
EACH_SLICE(n) EACH(row, 0, IH) EACH(column, 0, IW)
    LOADV(x, SLICE_AT(n, XS_N) + c * XS_C + row * XS_H + column * VW);
EACH(oh, 0, OH) EACH(p, 0, TW) {
    float v = 0;
    APART(c) { EPILOGUE(v, n, c, oh, (ow + p)) }
    STOREV(y, n * YS_N + c * YS_C + oh * YS_H + (ow + p) * VW, v);
}
)CLC"sv;

inline constexpr kernel_text pool_blocked_kernel{"pool_blocked",
    {optional_arguments, byte_input_arguments, pool_blocked_arguments, depth_text, byte_input_text,
        pool_blocked_text},
    {optional_arguments, byte_input_arguments, pool_blocked_arguments, depth_reach,
        pool_blocked_reach},
    {&prelude_names, &optional_arguments_names, &depth_names, &byte_input_names,
        &pool_blocked_names}};

}  // namespace lamina::kernels
