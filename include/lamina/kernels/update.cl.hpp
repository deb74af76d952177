// SPDX-License-Identifier: Apache-2.0
// Rows into a state, any layouts, in place. One element of the rows per work-item.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view update_arguments = R"CLC(
#if POSITION
#define POSITION_OPEN OPEN(at);
#define ARGS IN(u), INDICES(at), OUT(y)
#else
#define POSITION_OPEN
#define ARGS IN(u), OUT(y)
#endif
)CLC"sv;

//   POSITION 0|1   the rows' first index comes from at[PLACE]; else the rows are the whole state
//   ROW            the work-item's index along the axis among the rows, EXTENT: indices of the state
//   TO             where the state has the element at i0 ... i5 with `row` along the axis
// EXTENT is at most 2^30, so that no sum overflows.
inline constexpr std::string_view update_text = R"CLC(
KERNEL(update) {
    OPEN(u);
    POSITION_OPEN
    OPEN(y);
    ELEMENT
#if POSITION
    const int first = at[PLACE];
    if (first < 0 || first >= EXTENT || first + ROW >= EXTENT)
        return;
    const int row = first + ROW;
#else
    const int row = ROW;
#endif
    STORE1(y, TO, LOAD1(u, AT_u(i0, i1, i2, i3, i4, i5)));
}
)CLC"sv;

inline constexpr text_names update_names{"", "POSITION_OPEN"};

inline constexpr std::string_view update_reach = R"CLC(
ELEMENT
LOAD1(u, AT_u(i0, i1, i2, i3, i4, i5));
#if POSITION
READ(at, PLACE, 1);
EACH(row, 0, EXTENT) STORE1(y, TO, 0);
#else
const int row = ROW;
STORE1(y, TO, 0);
#endif
)CLC"sv;

inline constexpr kernel_text update_kernel{"update", {update_arguments, update_text},
    {update_arguments, update_reach}, {&prelude_names, &update_names}};

}  // namespace lamina::kernels
