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
// FROM + c / EXTENT * OUTER + c % EXTENT * INNER (PLAIN 1: FROM + c) and goes to lane TO + c (TO < VW). CLEAN 1: the
// lanes behind the last channel become zeros, else they belong to others.
// Plain channels are put side by side in private memory, all pixels before the first vector is read again: a load of
// what two stores have just written waits for both.
// Launch   global (W / RUN, H, N YB), work-groups of one.
inline constexpr std::string_view copy_lanes_text = R"CLC(
#define UNROLL _Pragma("unroll")
#if REAL_BYTES
typedef GLUE(uchar, VW) byte_lanes __attribute__((aligned(1)));
#define LOAD_LANES(p, i) GLUE(convert_float, VW)(*(__global const byte_lanes*)((p) + (i)))
#else
#define LOAD_LANES LOADV
#endif
GROUP_OF(1) KERNEL(copy_lanes) {
    OPEN(x);
    OPEN(y);
    const int first = get_global_id(0) * RUN, count = min(RUN, W - first), h = get_global_id(1);
    const int n = get_global_id(2) / YB, yb = get_global_id(2) % YB;
    const int begin = yb * VW - TO; /* the channel of the block's first lane */
    const int low = max(0, -begin), high = min(VW, CHANNELS - begin);
    x += n * XS_N + h * XS_H + first * XS_W;
    y += n * YS_N + yb * YS_C + h * YS_H + first * YS_W;
#if PLAIN
    /* the lanes from `lane` on of two neighbouring blocks; one alone where no channel is in the other */
    const int left = (FROM + begin + VW) / VW - 1, lane = FROM + begin - left * VW;
    const int a = low + lane < VW ? left : left + 1, b = high - 1 + lane >= VW ? left + 1 : left;
    float pairs[RUN * 2 * VW];
    for (int p = 0; p < count; ++p) {
        *(vec_anywhere*)(pairs + p * (2 * VW)) = LOAD_LANES(x, a * XS_C + p * XS_W);
        *(vec_anywhere*)(pairs + p * (2 * VW) + VW) = LOAD_LANES(x, b * XS_C + p * XS_W);
    }
#else
    int at[VW];
    UNROLL for (int l = 0; l < VW; ++l) {
        const int c = clamp(begin + l, 0, CHANNELS - 1);
        const int lane = FROM + c / EXTENT * OUTER + c % EXTENT * INNER;
        at[l] = lane / VW * XS_C + lane % VW;
    }
#endif
    for (int p = 0; p < count; ++p) {
#if PLAIN
        const float* lanes = pairs + p * (2 * VW) + lane;
#else
        float lanes[VW];
        UNROLL for (int l = 0; l < VW; ++l)
            lanes[l] = LOAD1(x, at[l] + p * XS_W);
#endif
        if (low == 0 && (CLEAN | (high == VW))) {
            const VEC v = KEEP(*(const vec_anywhere*)lanes, high);
            STOREV(y, p * YS_W, v);
        } else {
            for (int l = low; l < (CLEAN ? VW : high); ++l)
                STORE1(y, p * YS_W + l, l < high ? lanes[l] : 0.0f);
        }
    }
}
)CLC"sv;

inline constexpr text_names copy_lanes_names{"byte_lanes", "UNROLL LOAD_LANES"};

inline constexpr std::string_view copy_lanes_reach = R"CLC(
REQUIRE(CHANNELS >= 1 && RUN >= 1 && YB >= 1 && FROM >= 0 && TO >= 0 && TO < VW);
REQUIRE(TO + CHANNELS <= YB * VW);
const int n = get_global_id(2) / YB, h = get_global_id(1);
#if PLAIN
EACH(block, FROM / VW, (FROM + CHANNELS - 1) / VW + 1) EACH(w, 0, W)
    READ(x, n * XS_N + h * XS_H + w * XS_W + block * XS_C, VW);
#else
REQUIRE(EXTENT >= 1);
EACH(c, 0, CHANNELS) EACH(w, 0, W) {
    const int lane = FROM + c / EXTENT * OUTER + c % EXTENT * INNER;
    READ(x, n * XS_N + h * XS_H + w * XS_W + lane / VW * XS_C + lane % VW, 1);
}
#endif
EACH(lane, TO, CLEAN ? YB * VW : TO + CHANNELS) EACH(w, 0, W)
    WRITE(y, n * YS_N + h * YS_H + w * YS_W + lane / VW * YS_C + lane % VW, 1);
)CLC"sv;

inline constexpr kernel_text copy_lanes_kernel{"copy_lanes",
    {optional_arguments, copy_lanes_arguments, copy_lanes_text},
    {optional_arguments, copy_lanes_arguments, copy_lanes_reach},
    {&prelude_names, &optional_arguments_names, &copy_lanes_names}};

}  // namespace lamina::kernels
