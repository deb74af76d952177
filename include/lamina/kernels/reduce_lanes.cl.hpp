// SPDX-License-Identifier: Apache-2.0
// Mean, sum, maximum, minimum or product of 16 neighbouring lines at once, or along a dense axis: the
// `cpu` class.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/reduce_words.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view reduce_lanes_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

//   COUNT        elements are reduced
//   ALONG 1      they lie side by side; lanes are 16 of them, the last ones come alone
//   ALONG 0      lanes are 16 neighbouring outputs, COLUMN counts vectors of the WIDTH outputs side
//                by side, and the last vector overlaps the one before; INNER(k) declares j0 ... j5,
//                the input's coordinates of the k-th element
// Sums are made of runs of 256 vectors.
inline constexpr std::string_view reduce_lanes_text = R"CLC(
GROUP_OF(1) KERNEL(reduce_lanes) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    float16 all = (float16)(START);
#if ALONG
    x += AT_x(i0, i1, i2, i3, i4, i5);
    int k = 0;
    while (k + 16 <= COUNT) {
        float16 part = (float16)(START);
        for (const int end = min(COUNT, k + 4096); k + 16 <= end; k += 16) {
            const float16 value = LOADV(x, k);
            TAKE(part, value);
        }
        TAKE(all, part);
    }
    float lanes[16], v = START;
    vstore16(all, 0, lanes);
    for (int i = 0; i < 16; ++i)
        TAKE(v, lanes[i]);
    for (; k < COUNT; ++k) {
        const float value = LOAD1(x, k);
        TAKE(v, value);
    }
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), KIND ? v : v / (float)COUNT);
#else
    const int back = max(0, COLUMN * 16 + 16 - WIDTH);
    x -= back;
    y -= back;
    for (int run = 0; run < COUNT; run += 256) {
        float16 part = (float16)(START);
        for (int k = run; k < min(COUNT, run + 256); ++k) {
            INNER(k)
            const float16 value = LOADV(x, AT_x(j0, j1, j2, j3, j4, j5));
            TAKE(part, value);
        }
        TAKE(all, part);
    }
    STOREV(y, AT_y(i0, i1, i2, i3, i4, i5), KIND ? all : all / (float)COUNT);
#endif
}
)CLC"sv;

inline constexpr std::string_view reduce_lanes_reach = R"CLC(
REQUIRE(VW == 16);
ELEMENT
#if ALONG
READ(x, AT_x(i0, i1, i2, i3, i4, i5), COUNT);
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
#else
#define LINE(back)                                                        \
    EACH(k, 0, COUNT) {                                                   \
        INNER(k)                                                          \
        LOADV(x, AT_x(j0, j1, j2, j3, j4, j5) - (back));                  \
    }                                                                     \
    STOREV(y, AT_y(i0, i1, i2, i3, i4, i5) - (back), 0);
if (COLUMN < WIDTH / 16) {
    LINE(0)
} else {
    const int back = max(0, COLUMN * 16 + 16 - WIDTH);
    LINE(back)
}
#endif
)CLC"sv;

inline constexpr kernel_text reduce_lanes_kernel{"reduce_lanes",
    {optional_arguments, reduce_lanes_arguments, reduce_words_text, reduce_lanes_text},
    {optional_arguments, reduce_lanes_arguments, reduce_lanes_reach},
    {&prelude_names, &optional_arguments_names, &reduce_words_names}};

}  // namespace lamina::kernels
