// SPDX-License-Identifier: Apache-2.0
// Rows of a table by their indices; one element per work-item.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view embedding_arguments = R"CLC(
#define ARGS INDICES(x), WEIGHTS(w), OUT(y) EPILOGUE_ARGS
)CLC"sv;

//   ROWS, WIDTH  of the table; COLUMN: the output's last coordinate. Rows outside give 0.
inline constexpr std::string_view embedding_text = R"CLC(
KERNEL(embedding) {
    OPEN(x);
    OPEN(w);
    OPEN(y);
    EPILOGUE_OPEN
    ELEMENT
    const int row = x[AT_x(i0, i1, i2, i3, i4, i5)];
    float v = 0.0f;
    if (row >= 0 && row < ROWS)
        v = LOAD1(w, (size_t)row * WIDTH + COLUMN);
    EPILOGUE(v, i0, i1, i2, i3, i4, i5)
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
}
)CLC"sv;

inline constexpr std::string_view embedding_reach = R"CLC(
ELEMENT
READ(x, AT_x(i0, i1, i2, i3, i4, i5), 1);
EACH(row, 0, ROWS) LOAD1(w, (size_t)row * WIDTH + COLUMN);
float v = 0;
EPILOGUE(v, i0, i1, i2, i3, i4, i5)
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
)CLC"sv;

inline constexpr kernel_text embedding_kernel{"embedding",
    {optional_arguments, embedding_arguments, embedding_text},
    {optional_arguments, embedding_arguments, embedding_reach},
    {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
