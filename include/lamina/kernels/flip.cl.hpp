// SPDX-License-Identifier: Apache-2.0
// Axes in reverse order, turned and repeated ones, any layouts on both sides. One element per work-item, or one line
// along the last axis.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view flip_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

//   FROM0(i) ... FROM5(i): the input's index on each axis: i, the last less i, or modulo the extent
//   LINE         elements side by side on both sides that keep their places, or 1
inline constexpr std::string_view flip_text = R"CLC(
KERNEL(flip) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    x += AT_x(FROM0(i0), FROM1(i1), FROM2(i2), FROM3(i3), FROM4(i4), FROM5(i5));
    y += AT_y(i0, i1, i2, i3, i4, i5);
    for (int k = 0; k < LINE; ++k)
        STORE1(y, k, LOAD1(x, k));
}
)CLC"sv;

inline constexpr std::string_view flip_reach = R"CLC(
REQUIRE(LINE >= 1);
ELEMENT
READ(x, AT_x(FROM0(i0), FROM1(i1), FROM2(i2), FROM3(i3), FROM4(i4), FROM5(i5)), LINE);
WRITE(y, AT_y(i0, i1, i2, i3, i4, i5), LINE);
)CLC"sv;

inline constexpr kernel_text flip_kernel{"flip", {optional_arguments, flip_arguments, flip_text},
    {optional_arguments, flip_arguments, flip_reach}, {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
