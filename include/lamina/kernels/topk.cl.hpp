// SPDX-License-Identifier: Apache-2.0
// The K largest or smallest values along an axis, in their order, with their indices; one work-item or
// work-group per line, which looks through it once for each of them.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view topk_arguments = R"CLC(
#define ARGS IN(x), OUT(y) INDEX_ARG(at)
)CLC"sv;

//   SMALLEST 0|1   which values come first
inline constexpr std::string_view order_text = R"CLC(
#if SMALLEST
#define IS_BEYOND(v, w) ((v) < (w))
#define NAN_FIRST 0
#else
#define IS_BEYOND(v, w) ((v) > (w))
#define NAN_FIRST 1
#endif
/* does (v, i) stand before (w, j)? all are in one order: a NaN is the largest, equals go by index */
inline int stands_before(float v, int i, float w, int j) {
    if ((v != v) != (w != w))
        return NAN_FIRST ? v != v : w != w;
    return IS_BEYOND(v, w) || (!IS_BEYOND(w, v) && i < j);
}
)CLC"sv;

inline constexpr text_names order_names{"stands_before", "IS_BEYOND NAN_FIRST"};

// Of the (most, best) that each work-item of a group found, best -1 for none, the one that stands before the others,
// for all of them. A barrier must stand between it and the next one.
inline constexpr std::string_view first_of_parts_text = R"CLC(
#define FIRST_OF_PARTS(values, places, most, best)                                        \
    values[PART] = most;                                                                  \
    places[PART] = best;                                                                  \
    barrier(CLK_LOCAL_MEM_FENCE);                                                         \
    for (int half_ = PARTS / 2; half_ > 0; half_ /= 2) {                                  \
        if (PART < half_ && places[PART + half_] >= 0                                     \
            && (places[PART] < 0                                                          \
                || stands_before(values[PART + half_], places[PART + half_], values[PART], \
                    places[PART]))) {                                                     \
            values[PART] = values[PART + half_];                                          \
            places[PART] = places[PART + half_];                                          \
        }                                                                                 \
        barrier(CLK_LOCAL_MEM_FENCE);                                                     \
    }                                                                                     \
    most = values[0];                                                                     \
    best = places[0];
)CLC"sv;

inline constexpr text_names first_of_parts_names{"", "FIRST_OF_PARTS"};

//   COUNT        elements of a line; LINE_x(k): where its k-th lies
//   K            how many of them are wanted: LINE_y(k) and LINE_at(k) take the k-th
//   INDEX 0|1: `at` is wanted
inline constexpr std::string_view topk_text = R"CLC(
KERNEL(topk) {
    OPEN(x);
    OPEN(y);
    INDEX_OPEN(at)
    ELEMENT
#if PARTS > 1
    __local float values[PARTS];
    __local int places[PARTS];
#endif
    float last = 0.0f;
    int last_at = -1;
    for (int k = 0; k < K; ++k) {
        float most = 0.0f;
        int best = -1;
        for (int i = PART; i < COUNT; i += PARTS) {
            const float v = LOAD1(x, LINE_x(i));
            if (last_at >= 0 && !stands_before(last, last_at, v, i))
                continue;
            if (best < 0 || stands_before(v, i, most, best)) {
                most = v;
                best = i;
            }
        }
#if PARTS > 1
        FIRST_OF_PARTS(values, places, most, best)
        barrier(CLK_LOCAL_MEM_FENCE);
#endif
        if (PART == 0) {
            STORE1(y, LINE_y(k), most);
#if INDEX
            at[LINE_at(k)] = best;
#endif
        }
        last = most;
        last_at = best;
    }
}
)CLC"sv;

inline constexpr std::string_view topk_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) LOAD1(x, LINE_x(k));
EACH(k, 0, K) {
    STORE1(y, LINE_y(k), 0);
#if INDEX
    WRITE(at, LINE_at(k), 1);
#endif
}
)CLC"sv;

inline constexpr kernel_text topk_kernel{"topk",
    {optional_arguments, topk_arguments, order_text, first_of_parts_text, topk_text},
    {optional_arguments, topk_arguments, topk_reach},
    {&prelude_names, &optional_arguments_names, &order_names, &first_of_parts_names}};

}  // namespace lamina::kernels
