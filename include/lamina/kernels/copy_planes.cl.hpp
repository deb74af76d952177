// SPDX-License-Identifier: Apache-2.0
// Copies of images and sequences of floats from blocks of channels into planes, rows of pixels for each channel.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/turn_lanes.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view copy_planes_arguments = R"CLC(
#define ARGS IN(x), OUT(y)
)CLC"sv;

// One work-item copies up to RUN pixels of a row, of one of XB blocks of CHANNELS channels in all: squares of VW pixels
// and VW channels are turned, pixels behind the last square go one number at a time.
// Launch   global (W / RUN, H, N XB), work-groups of one.
inline constexpr std::string_view copy_planes_text = R"CLC(
GROUP_OF(1) KERNEL(copy_planes) {
    OPEN(x);
    OPEN(y);
    const int first = get_global_id(0) * RUN, count = min(RUN, W - first), h = get_global_id(1);
    const int n = get_global_id(2) / XB, xb = get_global_id(2) % XB;
    const int channels = min(VW, CHANNELS - xb * VW);
    x += n * XS_N + xb * XS_C + h * XS_H + first * XS_W;
    y += n * YS_N + xb * VW * YS_C + h * YS_H + first;
    int p = 0;
    for (; p + VW <= count; p += VW) {
        VEC square[VW];
        turn_global((float*)square, VW, x + p * XS_W, XS_W);
        for (int c = 0; c < channels; ++c)
            STOREV(y, c * YS_C + p, square[c]);
    }
    for (; p < count; ++p)
        for (int c = 0; c < channels; ++c)
            STORE1(y, c * YS_C + p, LOAD1(x, p * XS_W + c));
}
)CLC"sv;

inline constexpr std::string_view copy_planes_reach = R"CLC(
REQUIRE(CHANNELS >= 1 && RUN >= 1 && XB >= 1 && CHANNELS <= XB * VW);
const int n = get_global_id(2) / XB, h = get_global_id(1);
EACH(block, 0, XB) EACH(w, 0, W)
    LOADV(x, n * XS_N + h * XS_H + w * XS_W + block * XS_C);
EACH(c, 0, CHANNELS)
    WRITE(y, n * YS_N + c * YS_C + h * YS_H, W);
)CLC"sv;

inline constexpr kernel_text copy_planes_kernel{"copy_planes",
    {optional_arguments, copy_planes_arguments, turn_lanes_text, copy_planes_text},
    {optional_arguments, copy_planes_arguments, copy_planes_reach},
    {&prelude_names, &optional_arguments_names, &turn_lanes_names}};

}  // namespace lamina::kernels
