// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution over blocks of VW channels (NCHWc), a tile of TH x TW pixels per work-item;
// also convolutions in groups of G channels, as many out as in, where G divides a block.
#pragma once
#include <lamina/kernels/byte_input.cl.hpp>
#include <lamina/kernels/depth.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/quads.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view depthwise_blocked_arguments = R"CLC(
#if X_BYTES
#define ARGS \
    X_ARG, CHARS(w), VECTOR(factor), VECTOR(zero) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
#else
#define ARGS X_ARG, WEIGHTS(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
#endif
)CLC"sv;

// One work-item computes TH rows of TW neighbouring pixels in one block of channels:
//   y[n][c][oh][ow][l] = b[c][l] + sum over kh, kw of
//       x[n][c][oh SH - PT + kh DH][ow SW - PL + kw DW][l] * w[c][kh][kw][l]
// In groups, lane l takes lanes l / G * G + g, g < G, with w[c][kh][kw][g][l].
// What it reads is first copied into L1 as floats, zeros outside the image: each input is loaded
// (and converted, where storage is half, and spread G ways) once a tile, and the taps need no tests.
// VOLUME 1: see depth.cl.hpp; the sum runs over the KD slices too, whose patches lie behind each other,
// zeros for those outside.
// X_BYTES 1, of int8 plans: x is u8, from which `zero` is taken, and w s8; their sums, of whole numbers below 2^24,
// are exact in floats, and `factor` makes values of them. With DOTS the copy has the numbers of four rows below each
// other in each lane, zero points outside, and an instruction adds four taps of a column; DH, G and KD are 1.
// UNIT pixels are in registers at a time; TW is a multiple of it and at most OW.
// Launch   global (OW / TW, OH / TH, N CB), work-groups of one.
inline constexpr std::string_view depthwise_blocked_text = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#define REACH ((KH - 1) * DH + 1)
#define PATCH (((TH - 1) * SH + REACH) * STRIP * G)
#if KD * KH * KW * G <= 25
#define UNROLL_ROWS _Pragma("unroll")
#else
#define UNROLL_ROWS
#endif
#if X_BYTES
typedef GLUE(char, VW) byte_taps __attribute__((aligned(1)));
#define LOAD_TAP(p, i) GLUE(convert_float, VW)(*(__global const byte_taps*)((p) + (i)))
#define LOAD_VALUE(p, i) (LOAD_X(p, i) - zero[0])
#if DOTS
#define SUM_OF SUMS_AS_FLOATS
#define COLUMNS ((KH + 3) / 4 * KW) /* of up to four taps */
inline quad_sums add_column(quad_sums sum, quad_lanes x, quad_lanes w) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
    return sum;
}
#else
#define SUM_OF(s) (s)
#endif
#else
#define LOAD_TAP LOADV
#define LOAD_VALUE LOADV
#endif
#if G == 1
#define SPREAD(to, v) *(to) = (v)
#define NOTHING(to) *(to) = (VEC)(0.0f)
#else
#define SPREAD(to, v)                                          \
    {                                                          \
        const VEC all = (v);                                   \
        _Pragma("unroll") for (int g = 0; g < G; ++g)          \
            (to)[g] = shuffle(all, GLUE(as_uint, VW)(LANES / G * G + g)); \
    }
#define NOTHING(to) _Pragma("unroll") for (int g = 0; g < G; ++g) (to)[g] = (VEC)(0.0f)
#endif
GROUP_OF(1) KERNEL(depthwise_blocked) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
#if X_BYTES
    OPEN(factor);
    OPEN(zero);
#endif
#if BIAS
    OPEN(b);
    const VEC start = LOADF(b, get_global_id(2) % CB * VW);
#else
    const VEC start = (VEC)(0.0f);
#endif
    EPILOGUE_OPEN
    /* the last tile of a row moves back over the one before it rather than beyond the row */
    const int ow = min((int)get_global_id(0) * TW, OW - TW), oh = get_global_id(1) * TH;
    const int n = get_global_id(2) / CB, c = get_global_id(2) % CB;
    const int rows = min(TH, OH - oh);
    const int ih = oh * SH - PT, iw = ow * SW - PL;
    const int left = clamp(-iw, 0, STRIP), right = clamp(IW - iw, left, STRIP);
    x += c * XS_C;
    y += n * YS_N + c * YS_C;
    w += c * (KD * KH * KW * G * VW);

#if DOTS
    const quad_lanes outside = (quad_lanes)((int)zero[0]);
    quad_lanes columns[COLUMNS];
    quad_sums begin = (quad_sums)(0); /* minus what zero points add */
    UNROLL_ROWS
    for (int column = 0; column < COLUMNS; ++column) {
        columns[column] = (quad_lanes)(0);
        for (int i = 0; i < 4; ++i) {
            const int kh = column / KW * 4 + i;
            if (kh < KH)
                columns[column] |= GLUE(convert_int, VW)(
                    LOAD_BYTES((__global const uchar*)w, (kh * KW + column % KW) * VW)) << 8 * i;
        }
        begin = add_column(begin, outside * 0x01010101, columns[column]);
    }
    begin = -begin;
    quad_lanes patch[PATCH + STRIP];
    const int tall = (rows - 1) * SH + REACH;
    for (int p = 0; p < STRIP; ++p)
        patch[tall * STRIP + p] = (quad_lanes)(0);
    for (int r = tall - 1; r >= 0; --r) {
        quad_lanes* to = patch + r * STRIP;
        int p = 0;
        if (ih + r >= 0 && ih + r < IH) {
            __global const uchar* row = x + n * XS_N + (ih + r) * XS_H + iw * VW;
            for (; p < left; ++p)
                to[p] = to[p + STRIP] << 8 | outside;
            for (; p < right; ++p)
                to[p] = to[p + STRIP] << 8 | GLUE(convert_int, VW)(LOAD_BYTES(row, p * VW));
        }
        for (; p < STRIP; ++p)
            to[p] = to[p + STRIP] << 8 | outside;
    }
#else
    VEC patch[KD * PATCH];
    for (int kd = 0; kd < KD; ++kd)
    for (int r = 0; r < (rows - 1) * SH + REACH; ++r) {
        VEC* to = patch + kd * PATCH + r * (STRIP * G);
        int p = 0;
#if VOLUME
        const int is_inside = kd >= FIRST_SLICE(n) && kd < LAST_SLICE(n);
#else
        const int is_inside = 1;
#endif
        if (is_inside && ih + r >= 0 && ih + r < IH) {
            __global const X_NUMBER* row = x + SLICE_AT(n, XS_N) + (ih + r) * XS_H + iw * VW;
            for (; p < left; ++p)
                NOTHING(to + p * G);
            for (; p < right; ++p)
                SPREAD(to + p * G, LOAD_VALUE(row, p * VW));
        }
        for (; p < STRIP; ++p)
            NOTHING(to + p * G);
    }
#endif

    for (int r = 0; r < rows; ++r) {
        #pragma unroll 1
        for (int at = 0; at < TW; at += UNIT) {
#if DOTS
            const quad_lanes* line = patch + r * (SH * STRIP) + at * SW;
            quad_sums acc[UNIT];
            #pragma unroll
            for (int p = 0; p < UNIT; ++p)
                acc[p] = begin;
            UNROLL_ROWS
            for (int column = 0; column < COLUMNS; ++column)
                #pragma unroll
                for (int p = 0; p < UNIT; ++p)
                    acc[p] = add_column(acc[p],
                        line[column / KW * 4 * STRIP + column % KW * DW + p * SW], columns[column]);
#else
            const VEC* line = patch + (r * (SH * STRIP) + at * SW) * G;
            VEC acc[UNIT];
            #pragma unroll
            for (int p = 0; p < UNIT; ++p)
                acc[p] = X_BYTES ? (VEC)(0.0f) : start;
            for (int kd = 0; kd < KD; ++kd)
            UNROLL_ROWS
            for (int kh = 0; kh < KH; ++kh)
                #pragma unroll
                for (int tap = 0; tap < KW * G; ++tap) {
                    const VEC wv = LOAD_TAP(w, ((kd * KH + kh) * KW * G + tap) * VW);
                    const VEC* from = line + kd * PATCH + (kh * (DH * STRIP) + tap / G * DW) * G
                        + tap % G;
                    #pragma unroll
                    for (int p = 0; p < UNIT; ++p)
                        acc[p] = fma(from[p * (SW * G)], wv, acc[p]);
                }
#endif
            #pragma unroll
            for (int p = 0; p < UNIT; ++p) {
#if X_BYTES
                VEC v = fma(SUM_OF(acc[p]), LOADF(factor, c * VW), start);
#else
                VEC v = acc[p];
#endif
                EPILOGUE(v, n, c, (oh + r), (ow + at + p))
#ifdef TAIL
                v = KEEP(v, TAIL - c * VW);
#endif
                STOREV(y, (oh + r) * YS_H + (ow + at + p) * VW, v);
            }
        }
    }
}
)CLC"sv;

inline constexpr text_names depthwise_blocked_names{"byte_taps add_column",
    "STRIP REACH PATCH UNROLL_ROWS SPREAD NOTHING LOAD_TAP LOAD_VALUE SUM_OF COLUMNS"};

inline constexpr std::string_view depthwise_blocked_reach = R"CLC(
#define STRIP ((TW - 1) * SW + (KW - 1) * DW + 1)
#define TALL ((KH - 1) * DH + 1)
REQUIRE(TW >= 1 && TH >= 1 && UNIT >= 1 && TW % UNIT == 0 && OW >= TW && G >= 1 && CB >= 1);
REQUIRE(SH >= 1 && SW >= 1 && DH >= 1 && DW >= 1);
const int ow = min((int)get_global_id(0) * TW, OW - TW), oh = get_global_id(1) * TH;
const int n = get_global_id(2) / CB, c = get_global_id(2) % CB;
const int ih = oh * SH - PT, iw = ow * SW - PL;
#if X_BYTES
LOADF(factor, c * VW);
READ(zero, 0, 1);
#endif
#if BIAS
LOADF(b, c * VW);
#endif
EACH(tap, 0, KD * KH * KW * G) LOADV(w, c * (KD * KH * KW * G * VW) + tap * VW);
EACH_SLICE(n) EACH(row, 0, IH) EACH(column, 0, IW)
    LOADV(x, SLICE_AT(n, XS_N) + c * XS_C + row * XS_H + column * VW);
#define PATCH (((TH - 1) * SH + TALL) * STRIP * G)
ARRAY(patch, KD * PATCH);
EACH(tap, 0, KD) EACH(r, 0, TH) EACH(kh, 0, KH) EACH(p, 0, TW) EACH(kw, 0, KW) EACH(g, 0, G)
    READ(patch, tap * PATCH + (r * SH + kh * DH) * STRIP * G + (p * SW + kw * DW) * G + g, 1);
EACH(row, 0, OH) EACH(p, 0, TW) {
    float v = 0;
    APART(c) { EPILOGUE(v, n, c, row, (ow + p)) }
    STOREV(y, n * YS_N + c * YS_C + row * YS_H + (ow + p) * VW, v);
}
)CLC"sv;

inline constexpr kernel_text depthwise_blocked_kernel{"depthwise_blocked",
    {optional_arguments, byte_input_arguments, depthwise_blocked_arguments, quads_options,
        byte_input_text, depth_text, quads_text, depthwise_blocked_text},
    {optional_arguments, byte_input_arguments, depthwise_blocked_arguments, depth_reach,
        depthwise_blocked_reach},
    {&prelude_names, &optional_arguments_names, &byte_input_names, &depth_names, &quads_names,
        &depthwise_blocked_names}};

}  // namespace lamina::kernels
