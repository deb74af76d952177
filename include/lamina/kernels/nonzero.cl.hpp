// SPDX-License-Identifier: Apache-2.0
// Where elements that are not 0 lie; one work-item or work-group goes through all of them.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view nonzero_arguments = R"CLC(
#define ARGS IN(x), OUT_INDICES(y) INDEX_ARG(at)
)CLC"sv;

//   COUNT        elements of x; INNER(k) declares j0 ... j5, where the k-th lies; RANK: its axes
//   MOST         rows of y
//   INDEX 0|1: `at` is wanted, how many there are
// Work-items of a group have a run of the elements each, and count those before it.
inline constexpr std::string_view nonzero_text = R"CLC(
KERNEL(nonzero) {
    OPEN(x);
    OPEN(y);
    INDEX_OPEN(at)
    ELEMENT
    const int run = (COUNT + PARTS - 1) / PARTS;
    const int first = PART * run, end = min(COUNT, first + run);
    int found = 0, all = 0;
#if PARTS > 1
    __local int totals[PARTS];
    for (int k = first; k < end; ++k) {
        INNER(k)
        found += LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5)) != 0;
    }
    totals[PART] = found;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int other = 0; other < PARTS; ++other) {
        if (other == PART)
            found = all;
        all += totals[other];
    }
#endif
    for (int k = first; k < end; ++k) {
        INNER(k)
        if (LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5)) != 0) {
            if (found < MOST) {
                const int places[6] = {j0, j1, j2, j3, j4, j5};
                for (int axis = 0; axis < RANK; ++axis)
                    y[AT_y(found, axis, 0, 0, 0, 0)] = places[axis];
            }
            ++found;
        }
    }
#if PARTS == 1
    all = found;
#endif
    for (int row = all + PART; row < MOST; row += PARTS)
        for (int axis = 0; axis < RANK; ++axis)
            y[AT_y(row, axis, 0, 0, 0, 0)] = -1;
#if INDEX
    if (PART == 0)
        at[AT_at(0, 0, 0, 0, 0, 0)] = min(all, MOST);
#endif
}
)CLC"sv;

inline constexpr std::string_view nonzero_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    INNER(k)
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
}
EACH(row, 0, MOST) EACH(axis, 0, RANK) WRITE(y, AT_y(row, axis, 0, 0, 0, 0), 1);
#if INDEX
WRITE(at, AT_at(0, 0, 0, 0, 0, 0), 1);
#endif
)CLC"sv;

inline constexpr kernel_text nonzero_kernel{"nonzero",
    {optional_arguments, nonzero_arguments, nonzero_text},
    {optional_arguments, nonzero_arguments, nonzero_reach},
    {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
