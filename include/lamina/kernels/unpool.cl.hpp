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
//   WHOLE_TENSOR as in the family pool, of an output with Y_C channels
// Indices outside of the channel's image are left out.
inline constexpr std::string_view unpool_text = R"CLC(
KERNEL(unpool) {
    OPEN(x);
    OPEN(at);
    OPEN(y);
    ELEMENT
    for (int k = PART; k < Y_H * Y_W; k += PARTS)
        STORE1(y, AT_y(i0, i1, k / Y_W, k % Y_W, 0, 0), 0.0f);
#if PARTS > 1
    barrier(CLK_GLOBAL_MEM_FENCE);
#endif
    for (int k = PART; k < COUNT; k += PARTS) {
        int to = at[AT_at(i0, i1, k / P_W, k % P_W, 0, 0)];
#if WHOLE_TENSOR
        to = to < 0 ? to : to - (i0 * Y_C + i1) * Y_H * Y_W;
#endif
        if (to >= 0 && to < Y_H * Y_W) {
            const float v = LOAD1(x, AT_x(i0, i1, k / P_W, k % P_W, 0, 0));
            STORE1(y, AT_y(i0, i1, to / Y_W, to % Y_W, 0, 0), v);
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
EACH(row, 0, Y_H) EACH(column, 0, Y_W) STORE1(y, AT_y(i0, i1, row, column, 0, 0), 0);
EACH(row, 0, (COUNT + P_W - 1) / P_W) EACH(column, 0, P_W) {
    READ(at, AT_at(i0, i1, row, column, 0, 0), 1);
    LOAD1(x, AT_x(i0, i1, row, column, 0, 0));
}
)CLC"sv;

inline constexpr kernel_text unpool_kernel{"unpool",
    {optional_arguments, unpool_arguments, unpool_text},
    {optional_arguments, unpool_arguments, unpool_reach},
    {&prelude_names, &optional_arguments_names}};

}  // namespace lamina::kernels
