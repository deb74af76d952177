// SPDX-License-Identifier: Apache-2.0
// Puts values where indices say, into zeros; one work-item or work-group an image of one channel.
#pragma once
#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view unpool_arguments = R"CLC(
#define ARGS IN(x), INDICES(at), OUT(y)
)CLC";

//   Y_H, Y_W     extents of the output's image; P_W and COUNT, width and elements of the input's
//   WHOLE_TENSOR as in the family pool_index, of an output with Y_C channels
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
)CLC";

}  // namespace lamina::kernels
