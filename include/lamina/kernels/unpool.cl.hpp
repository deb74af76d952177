// SPDX-License-Identifier: Apache-2.0
// Puts values where indices say, into zeros; one work-item or work-group an image of one channel.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view unpool_arguments = R"CLC(
#define ARGS IN(x), INDICES(at), OUT(y)
)CLC"sv;

//   Y_H, Y_W     extents of the output's image; P_W and COUNT, width and elements of the input's
//   VOLUME 1     of volumes: Y_D, and P_H, the height of the input's slices
//   WHOLE_TENSOR as in the family pool, of an output with Y_C channels
// Indices outside of the channel's image are left out.
inline constexpr std::string_view unpool_text = R"CLC(
#if VOLUME /* the k-th place of a channel's volume, of slices of h x w, at(...) being AT_x, AT_at or AT_y */
#define Y_COUNT (Y_D * Y_H * Y_W)
#define PLACE(at, k, h, w) at(i0, i1, (k) / ((h) * (w)), (k) / (w) % (h), (k) % (w), 0)
#else
#define Y_COUNT (Y_H * Y_W)
#define PLACE(at, k, h, w) at(i0, i1, (k) / (w), (k) % (w), 0, 0)
#endif
KERNEL(unpool) {
    OPEN(x);
    OPEN(at);
    OPEN(y);
    ELEMENT
    for (int k = PART; k < Y_COUNT; k += PARTS)
        STORE1(y, PLACE(AT_y, k, Y_H, Y_W), 0.0f);
#if PARTS > 1
    barrier(CLK_GLOBAL_MEM_FENCE);
#endif
    for (int k = PART; k < COUNT; k += PARTS) {
        int to = at[PLACE(AT_at, k, P_H, P_W)];
#if WHOLE_TENSOR
        to = to < 0 ? to : to - (i0 * Y_C + i1) * Y_COUNT;
#endif
        if (to >= 0 && to < Y_COUNT) {
            const float v = LOAD1(x, PLACE(AT_x, k, P_H, P_W));
            STORE1(y, PLACE(AT_y, to, Y_H, Y_W), v);
        }
    }
}
)CLC"sv;

inline constexpr std::string_view unpool_reach = R"CLC(
ELEMENT
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
REQUIRE(Y_H >= 1 && Y_W >= 1 && P_W >= 1);
#if VOLUME
REQUIRE(P_H >= 1);
EACH(slice, 0, Y_D) EACH(row, 0, Y_H) EACH(column, 0, Y_W)
    STORE1(y, AT_y(i0, i1, slice, row, column, 0), 0);
EACH(slice, 0, (COUNT + P_H * P_W - 1) / (P_H * P_W)) EACH(row, 0, P_H) EACH(column, 0, P_W) {
    READ(at, AT_at(i0, i1, slice, row, column, 0), 1);
    LOAD1(x, AT_x(i0, i1, slice, row, column, 0));
}
#else
EACH(row, 0, Y_H) EACH(column, 0, Y_W) STORE1(y, AT_y(i0, i1, row, column, 0, 0), 0);
EACH(row, 0, (COUNT + P_W - 1) / P_W) EACH(column, 0, P_W) {
    READ(at, AT_at(i0, i1, row, column, 0, 0), 1);
    LOAD1(x, AT_x(i0, i1, row, column, 0, 0));
}
#endif
)CLC"sv;

inline constexpr text_names unpool_names{"", "Y_COUNT PLACE"};

inline constexpr kernel_text unpool_kernel{"unpool",
    {optional_arguments, unpool_arguments, unpool_text},
    {optional_arguments, unpool_arguments, unpool_reach},
    {&prelude_names, &optional_arguments_names, &unpool_names}};

}  // namespace lamina::kernels
