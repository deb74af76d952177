// SPDX-License-Identifier: Apache-2.0
// Pairs of columns of each row turned by angles; one work-item or work-group per row.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view rotary_arguments = R"CLC(
#if COS_FLOAT
#define COSINES VECTOR(c)
#else
#define COSINES IN(c)
#endif
#if SIN_FLOAT
#define SINES VECTOR(s)
#else
#define SINES IN(s)
#endif
#define ARGS IN(x), COSINES, SINES, OUT(y) EPILOGUE_ARGS
)CLC"sv;

//   PAIRS, COLUMNS   of a row: those behind the pairs stay as they are
//   NEIGHBOURS 1     pair k is columns 2 k and 2 k + 1, else k and k + PAIRS
//   COS_FLOAT, SIN_FLOAT 1   c, s are floats whatever the storage is
//   LINE_x(k), LINE_y(k)  where the k-th column lies, LINE_c(k), LINE_s(k) the angle of the k-th pair
//   FINISH(v, k)     the epilogue of column k
inline constexpr std::string_view rotary_text = R"CLC(
#if COS_FLOAT
#define COSINE(k) c[LINE_c(k)]
#else
#define COSINE(k) LOAD1(c, LINE_c(k))
#endif
#if SIN_FLOAT
#define SINE(k) s[LINE_s(k)]
#else
#define SINE(k) LOAD1(s, LINE_s(k))
#endif
#if NEIGHBOURS
#define FIRST(k) (2 * (k))
#define SECOND(k) (2 * (k) + 1)
#else
#define FIRST(k) (k)
#define SECOND(k) ((k) + PAIRS)
#endif

KERNEL(rotary) {
    OPEN(x);
    OPEN(c);
    OPEN(s);
    OPEN(y);
    EPILOGUE_OPEN
    ELEMENT
    for (int k = PART; k < PAIRS; k += PARTS) {
        const float a = LOAD1(x, LINE_x(FIRST(k))), b = LOAD1(x, LINE_x(SECOND(k)));
        const float cosine = COSINE(k), sine = SINE(k);
        float v = a * cosine - b * sine;
        FINISH(v, FIRST(k))
        STORE1(y, LINE_y(FIRST(k)), v);
        v = b * cosine + a * sine;
        FINISH(v, SECOND(k))
        STORE1(y, LINE_y(SECOND(k)), v);
    }
    for (int k = 2 * PAIRS + PART; k < COLUMNS; k += PARTS) {
        float v = LOAD1(x, LINE_x(k));
        FINISH(v, k)
        STORE1(y, LINE_y(k), v);
    }
}
)CLC"sv;

inline constexpr text_names rotary_names{"", "COSINES SINES COSINE SINE FIRST SECOND"};

inline constexpr std::string_view rotary_reach = R"CLC(
ELEMENT
REQUIRE(PAIRS >= 1 && 2 * PAIRS <= COLUMNS);
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, PAIRS) {
#if COS_FLOAT
    READ(c, LINE_c(k), 1);
#else
    LOAD1(c, LINE_c(k));
#endif
#if SIN_FLOAT
    READ(s, LINE_s(k), 1);
#else
    LOAD1(s, LINE_s(k));
#endif
}
float v = 0;
EACH(k, 0, COLUMNS) {
    LOAD1(x, LINE_x(k));
    FINISH(v, k)
    STORE1(y, LINE_y(k), v);
}
)CLC"sv;

inline constexpr kernel_text rotary_kernel{"rotary",
    {optional_arguments, rotary_arguments, rotary_text},
    {optional_arguments, rotary_arguments, rotary_reach},
    {&prelude_names, &optional_arguments_names, &rotary_names}};

}  // namespace lamina::kernels
