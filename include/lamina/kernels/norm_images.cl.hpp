// SPDX-License-Identifier: Apache-2.0
// Group and instance normalisation of images in blocks of channels: the `cpu` class.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view norm_images_arguments = R"CLC(
#define ARGS IN(x) SCALE_ARG(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// One work-item takes BLOCKS blocks of channels of an image, the fewest that hold whole groups, and
// reads them three times: for means, variances about them, results. Lanes are summed apart, row by
// row; then those of a group meet.
//   GROUP        channels of a group; EPS: float bits; SCALE, BIAS 0|1; VALID: of the last block
//   SLICES       if it is defined, so many images are one volume and normalised together
//   P_N, P_C (blocks), P_H, P_W, CHANNELS; X_S0 ... X_S3, P_S0 ... P_S3 strides of x and y
// Launch   global (P_C / BLOCKS, P_N, 1), work-groups of one
inline constexpr std::string_view norm_images_text = R"CLC(
#ifndef SLICES
#define SLICES 1
#endif
/* the sum of each group's lanes in all of its lanes */
#if GROUP > 1
#define MEET(vectors) meet((float*)(vectors), channels)
inline void meet(float* lanes, int channels) {
    for (int c = 0; c < channels; c += GROUP) {
        float sum = 0.0f;
        for (int i = c; i < c + GROUP; ++i)
            sum += lanes[i];
        for (int i = c; i < c + GROUP; ++i)
            lanes[i] = sum;
    }
}
#else
#define MEET(vectors)
#endif

GROUP_OF(1) KERNEL(norm_images) {
    OPEN(x);
    OPEN(y);
    SCALE_OPEN(w)
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int first = get_global_id(0) * BLOCKS, image = get_global_id(1) * SLICES;
    const int blocks = min(BLOCKS, P_C - first);
    const int channels = min(BLOCKS * VW, CHANNELS - first * VW);
    const float elements = (float)GROUP * SLICES * P_H * P_W;
    x += image * X_S0 + first * X_S1;
    VEC means[BLOCKS], factors[BLOCKS];
    for (int c = 0; c < blocks; ++c) {
        VEC sum = (VEC)(0.0f);
        for (int d = 0; d < SLICES; ++d)
        for (int h = 0; h < P_H; ++h) {
            VEC row = (VEC)(0.0f);
            for (int i = 0; i < P_W; ++i)
                row += LOADV(x, d * X_S0 + c * X_S1 + h * X_S2 + i * X_S3);
            sum += row;
        }
        means[c] = sum / elements;
    }
    MEET(means);
    for (int c = 0; c < blocks; ++c) {
        VEC sum = (VEC)(0.0f);
        for (int d = 0; d < SLICES; ++d)
        for (int h = 0; h < P_H; ++h) {
            VEC row = (VEC)(0.0f);
            for (int i = 0; i < P_W; ++i) {
                const VEC off = LOADV(x, d * X_S0 + c * X_S1 + h * X_S2 + i * X_S3) - means[c];
                row = fma(off, off, row);
            }
            sum += row;
        }
        factors[c] = sum / elements;
    }
    MEET(factors);
    for (int c = 0; c < blocks; ++c) {
        const int block = first + c;
        const VEC mean = means[c];
        VEC factor = 1.0f / sqrt(factors[c] + as_float(EPS)), shift = (VEC)(0.0f);
#if SCALE
        factor *= LOADF(w, block * VW);
#endif
#if BIAS
        shift = LOADF(b, block * VW);
#endif
        for (int d = 0; d < SLICES; ++d)
        for (int h = 0; h < P_H; ++h)
            for (int i = 0; i < P_W; ++i) {
                const int n = image + d;
                VEC v = LOADV(x, d * X_S0 + c * X_S1 + h * X_S2 + i * X_S3);
                v = fma(v - mean, factor, shift);
                EPILOGUE(v, n, block, h, i)
#ifdef VALID
                v = KEEP(v, CHANNELS - block * VW);
#endif
                STOREV(y, n * P_S0 + block * P_S1 + h * P_S2 + i * P_S3, v);
            }
    }
}
)CLC"sv;

inline constexpr text_names norm_images_names{"meet", "MEET SLICES"};

// Lanes of a group meet in an array of the work-item's channels.
inline constexpr std::string_view norm_images_reach = R"CLC(
REQUIRE(BLOCKS >= 1 && BLOCKS <= 256 && GROUP >= 1);
REQUIRE(BLOCKS * VW % GROUP == 0 || (CHANNELS % GROUP == 0 && CHANNELS <= BLOCKS * VW));
#ifndef SLICES
#define SLICES 1
#endif
const int last_block = get_global_id(0) * BLOCKS + BLOCKS, image = get_global_id(1) * SLICES;
EACH(d, 0, SLICES) EACH(block, 0, P_C) {
#if SCALE
    LOADF(w, block * VW);
#endif
#if BIAS
    LOADF(b, block * VW);
#endif
    const int n = image + d;
    EACH(row, 0, P_H) EACH(column, 0, P_W) {
        LOADV(x, n * X_S0 + block * X_S1 + row * X_S2 + column * X_S3);
        float v = 0;
        APART(block) { EPILOGUE(v, n, block, row, column) }
        STOREV(y, n * P_S0 + block * P_S1 + row * P_S2 + column * P_S3, v);
    }
}
)CLC"sv;

inline constexpr kernel_text norm_images_kernel{"norm_images",
    {optional_arguments, norm_images_arguments, norm_images_text},
    {optional_arguments, norm_images_arguments, norm_images_reach},
    {&prelude_names, &optional_arguments_names, &norm_images_names}};

}  // namespace lamina::kernels
