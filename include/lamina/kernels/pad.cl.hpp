// SPDX-License-Identifier: Apache-2.0
// Elements added around a tensor: a constant, its mirror image or its edge. One element per work-item, or a part of
// a row.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view pad_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

//   KIND 0 constant (VALUE: float bits), 1 reflect, 2 replicate
//   BEFORE0 ... BEFORE5, X_N0 ... X_N5: elements put before each axis, the input's extents
//   RUN          0, or elements that a work-item takes of a row of WIDE elements that lie side by side in x and y: what
//                is copied needs no tests. ROW_I, ROW_J, ROW_BEFORE, ROW_N: the row's axis; Y_ROW: where it begins
inline constexpr std::string_view pad_text = R"CLC(
#if KIND == 1
inline int source_of(int i, int extent) {
    i = i < 0 ? -i : i;
    return i >= extent ? 2 * (extent - 1) - i : i;
}
#elif KIND == 2
inline int source_of(int i, int extent) { return clamp(i, 0, extent - 1); }
#endif

#define COORDINATES                                                  \
    int j0 = i0 - BEFORE0, j1 = i1 - BEFORE1, j2 = i2 - BEFORE2; \
    int j3 = i3 - BEFORE3, j4 = i4 - BEFORE4, j5 = i5 - BEFORE5;
#define SOURCES                \
    j0 = source_of(j0, X_N0); \
    j1 = source_of(j1, X_N1); \
    j2 = source_of(j2, X_N2); \
    j3 = source_of(j3, X_N3); \
    j4 = source_of(j4, X_N4); \
    j5 = source_of(j5, X_N5);
#define IS_INSIDE                                                                               \
    (j0 >= 0 && j0 < X_N0 && j1 >= 0 && j1 < X_N1 && j2 >= 0 && j2 < X_N2 && j3 >= 0 && j3 < X_N3 \
        && j4 >= 0 && j4 < X_N4 && j5 >= 0 && j5 < X_N5)
#if KIND == 0
#define ADDED(k) as_float(VALUE)
#else
#define ADDED(k) LOAD1(x, source_of((k) - ROW_BEFORE, ROW_N))
#endif

KERNEL(pad) {
    OPEN(x);
    OPEN(y);
    ELEMENT
    COORDINATES
#if RUN
    const int begin = ROW_I * RUN, end = min(WIDE, begin + RUN);
    int first = clamp(ROW_BEFORE, begin, end), last = clamp(ROW_BEFORE + ROW_N, first, end);
    ROW_J = 0;
#if KIND == 0
    if (!IS_INSIDE) {
        first = last = end;
        j0 = j1 = j2 = j3 = j4 = j5 = 0;
    }
#else
    SOURCES
#endif
    x += AT_x(j0, j1, j2, j3, j4, j5);
    y += Y_ROW;
    for (int k = begin; k < first; ++k)
        STORE1(y, k, ADDED(k));
    for (int k = first; k < last; ++k)
        STORE1(y, k, LOAD1(x, k - ROW_BEFORE));
    for (int k = last; k < end; ++k)
        STORE1(y, k, ADDED(k));
#else
#if KIND == 0
    float v = as_float(VALUE);
    if (IS_INSIDE)
        v = LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#else
    SOURCES
    const float v = LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#endif
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), v);
#endif
}
)CLC"sv;

inline constexpr text_names pad_names{"source_of", "COORDINATES SOURCES IS_INSIDE ADDED"};

inline constexpr std::string_view pad_reach = R"CLC(
ELEMENT
#if KIND == 1
#define SOURCE(j, n) j = j < 0 ? -j : j; j = j >= n ? 2 * (n - 1) - j : j;
#else
#define SOURCE(j, n) j = clamp(j, 0, n - 1);
#endif
int j0 = i0 - BEFORE0, j1 = i1 - BEFORE1, j2 = i2 - BEFORE2;
int j3 = i3 - BEFORE3, j4 = i4 - BEFORE4, j5 = i5 - BEFORE5;
#if RUN
REQUIRE(RUN >= 1);
int begin = ROW_I * RUN;
int end = min(WIDE, begin + RUN);
ROW_J = 0;
#endif
#if KIND == 0
if (j0 >= 0 && j0 < X_N0 && j1 >= 0 && j1 < X_N1 && j2 >= 0 && j2 < X_N2 && j3 >= 0
    && j3 < X_N3 && j4 >= 0 && j4 < X_N4 && j5 >= 0 && j5 < X_N5)
#else
SOURCE(j0, X_N0)
SOURCE(j1, X_N1)
SOURCE(j2, X_N2)
SOURCE(j3, X_N3)
SOURCE(j4, X_N4)
SOURCE(j5, X_N5)
#endif
#if RUN
    EACH(k, begin, end) {
        int from = k - ROW_BEFORE;
#if KIND == 0
        if (from >= 0 && from < ROW_N)
#else
        SOURCE(from, ROW_N)
#endif
        LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5) + from);
    }
#else
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
#endif
#if RUN
EACH(k, begin, end) STORE1(y, Y_ROW + k, 0);
#else
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
#endif
)CLC"sv;

inline constexpr kernel_text pad_kernel{"pad", {optional_arguments, pad_arguments, pad_text},
    {optional_arguments, pad_arguments, pad_reach},
    {&prelude_names, &optional_arguments_names, &pad_names}};

}  // namespace lamina::kernels
