// SPDX-License-Identifier: Apache-2.0
// Any matrix product: strided, batched, broadcast, or with packed weights. The fallback of the fast
// kernels; one element per work-item.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view matmul_arguments = R"CLC(
#define ARGS IN(a), IN(b) BIAS_ARG(c), OUT(y) EPILOGUE_ARGS
)CLC"sv;

//   A0 ... A5, AK   strides of the first factor along the output's axes and along the sum
//   B0 ... B5, BK   of the second one, weights as [K][N] or a tensor; BIAS 0|1: c along COLUMN
inline constexpr std::string_view matmul_text = R"CLC(
KERNEL(matmul) {
    OPEN(a);
    OPEN(b);
    OPEN(y);
    EPILOGUE_OPEN
    ELEMENT
    const int from_a = i0 * A0 + i1 * A1 + i2 * A2 + i3 * A3 + i4 * A4 + i5 * A5;
    const int from_b = i0 * B0 + i1 * B1 + i2 * B2 + i3 * B3 + i4 * B4 + i5 * B5;
    float v = 0.0f;
    for (int k = 0; k < K; ++k)
        v += LOAD1(a, from_a + k * AK) * LOAD1(b, from_b + k * BK);
#if BIAS
    OPEN(c);
    v += c[COLUMN];
#endif
    EPILOGUE(v, i0, i1, i2, i3, i4, i5)
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
}
)CLC"sv;

inline constexpr std::string_view matmul_reach = R"CLC(
ELEMENT
EACH(k, 0, K) {
    LOAD1(a, i0 * A0 + i1 * A1 + i2 * A2 + i3 * A3 + i4 * A4 + i5 * A5 + k * AK);
    LOAD1(b, i0 * B0 + i1 * B1 + i2 * B2 + i3 * B3 + i4 * B4 + i5 * B5 + k * BK);
}
float v = 0;
#if BIAS
READ(c, COLUMN, 1);
#endif
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC"sv;

inline constexpr kernel_text matmul_kernel{"matmul",
    {optional_arguments, matmul_arguments, matmul_text},
    {optional_arguments, matmul_arguments, matmul_reach},
    {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
