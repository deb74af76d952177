// SPDX-License-Identifier: Apache-2.0
// Numbers in a heap: the one that stands before all others, or behind them, is its first. A part of the families that
// choose a few of many.
#pragma once
#include <lamina/kernels/topk.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// Source   Williams 1964, "Algorithm 232: Heapsort".
inline constexpr std::string_view heap_text = R"CLC(
/* moves the number at a place down to where it belongs; behind 1: the first is the one that stands behind the others */
inline void sift_down(float* values, int* places, int at, int size, int behind) {
    const float v = values[at];
    const int i = places[at];
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size
            && stands_before(values[child + 1], places[child + 1], values[child], places[child]) != behind)
            ++child;
        if (stands_before(values[child], places[child], v, i) == behind)
            break;
        values[at] = values[child];
        places[at] = places[child];
        at = child;
    }
    values[at] = v;
    places[at] = i;
}
inline void make_heap(float* values, int* places, int size, int behind) {
    for (int at = size / 2 - 1; at >= 0; --at)
        sift_down(values, places, at, size, behind);
}
)CLC"sv;

inline constexpr text_names heap_names{"sift_down make_heap", ""};

}  // namespace lamina::kernels
