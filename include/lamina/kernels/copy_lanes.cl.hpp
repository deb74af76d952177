// SPDX-License-Identifier: Apache-2.0
// Copies of channels from any lanes of blocks into blocks: parts that begin inside a block, every other
// channel, shuffled ones.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view copy_lanes_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

// One work-item fills the lanes of one block in up to RUN pixels of a row. Channel c < CHANNELS comes from lane
// FROM + c / EXTENT * OUTER + c % EXTENT * INNER and goes to lane TO + c (TO < VW). CLEAN 1: the lanes behind
// the last channel become zeros, else they belong to others.
// Launch   global (W / RUN, H, N YB), work-groups of one.
inline constexpr std::string_view copy_lanes_text = R"CLC(
#define UNROLL _Pragma("unroll")
GROUP_OF(1) KERNEL(copy_lanes) {
    OPEN(x);
    OPEN(y);
    const int first = get_global_id(0) * RUN, last = min(first + RUN, W), h = get_global_id(1);
    const int n = get_global_id(2) / YB, yb = get_global_id(2) % YB;
    const int begin = yb * VW - TO; /* the channel of the block's first lane */
    const int low = max(0, -begin), high = min(VW, CHANNELS - begin);
    int at[VW];
    UNROLL for (int l = 0; l < VW; ++l) {
        const int c = clamp(begin + l, 0, CHANNELS - 1);
        const int lane = FROM + c / EXTENT * OUTER + c % EXTENT * INNER;
        at[l] = lane / VW * XS_C + lane % VW;
    }
    x += n * XS_N + h * XS_H;
    y += n * YS_N + yb * YS_C + h * YS_H;
    for (int w = first; w < last; ++w) {
        float lanes[VW];
        UNROLL for (int l = 0; l < VW; ++l)
            lanes[l] = LOAD1(x, at[l] + w * XS_W);
        if (low == 0 && (CLEAN | (high == VW))) {
            const VEC v = KEEP(*(vec_anywhere*)lanes, high);
            STOREV(y, w * YS_W, v);
        } else {
            for (int l = low; l < (CLEAN ? VW : high); ++l)
                STORE1(y, w * YS_W + l, l < high ? lanes[l] : 0.0f);
        }
    }
}
)CLC"sv;

inline constexpr text_names copy_lanes_names{"", "UNROLL"};

inline constexpr std::string_view copy_lanes_reach = R"CLC(
REQUIRE(CHANNELS >= 1 && EXTENT >= 1 && RUN >= 1 && YB >= 1 && TO >= 0 && TO < VW);
REQUIRE(TO + CHANNELS <= YB * VW);
const int n = get_global_id(2) / YB, h = get_global_id(1);
EACH(c, 0, CHANNELS) EACH(w, 0, W) {
    const int lane = FROM + c / EXTENT * OUTER + c % EXTENT * INNER;
    READ(x, n * XS_N + h * XS_H + w * XS_W + lane / VW * XS_C + lane % VW, 1);
}
EACH(lane, TO, CLEAN ? YB * VW : TO + CHANNELS) EACH(w, 0, W)
    WRITE(y, n * YS_N + h * YS_H + w * YS_W + lane / VW * YS_C + lane % VW, 1);
)CLC"sv;

inline constexpr kernel_text copy_lanes_kernel{"copy_lanes",
    {optional_arguments, copy_lanes_arguments, copy_lanes_text},
    {optional_arguments, copy_lanes_arguments, copy_lanes_reach},
    {&prelude_names, &optional_arguments_names, &copy_lanes_names}};

}  // namespace lamina::kernels
