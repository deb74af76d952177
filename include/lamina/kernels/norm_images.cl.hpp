// SPDX-License-Identifier: Apache-2.0
// Group and instance normalisation of images in blocks of channels: the `cpu` class.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view norm_images_arguments = R"CLC(
#define ARGS IN(x) SCALE_ARG(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC";

// One work-item takes BLOCKS blocks of channels of an image, the fewest that hold whole groups, and
// reads them three times: for means, variances about them, results. Lanes are summed apart, row by
// row; then those of a group meet.
//   GROUP        channels of a group; EPS: float bits; SCALE, BIAS 0|1; VALID: of the last block
//   P_N, P_C (blocks), P_H, P_W, CHANNELS; X_S0 ... X_S3, P_S0 ... P_S3 strides of x and y
// Launch   global (P_C / BLOCKS, P_N, 1), work-groups of one
inline constexpr std::string_view norm_images_text = R"CLC(
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
    const int first = get_global_id(0) * BLOCKS, n = get_global_id(1);
    const int blocks = min(BLOCKS, P_C - first);
    const int channels = min(BLOCKS * VW, CHANNELS - first * VW);
    const float elements = (float)GROUP * P_H * P_W;
    x += n * X_S0 + first * X_S1;
    VEC means[BLOCKS], factors[BLOCKS];
    for (int c = 0; c < blocks; ++c) {
        VEC sum = (VEC)(0.0f);
        for (int h = 0; h < P_H; ++h) {
            VEC row = (VEC)(0.0f);
            for (int i = 0; i < P_W; ++i)
                row += LOADV(x, c * X_S1 + h * X_S2 + i * X_S3);
            sum += row;
        }
        means[c] = sum / elements;
    }
    MEET(means);
    for (int c = 0; c < blocks; ++c) {
        VEC sum = (VEC)(0.0f);
        for (int h = 0; h < P_H; ++h) {
            VEC row = (VEC)(0.0f);
            for (int i = 0; i < P_W; ++i) {
                const VEC off = LOADV(x, c * X_S1 + h * X_S2 + i * X_S3) - means[c];
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
        for (int h = 0; h < P_H; ++h)
            for (int i = 0; i < P_W; ++i) {
                VEC v = LOADV(x, c * X_S1 + h * X_S2 + i * X_S3);
                v = fma(v - mean, factor, shift);
                EPILOGUE(v, n, block, h, i)
#ifdef VALID
                v = KEEP(v, CHANNELS - block * VW);
#endif
                STOREV(y, n * P_S0 + block * P_S1 + h * P_S2 + i * P_S3, v);
            }
    }
}
)CLC";

inline constexpr text_names norm_images_names{"meet", "MEET"};

}  // namespace lamina::kernels
