// SPDX-License-Identifier: Apache-2.0
// The first or last index of the greatest or smallest value along an axis; one work-item or
// work-group per line.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view argmax_arguments = R"CLC(
#define ARGS IN(x), OUT_INDICES(y)
)CLC"sv;

//   COUNT        elements of a line; LINE_x(k): where its k-th lies
//   MINIMUM, TAKE_LAST 0|1
inline constexpr std::string_view argmax_text = R"CLC(
#if TAKE_LAST
#define IS_PREFERRED(i, best) ((i) > (best))
#else
#define IS_PREFERRED(i, best) ((i) < (best))
#endif
#if MINIMUM
#define IS_BEYOND(v, most) ((v) < (most))
#else
#define IS_BEYOND(v, most) ((v) > (most))
#endif
/* is (v, i) to be chosen before (most, best)? nothing is beyond a NaN */
inline int is_before(float v, int i, float most, int best) {
    if (v != v || most != most)
        return v != v && (most == most || IS_PREFERRED(i, best));
    return IS_BEYOND(v, most) || (v == most && IS_PREFERRED(i, best));
}

KERNEL(argmax) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    int best = PART < COUNT ? PART : 0;
    float most = LOAD1(x, LINE_x(best));
    for (int k = PART + PARTS; k < COUNT; k += PARTS) {
        const float v = LOAD1(x, LINE_x(k));
        if (is_before(v, k, most, best)) {
            most = v;
            best = k;
        }
    }
#if PARTS > 1
    __local float values[PARTS];
    __local int places[PARTS];
    values[PART] = most;
    places[PART] = best;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int other = PARTS / 2; other > 0; other /= 2) {
        if (PART < other
            && is_before(values[PART + other], places[PART + other], values[PART], places[PART])) {
            values[PART] = values[PART + other];
            places[PART] = places[PART + other];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (PART > 0)
        return;
    best = places[0];
#endif
    y[AT_y(i0, i1, i2, i3, i4, i5)] = best;
}
)CLC"sv;

inline constexpr text_names argmax_names{"is_before", "IS_PREFERRED IS_BEYOND"};

inline constexpr std::string_view argmax_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
LOAD1(x, LINE_x(0));
EACH(k, 0, COUNT) LOAD1(x, LINE_x(k));
WRITE(y, AT_y(i0, i1, i2, i3, i4, i5), 1);
)CLC"sv;

inline constexpr kernel_text argmax_kernel{"argmax",
    {optional_arguments, argmax_arguments, argmax_text},
    {optional_arguments, argmax_arguments, argmax_reach},
    {&prelude_names, &optional_arguments_names, &argmax_names}};

}  // namespace lamina::kernels
