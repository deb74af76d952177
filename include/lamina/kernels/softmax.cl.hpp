// SPDX-License-Identifier: Apache-2.0
// Softmax and its logarithm along an axis; one work-item or work-group per line.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view softmax_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

//   LOGARITHM 0|1; COUNT elements of a line; LINE_x(k), LINE_y(k): where its k-th lies
inline constexpr std::string_view softmax_text = R"CLC(
KERNEL(softmax) {
    OPEN(x);
    OPEN(y);
    ELEMENT
#if PARTS > 1
    __local float shared[PARTS];
#endif
    float most = -INFINITY;
    for (int k = PART; k < COUNT; k += PARTS)
        most = fmax(most, LOAD1(x, LINE_x(k)));
    most = GROUP_MAX(most);
    float sum = 0.0f;
    for (int k = PART; k < COUNT; k += PARTS)
        sum += exp(LOAD1(x, LINE_x(k)) - most);
    sum = GROUP_SUM(sum);
#if LOGARITHM
    /* most + log(sum) would be most where that is large */
    const float normaliser = log(sum);
    for (int k = PART; k < COUNT; k += PARTS)
        STORE1(y, LINE_y(k), LOAD1(x, LINE_x(k)) - most - normaliser);
#else
    for (int k = PART; k < COUNT; k += PARTS)
        STORE1(y, LINE_y(k), exp(LOAD1(x, LINE_x(k)) - most) / sum);
#endif
}
)CLC"sv;

inline constexpr std::string_view softmax_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    LOAD1(x, LINE_x(k));
    STORE1(y, LINE_y(k), 0);
}
)CLC"sv;

inline constexpr kernel_text softmax_kernel{"softmax",
    {optional_arguments, softmax_arguments, softmax_text},
    {optional_arguments, softmax_arguments, softmax_reach},
    {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
