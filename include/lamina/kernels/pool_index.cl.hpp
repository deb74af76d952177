// SPDX-License-Identifier: Apache-2.0
// Where the greatest value of each window of an image lies; one work-item per window.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view pool_index_arguments = R"CLC(
#define ARGS IN(x), OUT_INDICES(y)
)CLC";

//   WHOLE_TENSOR 0   an index counts the elements of one channel's image
//                1   of the whole input, X_C channels
inline constexpr std::string_view pool_index_text = R"CLC(
KERNEL(pool_index) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    const int top = i2 * SH - PAD_TOP, left = i3 * SW - PAD_LEFT;
    float most = -INFINITY;
    int best = -1;
    for (int ky = 0; ky < KH; ++ky) {
        const int row = top + ky * DH;
        if (row < 0 || row >= X_H)
            continue;
        for (int kx = 0; kx < KW; ++kx) {
            const int column = left + kx * DW;
            if (column < 0 || column >= X_W)
                continue;
            const float v = LOAD1(x, AT_x(i0, i1, row, column, 0, 0));
            if (best < 0 || v > most || v != v) { /* of several NaNs the last one, as in PyTorch */
                most = v;
                best = row * X_W + column;
            }
        }
    }
#if WHOLE_TENSOR
    if (best >= 0)
        best += (i0 * X_C + i1) * X_H * X_W;
#endif
    y[AT_y(i0, i1, i2, i3, i4, i5)] = best;
}
)CLC";

inline constexpr std::string_view pool_index_reach = R"CLC(
ELEMENT
EACH(row, 0, X_H) EACH(column, 0, X_W) LOAD1(x, AT_x(i0, i1, row, column, 0, 0));
WRITE(y, AT_y(i0, i1, i2, i3, i4, i5), 1);
)CLC";

inline constexpr kernel_text pool_index_kernel{"pool_index",
    {optional_arguments, pool_index_arguments, pool_index_text},
    {optional_arguments, pool_index_arguments, pool_index_reach},
    {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
