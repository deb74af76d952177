// SPDX-License-Identifier: Apache-2.0
// The sum or product of each element and all before it along an axis; one work-item or work-group per line.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view scan_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

//   COUNT        elements of a line; LINE_x(k) and LINE_y(k): where the k-th lies
//   PRODUCT 0|1; EXCLUSIVE 0|1: without the element itself; BACKWARDS 0|1: from the last on
// Work-items of a group have a run of the line each: they add up the runs before it, then go along it.
inline constexpr std::string_view scan_text = R"CLC(
#if PRODUCT
#define NEUTRAL 1
#define JOINED(a, b) ((a) * (b))
#else
#define NEUTRAL 0
#define JOINED(a, b) ((a) + (b))
#endif
#if BACKWARDS
#define TURN(k) (COUNT - 1 - (k))
#else
#define TURN(k) (k)
#endif

KERNEL(scan) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    const int run = (COUNT + PARTS - 1) / PARTS;
    const int first = PART * run, end = min(COUNT, first + run);
    VEC all = NEUTRAL;
#if PARTS > 1
    __local VEC totals[PARTS];
    for (int k = first; k < end; ++k)
        all = JOINED(all, LOAD1(x, LINE_x(TURN(k))));
    totals[PART] = all;
    barrier(CLK_LOCAL_MEM_FENCE);
    all = NEUTRAL;
    for (int other = 0; other < PART; ++other)
        all = JOINED(all, totals[other]);
#endif
    for (int k = first; k < end; ++k) {
        const VEC v = LOAD1(x, LINE_x(TURN(k)));
#if EXCLUSIVE
        STORE1(y, LINE_y(TURN(k)), all);
        all = JOINED(all, v);
#else
        all = JOINED(all, v);
        STORE1(y, LINE_y(TURN(k)), all);
#endif
    }
}
)CLC"sv;

inline constexpr text_names scan_names{"", "NEUTRAL JOINED TURN"};

inline constexpr std::string_view scan_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    LOAD1(x, LINE_x(k));
    STORE1(y, LINE_y(k), 0);
}
)CLC"sv;

inline constexpr kernel_text scan_kernel{"scan", {optional_arguments, scan_arguments, scan_text},
    {optional_arguments, scan_arguments, scan_reach},
    {&prelude_names, &optional_arguments_names, &scan_names}};

}  // namespace lamina::kernels
