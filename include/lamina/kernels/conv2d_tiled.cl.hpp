// SPDX-License-Identifier: Apache-2.0
// Convolution of channels-last images as one matrix product: rows are output pixels, columns output
// channels, the depth runs over window and input channels. Groups are the third launch dimension.
// Transposed convolutions are one convolution for each residue of an output pixel by the stride.
#pragma once
#include <lamina/kernels/gemm.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/mma_tile.cl.hpp>
#include <lamina/kernels/rows_of_pixels.cl.hpp>
#include <lamina/kernels/tile.cl.hpp>
#include <lamina/kernels/wgmma.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view conv2d_tiled_arguments = R"CLC(
#define COLUMNS OG
#ifndef KD
#define KD 1
#endif
#define DEPTH (KD * KH * KW * CI)
#if JOINED
#define JOINED_ARG(x) , IN(x)
#define JOINED_OPEN(x) OPEN(x);
#else
#define JOINED_ARG(x)
#define JOINED_OPEN(x)
#endif
#define ARGS PICTURE(x) JOINED_ARG(z), WEIGHTS(w) BIAS_ARG(b), OUT(y) SPLIT_ARGS EPILOGUE_ARGS GEMM_ARGS
)CLC"sv;

// Numbers  IH IW CI (of a group), KH KW, SH SW, DH DW, PT PL; OH OW OG (channels of a group); ROWS
//          X_N X_C X_H X_W, Y_N Y_C Y_H Y_W   strides in elements
// Defines  A_WAY        0 four channels at once, 2 one by one (any strides, any number of channels)
//          B_WAY        1, or 0: weights are [output channel][kh][kw][input channel], if SLICED is 1
//                       [kh][kw][input channel / 16][output channel][16]
//          ROW_TAPS 1    x is float, its columns lie side by side, the taps of a row too and by fours, none
//                       of them outside, other strides are multiples of 4, one group: weights are
//                       [input channel][kh][kw][output channel]
//          IN_FLOAT 1   x is float whatever the storage is: a caller's picture
//          ALIGNED_X    see tile.cl.hpp
//          PADDED 0     no tap of the window is ever outside the image
//          SIZES_VARY 1 ROWS, extents and strides of images may be arguments, that tiles need not divide
//          PIXELS_BY_NUMBER 1   row p is made of pixel p of the input alone, both count over all images of the
//                       batch: IH and OH are 1, IW and OW are ROWS
//          OUTPUTS_BY_NUMBER 1  the same of output and epilogue alone, whose strides are Y_N 0, Y_H 0 and Y_W from a
//                       pixel to the next of all: no row is divided by extents that the compiler does not know
//          UP_H, UP_W   1; in a transposed convolution its strides: the third launch dimension is the
//                       residue, OH and OW count pixels of one residue, the taps step by DH DW = -1,
//                       pixel (h, w) is at h * UP_H + residue - CUT_H, if that is below END_H
//          POOLED 1     a pool of 2x2 follows: four rows are the pixels of a window, of which the greatest is stored;
//                       OH and OW are those of the convolution that windows cover, so both are even
//          JOINED 1     the first X_CHANNELS channels are those of x, the others those of z, strides Z_N Z_C Z_H Z_W;
//                       vectors of a tile's depth are never from both: 16 divides both counts. Not beside UP, groups,
//                       VOLUME, GEMM, PIXELS_BY_NUMBER, ROW_TAPS, IN_FLOAT
//          VOLUME 1     as in depth.cl.hpp, slices X_N and volumes X_V apart; taps are [kd][kh][kw]
//          BIAS 0|1
//          A_COPIES, B_COPIES, SPLITS   see mma_tile.cl.hpp
// Weights  [group][kh][kw][input channel][output channel], ROW_OF_WEIGHTS apart; see B_WAY
// VW divides OG. Tile as tile.cl.hpp says.
// The catalogue joins this text with those of tile.cl.hpp and mma_tile.cl.hpp.
inline constexpr std::string_view conv2d_tiled_head = R"CLC(
#define FAMILY conv2d_tiled

#if IN_FLOAT
typedef float pixel;
#define pixel_at(p) (*(p))
#define pixel4_at float4_at
#define aligned_pixel4_at aligned_float4_at
#else
typedef real pixel;
#define pixel_at(p) LOAD1(p, 0)
#define pixel4_at real4_at
#define aligned_pixel4_at aligned_real4_at
#endif

#define SETUP OPEN(x); JOINED_OPEN(z) OPEN(w); OPEN(y); BIAS_OPEN(b) SPLIT_OPEN EPILOGUE_OPEN \
    const uint group = get_group_id(2); \
    if (UP_H * UP_W == 1) \
        x += group * CI * X_C; \
    w += group * (DEPTH * ROW_OF_WEIGHTS);

#if POOLED
#define MEMBERS 4
/* nothing is above a NaN */
#define TAKE_GREATEST(into, v) into = select((into), (v), ((v) > (into)) | ((v) != (v)));
#define STORED(place) ((place) / 2)
#else
#define STORED(place) (place)
#endif
/* known where sizes are constants that tiles divide */
#if PIXELS_BY_NUMBER
#define IN_DEPTH(k) ((k) < DEPTH)
#define IN_COLUMNS(t) ((t) < OG)
#else
#define IN_DEPTH(k) (DEPTH % BK == 0 || (k) < DEPTH)
#define IN_COLUMNS(t) (OG % BN == 0 || (t) < OG)
#endif
#if SIZES_VARY
#define IN_ROWS(t) ((t) < ROWS)
#else
#define IN_ROWS(t) (ROWS % BM == 0 || (t) < ROWS)
#endif
#if SLICED
#define WEIGHT_AT(column, k) (((k) / 16 * OG + (column)) * 16 + (k) % 16)
#elif B_WAY == 0
#define WEIGHT_AT(column, k) ((column) * ROW_OF_WEIGHTS + (k))
#else
#define WEIGHT_AT(column, k) ((k) * ROW_OF_WEIGHTS + (column))
#endif

#if PIXELS_BY_NUMBER
#define A_STATE int start[LA];
#define A_PREPARE(i, t) start[i] = (int)(min((uint)(t), ROWS - 1u) * X_W);
#define A_ONE(i, t, k) ((k) < DEPTH ? pixel_at(x + start[i] + (int)(k) * X_C) : 0.0f)
#ifndef MMA
#if A_WAY == 2
#define A_FETCH(i, t, k) \
    (float4)(A_ONE(i, t, k), A_ONE(i, t, (k) + 1), A_ONE(i, t, (k) + 2), A_ONE(i, t, (k) + 3))
#else
#define A_FETCH(i, t, k) \
    ((k) >= DEPTH ? (float4)(0.0f) : ALIGNED_X ? aligned_pixel4_at(x + start[i] + (k)) \
                                               : pixel4_at(x + start[i] + (k)))
#endif
#else
#define A_DEPTH(k) const int far = (int)(k);
#define A_WHERE(i, t) (x + start[i] + far)
#define A_INSIDE(i, t, k) (IN_DEPTH(k) && IN_ROWS(t))
#endif
#else
/* a row's first input pixel: its address, and where it is in the image */
#if VOLUME
#define A_STATE int start[LA], front[LA], top[LA], left[LA];
#define A_IMAGE(i, image) front[i] = (int)((image) % OD * SD) - PF; \
    start[i] = (int)((image) / OD * X_V) + front[i] * X_N;
#define FRONT(i) front[i]
#define TAP_SLICE(k) ((int)((k) / (CI * KW * KH)) * DD)
#define TAP_ROW(k) ((int)((k) / (CI * KW) % KH) * DH)
#if PADDED
#define IS_SLICE(d) ((uint)(d) < (uint)ID)
#else
#define IS_SLICE(d) true
#endif
#else
#if JOINED
/* `start_z` is where z's channel 0 would lie behind x's channels, as k counts the channels of both */
#define A_STATE int start[LA], start_z[LA], top[LA], left[LA];
#define A_IMAGE(i, image) start[i] = (int)((image) * X_N); \
    start_z[i] = (int)((image) * Z_N) + top[i] * Z_H + left[i] * Z_W - X_CHANNELS * Z_C;
#else
#define A_STATE int start[LA], top[LA], left[LA];
#define A_IMAGE(i, image) start[i] = (int)((image) * X_N);
#endif
#define FRONT(i) 0
#define TAP_SLICE(k) 0
#define TAP_ROW(k) ((int)((k) / (CI * KW)) * DH)
#define IS_SLICE(d) true
#endif
#define A_PREPARE(i, t) { \
    const uint row = min((uint)(t), ROWS - 1u); \
    top[i] = (int)(SOURCE_LINE_OF(row) * SH) - PT; \
    left[i] = (int)(SOURCE_PLACE_OF(row) * SW) - PL; \
    A_IMAGE(i, SOURCE_OF(row)) \
    start[i] += top[i] * X_H + left[i] * X_W; \
}
#if PADDED
#define IS_INSIDE(h, w) ((uint)(h) < (uint)IH && (uint)(w) < (uint)IW)
#else
#define IS_INSIDE(h, w) true
#endif
/* what the element at depth k is read from: address, the row's first pixel, strides */
#if JOINED
#define IS_X(k) ((k) % CI < X_CHANNELS)
#define IMAGE_AT_DEPTH(k) (IS_X(k) ? x : z)
#define START_AT_DEPTH(i, k) (IS_X(k) ? start[i] : start_z[i])
#define STRIDE_AT_DEPTH(k, axis) (IS_X(k) ? X_##axis : Z_##axis)
#else
#define IMAGE_AT_DEPTH(k) x
#define START_AT_DEPTH(i, k) start[i]
#define STRIDE_AT_DEPTH(k, axis) X_##axis
#endif
/* what functions take of the kernel's numbers: extents, and strides of images, slices, lines, columns and channels */
#define IMAGE_SIZES(k) IH, IW, STRIDE_AT_DEPTH(k, N), STRIDE_AT_DEPTH(k, H), STRIDE_AT_DEPTH(k, W), \
    STRIDE_AT_DEPTH(k, C)
#define IMAGE_SIZES_ARGS \
    const int height, const int width, const int x_n, const int x_h, const int x_w, const int x_c
#if PADDED
#define IS_IN_IMAGE(h, w) ((uint)(h) < (uint)height && (uint)(w) < (uint)width)
#else
#define IS_IN_IMAGE(h, w) true
#endif
#if ROW_TAPS
#define TAP(k) \
    const int kw = (k) % KW * DW, kh = (k) / KW % KH * DH, c = (k) / (KW * KH), kd = 0;
inline float4 four_columns(__global const float* x, int start, uint k, IMAGE_SIZES_ARGS) {
    TAP(k)
    if (k >= DEPTH)
        return (float4)(0.0f);
    __global const float* const from = x + start + kh * x_h + kw + c * x_c;
    return (size_t)from % 16 ? vload4(0, from) : *(__global const float4*)from;
}
#else
#define TAP(k) \
    const int c = (k) % CI, kw = (k) / CI % KW * DW, kh = TAP_ROW(k), kd = TAP_SLICE(k);
#endif
inline float one_tap(__global const pixel* x, int start, int front, int top, int left, uint k,
    IMAGE_SIZES_ARGS) {
    TAP(k)
    return k < DEPTH && IS_SLICE(front + kd) && IS_IN_IMAGE(top + kh, left + kw)
        ? pixel_at(x + start + kd * x_n + kh * x_h + kw * x_w + c * x_c) : 0.0f;
}
#ifndef MMA
inline float4 four_taps(__global const pixel* x, int start, int front, int top, int left, uint k,
    IMAGE_SIZES_ARGS) {
#define THESE_SIZES height, width, x_n, x_h, x_w, x_c
#if ROW_TAPS
    return four_columns(x, start, k, THESE_SIZES);
#elif A_WAY == 2
    return (float4)(one_tap(x, start, front, top, left, k, THESE_SIZES),
        one_tap(x, start, front, top, left, k + 1, THESE_SIZES),
        one_tap(x, start, front, top, left, k + 2, THESE_SIZES),
        one_tap(x, start, front, top, left, k + 3, THESE_SIZES));
#else
    TAP(k)
    if (!IN_DEPTH(k) || !IS_SLICE(front + kd) || !IS_IN_IMAGE(top + kh, left + kw))
        return (float4)(0.0f);
    __global const pixel* const from = x + start + kd * x_n + kh * x_h + kw * x_w + c;
    return ALIGNED_X ? aligned_pixel4_at(from) : pixel4_at(from);
#endif
}
#define A_FETCH(i, t, k) \
    four_taps(IMAGE_AT_DEPTH(k), START_AT_DEPTH(i, k), FRONT(i), top[i], left[i], k, IMAGE_SIZES(k))

#else
#define A_DEPTH(k) \
    const int ahead = TAP_SLICE(k), down = TAP_ROW(k), along = (k) / CI % KW * DW; \
    __global const pixel* const image = IMAGE_AT_DEPTH(k); \
    const int far = ahead * X_N + down * STRIDE_AT_DEPTH(k, H) + along * STRIDE_AT_DEPTH(k, W) + (k) % CI;
#define A_WHERE(i, t) (image + START_AT_DEPTH(i, k) + far)
#define A_INSIDE(i, t, k) \
    (IN_DEPTH(k) && IN_ROWS(t) && IS_SLICE(FRONT(i) + ahead) && IS_INSIDE(top[i] + down, left[i] + along))
#define A_ONE(i, t, k) \
    one_tap(IMAGE_AT_DEPTH(k), START_AT_DEPTH(i, k), FRONT(i), top[i], left[i], k, IMAGE_SIZES(k))
#if ROW_TAPS
inline uint4 chunk_of(float4 a, float4 b) {
#if NARROW
    return (uint4)(PAIR(a.x, a.y), PAIR(a.z, a.w), PAIR(b.x, b.y), PAIR(b.z, b.w));
#else
    return as_uint4(a);
#endif
}
#define A_CHUNK(i, t, k) \
    chunk_of(four_columns(x, start[i], k, IMAGE_SIZES(k)), \
        NARROW ? four_columns(x, start[i], (k) + 4, IMAGE_SIZES(k)) : (float4)(0.0f))
#endif
#endif
#endif /* PIXELS_BY_NUMBER */

#ifdef MMA
#define B_WHERE(t, k) (w + WEIGHT_AT(t, k))
#define WEIGHTS_AT w
#define WEIGHT_COUNT (SLICED ? DEPTH * OG : B_WAY == 0 ? OG * ROW_OF_WEIGHTS : DEPTH * ROW_OF_WEIGHTS)
#define B_INSIDE(t, k) (IN_DEPTH(k) && IN_COLUMNS(t))
#define B_ONE(t, k) 0.0f
#elif !GEMM
#define B_FETCH(t, k) \
    (IN_DEPTH(k) && IN_COLUMNS(t) ? aligned_real4_at(w + WEIGHT_AT(t, k)) : (float4)(0.0f))
#endif

#if BIAS
#define ADD_BIAS(v, c) v += LOADF(b, c);
#else
#define ADD_BIAS(v, c)
#endif
#if UP_H * UP_W == 1
#define PIXEL_OF(row) const uint oh = LINE_OF(row), ow = PLACE_OF(row);
#define IS_PIXEL true
#define FIRST_OF_GROUP (group * OG)
#else
#define PIXEL_OF(row) \
    const uint oh = LINE_OF(row) * UP_H + group / UP_W - CUT_H; \
    const uint ow = PLACE_OF(row) * UP_W + group % UP_W - CUT_W;
#define IS_PIXEL (oh < END_H && ow < END_W)
#define FIRST_OF_GROUP 0
#endif
#if defined(MMA) && UP_H * UP_W == 1
#if BIAS
#define BIAS_OF(column) LOADF(b, group * OG + min((column), (uint)(OG - VW)))
#endif
#define FINISH_VALUES(row_, column, r, out) { \
    const uint row = min((uint)(row_), ROWS - 1u), n = IMAGE_OF(row); \
    PIXEL_OF(row) \
    UNROLL for (int q = 0; q < 4; q += VW) { \
        const uint channel = group * OG + min((column) + q, (uint)(OG - VW)); \
        VEC v = TAKE(r, q); \
        ADD_HELD(v, q) \
        EPILOGUE(v, n, channel, oh, ow) \
        (out)[q / VW] = v; \
    } \
}
#define FINISH_STORES(row_, column, out) { \
    const uint row = (row_), n = IMAGE_OF(row); \
    PIXEL_OF(row) \
    UNROLL for (int q = 0; q < 4; q += VW) { \
        const uint channel = group * OG + (column) + q; \
        if (row < ROWS && (column) + q < OG) \
            STOREV(y, n * Y_N + channel * Y_C + STORED(oh) * Y_H + STORED(ow) * Y_W, \
                (out)[q / VW]); \
    } \
}
#else /* pixels of a residue may lie outside, where the epilogue reads nothing */
#define FINISH_VALUES(row, column, r, out) \
    UNROLL for (int q = 0; q < 4; q += VW) \
        (out)[q / VW] = TAKE(r, q);
#define LANES_OF(r, q) (r)[(q) / VW]
#define FINISH_STORES(row_, column, out) FINISH_LANES(row_, column, out, LANES_OF)
#if POOLED
#define FINISH(row_, column, MEMBER) { \
    const uint first = (row_), n = IMAGE_OF(first); \
    if (first < ROWS) { \
        _Pragma("unroll") for (int q = 0; q < 4; q += VW) { \
            const uint c = (column) + q; \
            if (c < OG) { \
                const uint channel = FIRST_OF_GROUP + c; \
                VEC best; \
                _Pragma("unroll") for (int member = 0; member < MEMBERS; ++member) { \
                    const uint row = first + member; \
                    PIXEL_OF(row) \
                    VEC v = TAKE(MEMBER(member), q); \
                    ADD_BIAS(v, channel) \
                    EPILOGUE(v, n, channel, oh, ow) \
                    if (member == 0) { \
                        best = v; \
                    } else { \
                        TAKE_GREATEST(best, v) \
                    } \
                } \
                STOREV(y, n * Y_N + channel * Y_C + STORED(LINE_OF(first)) * Y_H \
                        + STORED(PLACE_OF(first)) * Y_W, best); \
            } \
        } \
    } \
}
#else
#define FINISH(row_, column, r) FINISH_LANES(row_, column, r, TAKE)
#endif
#define FINISH_LANES(row_, column, r, LANES) { \
    const uint row = (row_), n = IMAGE_OF(row); \
    PIXEL_OF(row) \
    if (row < ROWS && IS_PIXEL) { \
        _Pragma("unroll") for (int q = 0; q < 4; q += VW) { \
            const uint c = (column) + q; \
            if (c < OG) { \
                const uint channel = FIRST_OF_GROUP + c; \
                VEC v = LANES(r, q); \
                ADD_BIAS(v, channel) \
                EPILOGUE(v, n, channel, oh, ow) \
                STOREV(y, n * Y_N + channel * Y_C + oh * Y_H + ow * Y_W, v); \
            } \
        } \
    } \
}
#endif
)CLC"sv;

// Without PADDED no tap is tested, so the numbers must show that each is inside. Of a transposed
// convolution (UP) the group is a residue; its taps step backwards, so they are always tested.
inline constexpr std::string_view conv2d_tiled_reach = R"CLC(
REQUIRE(OH >= 1 && OW >= 1 && CI >= 1 && KH >= 1 && KW >= 1 && UP_H >= 1 && UP_W >= 1);
REQUIRE(A_WAY_HERE != 1 && B_WAY_HERE == B_WAY && B_WAY <= 1 && ROW_OF_WEIGHTS >= 0);
#if !PADDED
REQUIRE(PT == 0 && PL == 0 && SH >= 0 && SW >= 0 && (DH >= 0 || KH == 1) && (DW >= 0 || KW == 1));
REQUIRE((OH - 1) * SH + (KH - 1) * DH < IH && (OW - 1) * SW + (KW - 1) * DW < IW);
#endif
#if PIXELS_BY_NUMBER
REQUIRE(IH == 1 && OH == 1 && KH * KW == 1 && SH * SW == 1 && IW >= ROWS && OW >= ROWS);
REQUIRE(!PADDED && !ROW_TAPS && UP_H * UP_W == 1 && get_num_groups(2) == 1);
#endif
#if OUTPUTS_BY_NUMBER
REQUIRE(UP_H * UP_W == 1 && Y_N == 0 && Y_H == 0);
#endif
#if POOLED
REQUIRE(UP_H * UP_W == 1 && OH % 2 == 0 && OW % 2 == 0 && ROWS % (OH * OW) == 0);
#if PIXELS_BY_NUMBER || OUTPUTS_BY_NUMBER || VOLUME || GEMM
REQUIRE(false);
#endif
#endif
#if JOINED
REQUIRE(UP_H * UP_W == 1 && get_num_groups(2) == 1 && X_CHANNELS >= 1 && X_CHANNELS < CI);
REQUIRE(X_CHANNELS % 16 == 0 && CI % 16 == 0);
#if PIXELS_BY_NUMBER || VOLUME || GEMM || ROW_TAPS || IN_FLOAT
REQUIRE(false);
#endif
#define CHANNELS_OF_X X_CHANNELS
#else
#define CHANNELS_OF_X CI
#endif
#if ROW_TAPS
REQUIRE(!PADDED && X_W == 1 && DW == 1 && KW % 4 == 0 && A_WAY_HERE == 2 && UP_H * UP_W == 1);
REQUIRE(get_num_groups(2) == 1 && (IN_FLOAT || !(HALF || BF16)));
#endif
#if VOLUME
REQUIRE(OD >= 1 && SD >= 0 && DD >= 1);
#if !PADDED
REQUIRE(PF == 0 && (OD - 1) * SD + (KD - 1) * DD < ID);
#endif
#define EACH_IMAGE EACH(slice, 0, ID)
#define IMAGE_AT (n / OD * X_V + slice * X_N)
#else
#define EACH_IMAGE
#define IMAGE_AT n * X_N
#endif
const int group = get_group_id(2);
EACH(n, 0, (ROWS - 1) / (OW * OH) + 1) {
    EACH_IMAGE EACH(h, 0, IH) EACH(column, 0, IW)
#if UP_H * UP_W == 1
#define FIRST group * CI * X_C
#else
#define FIRST 0
#endif
#if A_WAY_HERE == 2
        EACH(c, 0, CHANNELS_OF_X) READ(x, FIRST + IMAGE_AT + h * X_H + column * X_W + c * X_C, 1);
#else
        { REQUIRE(CI % ALONG == 0); READ(x, FIRST + IMAGE_AT + h * X_H + column * X_W, CHANNELS_OF_X); }
#endif
#if JOINED
    EACH(h, 0, IH) EACH(column, 0, IW)
#if A_WAY_HERE == 2
        EACH(c, 0, CI - X_CHANNELS) READ(z, n * Z_N + h * Z_H + column * Z_W + c * Z_C, 1);
#else
        READ(z, n * Z_N + h * Z_H + column * Z_W, CI - X_CHANNELS);
#endif
#endif
    EACH(vector, 0, (OG + VW - 1) / VW) {
#if UP_H * UP_W == 1
        const uint channel = group * OG + vector * VW;
#if POOLED
        EACH(h, 0, OH / 2) EACH(column, 0, OW / 2)
#else
        EACH(h, 0, OH) EACH(column, 0, OW)
#endif
#else
        const uint channel = vector * VW;
        EACH(h, 0, END_H) EACH(column, 0, END_W)
#endif
        {
#if OUTPUTS_BY_NUMBER
            const uint image = 0, oh = 0, ow = (n * OH + h) * OW + column;
#else
            const uint image = n, oh = h, ow = column;
#endif
            float v = 0;
#if BIAS
            LOADF(b, channel);
#endif
            EPILOGUE(v, image, channel, oh, ow)
            STOREV(y, image * Y_N + channel * Y_C + oh * Y_H + ow * Y_W, v);
        }
    }
}
#if SLICED
REQUIRE(B_WAY == 0 && DEPTH % 16 == 0 && get_num_groups(2) == 1);
READ(w, 0, DEPTH * OG);
#elif B_WAY == 0
REQUIRE(get_num_groups(2) == 1);
EACH(column, 0, OG)
    READ(w, column * ROW_OF_WEIGHTS, (DEPTH + ALONG - 1) / ALONG * ALONG);
#else
EACH(k, 0, DEPTH)
    READ(w, group * (DEPTH * ROW_OF_WEIGHTS) + k * ROW_OF_WEIGHTS, (OG + ALONG - 1) / ALONG * ALONG);
#endif
)CLC"sv;

inline constexpr kernel_text conv2d_tiled_kernel{"conv2d_tiled",
    {optional_arguments, conv2d_tiled_arguments, vec4_text, mma_text, wgmma_text,
        rows_of_pixels_text, conv2d_tiled_head, tile_text, mma_tile_text, gemm_text},
    {optional_arguments, conv2d_tiled_arguments, tiles_reach, conv2d_tiled_reach}};

}  // namespace lamina::kernels
