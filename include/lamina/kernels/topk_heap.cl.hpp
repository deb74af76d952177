// SPDX-License-Identifier: Apache-2.0
// The K largest or smallest values along an axis, or all of them, in their order, with their indices: one work-item
// per line, which reads it once and keeps the best so far in a heap of its own.
#pragma once
#include <lamina/kernels/heap.cl.hpp>

namespace lamina::kernels {

//   COUNT, K, INDEX, LINE_x(k), LINE_y(k), LINE_at(k): as for topk
//   ROOM         at least K: elements of the work-item's own memory
inline constexpr std::string_view topk_heap_text = R"CLC(
KERNEL(topk_heap) {
    OPEN(x);
    OPEN(y);
    INDEX_OPEN(at)
    ELEMENT
    float values[ROOM];
    int places[ROOM];
    for (int i = 0; i < K; ++i) {
        values[i] = LOAD1(x, LINE_x(i));
        places[i] = i;
    }
    make_heap(values, places, K, 1);
    for (int i = K; i < COUNT; ++i) {
        const float v = LOAD1(x, LINE_x(i));
        if (!stands_before(v, i, values[0], places[0]))
            continue;
        values[0] = v;
        places[0] = i;
        sift_down(values, places, 0, K, 1);
    }
    for (int k = K - 1; k >= 0; --k) {
        STORE1(y, LINE_y(k), values[0]);
#if INDEX
        at[LINE_at(k)] = places[0];
#endif
        values[0] = values[k];
        places[0] = places[k];
        sift_down(values, places, 0, k, 1);
    }
}
)CLC"sv;

inline constexpr std::string_view topk_heap_reach = R"CLC(
REQUIRE(K >= 1 && K <= COUNT && K <= ROOM && ROOM <= 65536);
)CLC"sv;

inline constexpr kernel_text topk_heap_kernel{"topk_heap",
    {optional_arguments, topk_arguments, order_text, heap_text, topk_heap_text},
    {optional_arguments, topk_arguments, topk_heap_reach, topk_reach},
    {&prelude_names, &optional_arguments_names, &order_names, &heap_names}};

}  // namespace lamina::kernels
