// SPDX-License-Identifier: Apache-2.0
// Products of numbers of 8 bits on the gpu class, int8 plans: convolutions of channels-last images and linear
// layers, u8 by s8 with sums in int32, by the main loops of tile.cl.hpp and mma_tile.cl.hpp.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/mma_tile.cl.hpp>
#include <lamina/kernels/rows_of_pixels.cl.hpp>
#include <lamina/kernels/tile.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view quads_tiled_arguments = R"CLC(
#define OF_BYTES 1
#define CHUNKS ((CI + 15) / 16)
#define TAPS (KH * KW)
#ifdef MMA
#define DEPTH (TAPS * CHUNKS * 16)
#else
#define DEPTH (TAPS * CHUNKS * 4)
#endif
#define COLUMNS OG
#if PADDED
#define ZERO_ARG , VECTOR(zero)
#define ZERO_OPEN OPEN(zero);
#define OUTSIDE ((uint4)((uint)zero[0] * 0x01010101u))
#else
#define ZERO_ARG
#define ZERO_OPEN
#define OUTSIDE ((uint4)(0))
#endif
#define ARGS BYTES(x), CHARS(w), VECTOR(factor), VECTOR(shift) ZERO_ARG, OUT(y) SPLIT_ARGS EPILOGUE_ARGS
)CLC"sv;

// Rows are output pixels (of a linear layer its rows, images of one pixel), columns output channels:
//   y[row][o] = factor[o] * sum over kh, kw, i of x[n][oh SH - PT + kh DH][ow SW - PL + kw DW][i]
//       * w[kh][kw][i][o]  + shift[o]
// and goes on in floats with the epilogue, whose last functions make u8 of it (OUT_QUANTIZED 2) or none do. The
// depth is counted in chunks of 16 input channels of a tap; what a tap's last chunk has beyond CI meets weights of
// 0. shift has the zero point of x, for all taps, so that a tap outside of the image is that zero point.
// Numbers  ROWS, IH IW CI, OH OW OG, KH KW, SH SW, DH DW, PT PL
//          X_N X_C X_H X_W, Y_N Y_C Y_H Y_W   strides in elements
// Defines  ALIGNED_X    16: CI is a multiple and all pixels of x are so aligned; 4: the same of 4; else 1
//          PADDED 0     no tap of the window is ever outside of the image
//          OUTPUTS_BY_NUMBER 1   as in conv2d_tiled.cl.hpp
//          ROWS_ALONE 1    a linear layer: the epilogue's coordinates are (row, column)
//          A_WAY 0, B_WAY 0; A_COPIES 0 where ALIGNED_X is 16, else 2; B_COPIES 0; SPLITS: see mma_tile.cl.hpp
// Weights  [kh][kw][i / 16][o][16], padded by zeros. VW divides OG.
// The main loop of tile.cl.hpp takes words of four bytes along the depth for its numbers. Tactics with DOTS 1 need
// the ability dp4a. The catalogue joins this text with those of tile.cl.hpp and mma_tile.cl.hpp.
inline constexpr std::string_view quads_tiled_head = R"CLC(
#define FAMILY quads_tiled
#ifndef DOTS
#define DOTS 0
#endif

/* sum + four products of the bytes of x by those of w, which have a sign */
inline int add_quad(uint x, uint w, int sum) {
#if DOTS && defined(__NV_CL_C_VERSION)
    __asm__("dp4a.u32.s32 %0, %1, %2, %0;" : "+r"(sum) : "r"(x), "r"(w));
    return sum;
#elif DOTS && defined(__opencl_c_integer_dot_product_input_4x8bit_packed)
    return sum + dot_4x8packed_us_int(x, w);
#else
    const uchar4 from_x = as_uchar4(x);
    const char4 from_w = as_char4(w);
    return sum + from_x.x * from_w.x + from_x.y * from_w.y + from_x.z * from_w.z
        + from_x.w * from_w.w;
#endif
}
#define MULTIPLY_ADD(x, w, sum) add_quad(x, w, sum)

#define SETUP OPEN(x); OPEN(w); OPEN(factor); OPEN(shift); ZERO_OPEN OPEN(y); SPLIT_OPEN EPILOGUE_OPEN \
    const uint4 outside = OUTSIDE;

/* a row's first input pixel: its address, and where it is in the image */
#define A_STATE int start[LA], top[LA], left[LA];
#define A_PREPARE(i, t) { \
    const uint row = min((uint)(t), ROWS - 1u); \
    top[i] = (int)(SOURCE_LINE_OF(row) * SH) - PT; \
    left[i] = (int)(SOURCE_PLACE_OF(row) * SW) - PL; \
    start[i] = (int)(SOURCE_OF(row) * X_N) + top[i] * X_H + left[i] * X_W; \
}
#if PADDED
#define IS_INSIDE(h, w, height, width) ((uint)(h) < (uint)(height) && (uint)(w) < (uint)(width))
#else
#define IS_INSIDE(h, w, height, width) true
#endif
/* what functions take of the kernel's numbers: extents, and strides of lines, pixels and channels */
#define IMAGE_SIZES IH, IW, X_H, X_W, X_C
#define ROW_OF_TAP(tap) ((int)((tap) / KW) * DH)
#define COLUMN_OF_TAP(tap) ((int)((tap) % KW) * DW)

/* 16 channels of a tap */
inline uint4 chunk_of(__global const uchar* x, int start, int top, int left, uint chunk,
    uint4 outside, const int height, const int width, const int x_h, const int x_w, const int x_c) {
    const uint tap = chunk / CHUNKS;
    const int c = chunk % CHUNKS * 16, down = ROW_OF_TAP(tap), along = COLUMN_OF_TAP(tap);
    if (tap >= TAPS || !IS_INSIDE(top + down, left + along, height, width))
        return outside;
    __global const uchar* const from = x + start + down * x_h + along * x_w + c * x_c;
#if ALIGNED_X == 16
    return *(__global const uint4*)from;
#else
    uint words[4] = {0, 0, 0, 0};
#if ALIGNED_X == 4
    for (int q = 0; q < 4; ++q)
        if (c + q * 4 < CI)
            words[q] = ((__global const uint*)from)[q];
#else
    for (int q = 0; q < 16; ++q)
        if (c + q < CI)
            words[q / 4] |= (uint)from[q * x_c] << (q % 4 * 8);
#endif
    return (uint4)(words[0], words[1], words[2], words[3]);
#endif
}
#define WEIGHTS_OF(t, chunk) (w + ((chunk) * OG + (t)) * 16)

#ifdef MMA
#define IN_DEPTH(k) (DEPTH % BK == 0 || (k) < DEPTH)
#define A_DEPTH(k) \
    const uint tap = (k) / (CHUNKS * 16); \
    const int down = ROW_OF_TAP(tap), along = COLUMN_OF_TAP(tap); \
    const int far = down * X_H + along * X_W + (int)((k) % (CHUNKS * 16));
#define A_WHERE(i, t) (x + start[i] + far)
#define A_INSIDE(i, t, k) (IN_DEPTH(k) && IS_INSIDE(top[i] + down, left[i] + along, IH, IW))
#define A_OUTSIDE outside
#define A_CHUNK(i, t, k) chunk_of(x, start[i], top[i], left[i], (k) / 16, outside, IMAGE_SIZES)
#define B_WHERE(t, k) WEIGHTS_OF(t, (k) / 16)
#define B_INSIDE(t, k) (IN_DEPTH(k) && (OG % BN == 0 || (t) < OG))
#define B_ONE(t, k) 0.0f
#define WEIGHTS_AT w
#define WEIGHT_COUNT (DEPTH * OG)
#else
#define A_FETCH(i, t, k) chunk_of(x, start[i], top[i], left[i], (k) / 4, outside, IMAGE_SIZES)
#define B_FETCH(t, k) \
    ((k) < DEPTH && (OG % BN == 0 || (t) < OG) \
            ? *(__global const uint4*)WEIGHTS_OF(t, (k) / 4) : (uint4)(0))
#endif

#if ROWS_ALONE
#define FINISH_OF(v, row, channel) EPILOGUE(v, row, channel)
#else
#define FINISH_OF(v, row, channel) \
    EPILOGUE(v, IMAGE_OF(row), channel, LINE_OF(row), PLACE_OF(row))
#endif
#define Y_AT(row, channel) \
    (IMAGE_OF(row) * Y_N + (channel) * Y_C + LINE_OF(row) * Y_H + PLACE_OF(row) * Y_W)
#define VALUE_OF(v, r, q, channel) \
    const VEC sums = TAKE(r, q); \
    VEC v = fma(sums, LOADF(factor, channel), LOADF(shift, channel));
#ifdef MMA
#define FINISH_VALUES(row_, column, r, out) { \
    const uint row = min((uint)(row_), ROWS - 1u); \
    UNROLL for (int q = 0; q < 4; q += VW) { \
        const uint channel = min((column) + q, (uint)(OG - VW)); \
        VALUE_OF(v, r, q, channel) \
        FINISH_OF(v, row, channel) \
        (out)[q / VW] = v; \
    } \
}
#define FINISH_STORES(row_, column, out) { \
    const uint row = (row_); \
    UNROLL for (int q = 0; q < 4; q += VW) { \
        const uint channel = (column) + q; \
        if (row < ROWS && channel < OG) \
            STOREV(y, Y_AT(row, channel), (out)[q / VW]); \
    } \
}
#else
#define FINISH(row_, column, r) { \
    const uint row = (row_); \
    if (row < ROWS) { \
        _Pragma("unroll") for (int q = 0; q < 4; q += VW) { \
            const uint channel = (column) + q; \
            if (channel < OG) { \
                VALUE_OF(v, r, q, channel) \
                FINISH_OF(v, row, channel) \
                STOREV(y, Y_AT(row, channel), v); \
            } \
        } \
    } \
}
#endif
)CLC"sv;

// Without PADDED no tap is tested, so the numbers must show that each is inside.
inline constexpr std::string_view quads_tiled_reach = R"CLC(
REQUIRE(OH >= 1 && OW >= 1 && CI >= 1 && KH >= 1 && KW >= 1 && get_num_groups(2) == 1);
#if OUTPUTS_BY_NUMBER
REQUIRE(Y_N == 0 && Y_H == 0);
#endif
REQUIRE(A_WAY == 0 && B_WAY == 0 && B_WAY_HERE == 0 && A_WAY_HERE != 1);
#if PADDED
READ(zero, 0, 1);
#else
REQUIRE(PT == 0 && PL == 0 && SH >= 0 && SW >= 0 && (DH >= 0 || KH == 1) && (DW >= 0 || KW == 1));
REQUIRE((OH - 1) * SH + (KH - 1) * DH < IH && (OW - 1) * SW + (KW - 1) * DW < IW);
#endif
#ifdef MMA
REQUIRE(A_COPIES == 2 || ALIGNED_X == 16);
#endif
EACH(n, 0, (ROWS - 1) / (OW * OH) + 1) {
    EACH(h, 0, IH) EACH(column, 0, IW)
#if ALIGNED_X == 16 || ALIGNED_X == 4
        { REQUIRE(CI % ALIGNED_X == 0 && X_C == 1); READ(x, n * X_N + h * X_H + column * X_W, CI); }
#else
        EACH(c, 0, CI) READ(x, n * X_N + h * X_H + column * X_W + c * X_C, 1);
#endif
    EACH(vector, 0, (OG + VW - 1) / VW) {
        const uint channel = vector * VW;
        LOADF(factor, channel);
        LOADF(shift, channel);
        EACH(h, 0, OH) EACH(column, 0, OW) {
#if OUTPUTS_BY_NUMBER
            const uint image = 0, oh = 0, ow = (n * OH + h) * OW + column;
#else
            const uint image = n, oh = h, ow = column;
#endif
            float v = 0;
#if ROWS_ALONE
            EPILOGUE(v, image, channel)
#else
            EPILOGUE(v, image, channel, oh, ow)
#endif
            STOREV(y, image * Y_N + channel * Y_C + oh * Y_H + ow * Y_W, v);
        }
    }
}
READ(w, 0, TAPS * CHUNKS * 16 * OG);
)CLC"sv;

inline constexpr kernel_text quads_tiled_kernel{"quads_tiled",
    {optional_arguments, quads_tiled_arguments, vec4_text, mma_text, rows_of_pixels_text,
        quads_tiled_head, tile_text, mma_tile_text},
    {optional_arguments, quads_tiled_arguments, tiles_reach, quads_tiled_reach}};

}  // namespace lamina::kernels
