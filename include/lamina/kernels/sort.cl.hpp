// SPDX-License-Identifier: Apache-2.0
// All elements of an axis in order, with their indices: a bitonic network in the output itself; one
// work-item or work-group per line.
#pragma once
#include <lamina/kernels/topk.cl.hpp>

namespace lamina::kernels {

//   COUNT        elements of a line; LINE_x(k), LINE_y(k), LINE_at(k): where the k-th lies
//   INDEX 0|1: `at` is wanted; then indices are sorted, else values
// Every comparison puts the first of two where the line begins, so that a line of any length is one
// of a power of two whose last elements stay where they are.
inline constexpr std::string_view sort_text = R"CLC(
#if PARTS > 1
#define NEXT_PASS barrier(CLK_GLOBAL_MEM_FENCE)
#else
#define NEXT_PASS
#endif
#if OUT_FLOAT
#define SORTED1(p, i) ((p)[i])
#else
#define SORTED1 LOAD1
#endif

KERNEL(sort) {
    OPEN(x);
    OPEN(y);
    INDEX_OPEN(at)
    ELEMENT
    for (int k = PART; k < COUNT; k += PARTS) {
#if INDEX
        at[LINE_at(k)] = k;
#else
        STORE1(y, LINE_y(k), LOAD1(x, LINE_x(k)));
#endif
    }
    NEXT_PASS;
    for (int size = 2; size < 2 * COUNT; size *= 2)
        for (int apart = size / 2; apart > 0; apart /= 2) {
            /* the first pass compares mirrored places of each block, the others those `apart` */
            const int flip = apart == size / 2 ? size - 1 : apart;
            for (int pair = PART; pair < (COUNT + size - 1) / size * (size / 2); pair += PARTS) {
                const int low = pair / apart * 2 * apart + pair % apart, high = low ^ flip;
                if (high < COUNT) {
#if INDEX
                    const int i = at[LINE_at(low)], j = at[LINE_at(high)];
                    if (stands_before(LOAD1(x, LINE_x(j)), j, LOAD1(x, LINE_x(i)), i)) {
                        at[LINE_at(low)] = j;
                        at[LINE_at(high)] = i;
                    }
#else
                    const float v = SORTED1(y, LINE_y(low)), w = SORTED1(y, LINE_y(high));
                    if (stands_before(w, 1, v, 0)) {
                        STORE1(y, LINE_y(low), w);
                        STORE1(y, LINE_y(high), v);
                    }
#endif
                }
            }
            NEXT_PASS;
        }
#if INDEX
    for (int k = PART; k < COUNT; k += PARTS)
        STORE1(y, LINE_y(k), LOAD1(x, LINE_x(at[LINE_at(k)])));
#endif
}
)CLC"sv;

inline constexpr text_names sort_names{"", "NEXT_PASS SORTED1"};

inline constexpr std::string_view sort_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(k, 0, COUNT) {
    LOAD1(x, LINE_x(k));
    STORE1(y, LINE_y(k), 0);
#if INDEX
    WRITE(at, LINE_at(k), 1);
#endif
}
)CLC"sv;

inline constexpr kernel_text sort_kernel{"sort",
    {optional_arguments, topk_arguments, order_text, sort_text},
    {optional_arguments, topk_arguments, sort_reach},
    {&prelude_names, &optional_arguments_names, &order_names, &sort_names}};

}  // namespace lamina::kernels
