// SPDX-License-Identifier: Apache-2.0
// Layer and rms normalisation over a dense last axis where a work-group shares each row: the `gpu`
// class.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/tile.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view norm_parts_arguments = R"CLC(
#define ARGS IN(x) SCALE_ARG(w) BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// A row is read once and stays in registers: OWN vectors of four for each of PARTS work-items, vectors
// of neighbours side by side. The work-items' sums of a row are put into local memory, and each work-item
// adds up all of them: one barrier a sum, and the same order in each.
//   CENTRED 0|1  the mean is taken away (not rms); EPS: float bits; SCALE, BIAS 0|1
//   R, COLUMNS   rows x columns, columns a multiple of 4; XS_R, YS_R strides of rows
//   ALIGNED_X    see vec4_text, which stands before this text. VW 4
// Tactic   PARTS, a multiple of 4: launch (R, 1, 1), a row each
inline constexpr std::string_view norm_parts_text = R"CLC(
#define OWN ((COLUMNS / 4 + PARTS - 1) / PARTS)
inline float sum_of_all(float4 v, __local float* all) {
    all[get_local_id(0)] = (v.x + v.y) + (v.z + v.w);
    barrier(CLK_LOCAL_MEM_FENCE);
    float4 sum = (float4)(0.0f);
    _Pragma("unroll") for (int i = 0; i < PARTS; i += 4)
        sum += *(__local const float4*)(all + i);
    return (sum.x + sum.y) + (sum.z + sum.w);
}
GROUP_OF(PARTS) KERNEL(norm_parts) {
    __local float all[2 * PARTS] __attribute__((aligned(16)));
    OPEN(x);
    OPEN(y);
    SCALE_OPEN(w)
    BIAS_OPEN(b)
    EPILOGUE_OPEN
    const int row = get_group_id(0), me = get_local_id(0);
    __global const real* const from = x + row * XS_R;
    float4 own[OWN], part = (float4)(0.0f);
    _Pragma("unroll") for (int i = 0; i < OWN; ++i) {
        const int k = (i * PARTS + me) * 4;
        own[i] = (float4)(0.0f);
        if (COLUMNS % (4 * PARTS) == 0 || k < COLUMNS)
            own[i] = ALIGNED_X ? aligned_real4_at(from + k) : real4_at(from + k);
        part += own[i];
    }
    float mean = 0.0f;
#if CENTRED
    mean = sum_of_all(part, all) / (float)COLUMNS;
#endif
    float4 square = (float4)(0.0f);
    _Pragma("unroll") for (int i = 0; i < OWN; ++i)
        if (COLUMNS % (4 * PARTS) == 0 || (i * PARTS + me) * 4 < COLUMNS) {
            own[i] -= mean;
            square = fma(own[i], own[i], square);
        }
    const float variance = sum_of_all(square, all + PARTS) / (float)COLUMNS;
    const float factor = 1.0f / sqrt(variance + as_float(EPS));
    _Pragma("unroll") for (int i = 0; i < OWN; ++i) {
        const int k = (i * PARTS + me) * 4;
        if (COLUMNS % (4 * PARTS) == 0 || k < COLUMNS) {
            float4 v = own[i] * factor;
#if SCALE
            v *= aligned_float4_at(w + k);
#endif
#if BIAS
            v += aligned_float4_at(b + k);
#endif
            EPILOGUE(v, row, k)
            STOREV(y, row * YS_R + k, v);
        }
    }
}
)CLC"sv;

inline constexpr std::string_view norm_parts_reach = R"CLC(
REQUIRE(VW == 4 && COLUMNS >= 4 && COLUMNS % 4 == 0 && PARTS >= 4 && PARTS % 4 == 0);
const int row = get_group_id(0);
#if SCALE
READ(w, 0, COLUMNS);
#endif
#if BIAS
READ(b, 0, COLUMNS);
#endif
READ(x, row * XS_R, COLUMNS);
EACH(vector, 0, COLUMNS / 4) {
    const int column = vector * 4;
    float v = 0;
    EPILOGUE(v, row, column)
    STOREV(y, row * YS_R + column, v);
}
)CLC"sv;

inline constexpr kernel_text norm_parts_kernel{"norm_parts",
    {optional_arguments, norm_parts_arguments, vec4_text, norm_parts_text},
    {optional_arguments, norm_parts_arguments, norm_parts_reach}};

}  // namespace lamina::kernels
