// SPDX-License-Identifier: Apache-2.0
// Elements that indices name, any layouts. One element of the output per work-item.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

//   INDEXED      how many axes of x have their index from `at`: 1 to 6, side by side
//   EXTENT0 ...  their extents; 1 for those beyond INDEXED
//   AT_INDEX(k)  where the k-th index lies in `at`
// TAKE_INDICES declares p0 ... and `inside`, whether all of them lie in x.
inline constexpr std::string_view index_text = R"CLC(
#define TAKE_INDEX(p, k, extent) \
    int p = at[AT_INDEX(k)]; \
    p += p < 0 ? (extent) : 0; \
    inside = inside && p >= 0 && p < (extent);
#define TAKE_INDICES \
    bool inside = true; \
    TAKE_INDEX(p0, 0, EXTENT0) TAKE_1
#if INDEXED > 1
#define TAKE_1 TAKE_INDEX(p1, 1, EXTENT1) TAKE_2
#else
#define TAKE_1
#endif
#if INDEXED > 2
#define TAKE_2 TAKE_INDEX(p2, 2, EXTENT2) TAKE_3
#else
#define TAKE_2
#endif
#if INDEXED > 3
#define TAKE_3 TAKE_INDEX(p3, 3, EXTENT3) TAKE_4
#else
#define TAKE_3
#endif
#if INDEXED > 4
#define TAKE_4 TAKE_INDEX(p4, 4, EXTENT4) TAKE_5
#else
#define TAKE_4
#endif
#if INDEXED > 5
#define TAKE_5 TAKE_INDEX(p5, 5, EXTENT5)
#else
#define TAKE_5
#endif
)CLC"sv;

inline constexpr text_names index_names{
    "", "TAKE_INDEX TAKE_INDICES TAKE_1 TAKE_2 TAKE_3 TAKE_4 TAKE_5"};

inline constexpr std::string_view gather_arguments = R"CLC(
#define ARGS IN(x), INDICES(at), OUT(y)
)CLC"sv;

//   FROM         where x has the element at i0 ... i5 with the indices p0 ...; outside of x it is 0
inline constexpr std::string_view gather_text = R"CLC(
KERNEL(gather) {
    OPEN(x);
    OPEN(at);
    OPEN(y);
    ELEMENT
    TAKE_INDICES
    VEC v = 0;
    if (inside)
        v = LOAD1(x, FROM);
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
}
)CLC"sv;

inline constexpr std::string_view gather_reach = R"CLC(
ELEMENT
REQUIRE(INDEXED >= 1 && INDEXED <= 6);
EACH(k, 0, INDEXED) READ(at, AT_INDEX(k), 1);
EACH(p0, 0, EXTENT0) EACH(p1, 0, EXTENT1) EACH(p2, 0, EXTENT2)
EACH(p3, 0, EXTENT3) EACH(p4, 0, EXTENT4) EACH(p5, 0, EXTENT5)
    LOAD1(x, FROM);
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
)CLC"sv;

inline constexpr kernel_text gather_kernel{"gather",
    {optional_arguments, gather_arguments, index_text, gather_text},
    {optional_arguments, gather_arguments, gather_reach},
    {&prelude_names, &optional_arguments_names, &index_names}};

}  // namespace lamina::kernels
