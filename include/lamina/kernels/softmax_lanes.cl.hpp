// SPDX-License-Identifier: Apache-2.0
// Softmax and its logarithm on vector units of 16 floats: the `cpu` class.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/lanes16.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view softmax_lanes_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

//   LOGARITHM 0|1; COUNT elements of a line; LINE_x(k), LINE_y(k): where its k-th lies
//   ALONG 1   the line is dense, lanes are its elements, one work-item a line. The last vector
//             overlaps the one before by 16 - TAIL elements; SHORT 1: fewer than 16 in all
//   ALONG 0   lanes are 16 neighbouring lines, COLUMN counts vectors of the WIDTH lines side by
//             side, and the last vector overlaps the one before
inline constexpr std::string_view softmax_lanes_text = R"CLC(
GROUP_OF(1) KERNEL(softmax_lanes) {
    OPEN(x);
    OPEN(y);
    ELEMENT
#if ALONG
    x += LINE_x(0);
    y += LINE_y(0);
#if SHORT
    const float16 last = gather_real(x, 1, COUNT);
    const int16 counts = LANES < (int16)(COUNT);
#else
    const float16 last = LOADV(x, COUNT - 16);
    const int16 counts = LANES >= (int16)(16 - TAIL);
#endif
    const float16 beyond = select((float16)(-INFINITY), last, counts);
    float16 greatest = beyond;
    for (int k = 0; k + 16 <= COUNT; k += 16)
        greatest = max(greatest, LOADV(x, k));
    const float most = max_of(greatest);
    float16 part = exp_of_negative(beyond - most);
    for (int k = 0; k + 16 <= COUNT; k += 16)
        part += exp_of_negative(LOADV(x, k) - most);
    const float sum = sum_of(part);
#else
    const int back = max(0, COLUMN * 16 + 16 - WIDTH);
    x -= back;
    y -= back;
    float16 most = (float16)(-INFINITY), sum = (float16)(0.0f);
    for (int k = 0; k < COUNT; ++k)
        most = max(most, LOADV(x, LINE_x(k)));
    for (int k = 0; k < COUNT; ++k)
        sum += exp_of_negative(LOADV(x, LINE_x(k)) - most);
#endif
#if LOGARITHM
#define FINISHED(v) ((v) - most - factor) /* most + log(sum) would be most where that is large */
#else
#define FINISHED(v) (exp_of_negative((v) - most) * factor)
#endif
#if ALONG
    const float factor = LOGARITHM ? log(sum) : 1.0f / sum;
#if SHORT
    float lanes[16];
    vstore16(FINISHED(last), 0, lanes);
    for (int k = 0; k < COUNT; ++k)
        STORE1(y, k, lanes[k]);
#else
    for (int k = 0; k + 16 <= COUNT; k += 16)
        STOREV(y, k, FINISHED(LOADV(x, k)));
    if (TAIL)
        STOREV(y, COUNT - 16, FINISHED(last));
#endif
#else
    const float16 factor = LOGARITHM ? log(sum) : 1.0f / sum;
    for (int k = 0; k < COUNT; ++k)
        STOREV(y, LINE_y(k), FINISHED(LOADV(x, LINE_x(k))));
#endif
}
)CLC"sv;

inline constexpr text_names softmax_lanes_names{"", "FINISHED"};

inline constexpr std::string_view softmax_lanes_reach = R"CLC(
REQUIRE(VW == 16);
ELEMENT
#if ALONG
#if SHORT
REQUIRE(COUNT <= 16);
#else
REQUIRE(COUNT >= 16);
#endif
READ(x, LINE_x(0), COUNT);
WRITE(y, LINE_y(0), COUNT);
#else
#define LINES(back)                          \
    EACH(k, 0, COUNT) {                      \
        LOADV(x, LINE_x(k) - (back));        \
        STOREV(y, LINE_y(k) - (back), 0);    \
    }
if (COLUMN < WIDTH / 16) {
    LINES(0)
} else {
    const int back = max(0, COLUMN * 16 + 16 - WIDTH);
    LINES(back)
}
#endif
)CLC"sv;

inline constexpr kernel_text softmax_lanes_kernel{"softmax_lanes",
    {optional_arguments, softmax_lanes_arguments, lanes16_text, softmax_lanes_text},
    {optional_arguments, softmax_lanes_arguments, softmax_lanes_reach},
    {&prelude_names, &optional_arguments_names, &lanes16_names, &softmax_lanes_names}};

}  // namespace lamina::kernels
