// SPDX-License-Identifier: Apache-2.0
// Mean, sum, maximum, minimum or product of each channel's pixels, of an image or sequence of floats in blocks of
// channels.
#pragma once
#include <lamina/kernels/kernel_text.hpp>
#include <lamina/kernels/reduce_words.cl.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view reduce_blocks_arguments = R"CLC(
#define ARGS IN(x), OUT(y) EPILOGUE_ARGS
)CLC"sv;

// One work-item reduces the COUNT pixels of a block of BLOCK channels, BLOCK floats apart, of CHANNELS channels in all;
// ELEMENT counts the output's blocks along i1, as the epilogue works on one element.
// Sums are made of runs of 256 pixels, each of 4 sums.
inline constexpr std::string_view reduce_blocks_text = R"CLC(
typedef GLUE(float, BLOCK) block_lanes;
typedef block_lanes block_anywhere __attribute__((aligned(4)));
#define PIXEL_OF(p) (*(__global const block_anywhere*)(x + (p) * BLOCK))

GROUP_OF(1) KERNEL(reduce_blocks) {
    OPEN(x);
    OPEN(y);
    EPILOGUE_OPEN
    ELEMENT
    x += i0 * XS_N + i1 * XS_C;
    block_lanes all = (block_lanes)(START);
    for (int p = 0; p < COUNT;) {
        block_lanes part[4];
        _Pragma("unroll") for (int k = 0; k < 4; ++k)
            part[k] = (block_lanes)(START);
        const int end = min(COUNT, p + 256);
        for (; p + 4 <= end; p += 4)
            _Pragma("unroll") for (int k = 0; k < 4; ++k) {
                const block_lanes value = PIXEL_OF(p + k);
                TAKE(part[k], value);
            }
        for (; p < end; ++p) {
            const block_lanes value = PIXEL_OF(p);
            TAKE(part[0], value);
        }
        _Pragma("unroll") for (int k = 0; k < 4; ++k)
            TAKE(all, part[k]);
    }
    float lanes[BLOCK];
    *(block_anywhere*)lanes = KIND ? all : all / (float)COUNT;
    for (int l = 0; l < min(BLOCK, CHANNELS - i1 * BLOCK); ++l) {
        const int channel = i1 * BLOCK + l;
        float v = lanes[l];
        EPILOGUE(v, i0, channel, i2, i3, i4, i5)
        STORE1(y, AT_y(i0, channel, i2, i3, i4, i5), v);
    }
}
)CLC"sv;

inline constexpr text_names reduce_blocks_names{"block_lanes block_anywhere", "PIXEL_OF"};

inline constexpr std::string_view reduce_blocks_reach = R"CLC(
REQUIRE(BLOCK >= 4);
ELEMENT
READ(x, i0 * XS_N + i1 * XS_C, COUNT * BLOCK);
EACH(channel, i1 * BLOCK, min(CHANNELS, (i1 + 1) * BLOCK)) {
    float v = 0;
    APART(channel) { EPILOGUE(v, i0, channel, i2, i3, i4, i5) }
    STORE1(y, AT_y(i0, channel, i2, i3, i4, i5), v);
}
)CLC"sv;

inline constexpr kernel_text reduce_blocks_kernel{"reduce_blocks",
    {optional_arguments, reduce_blocks_arguments, reduce_words_text, reduce_blocks_text},
    {optional_arguments, reduce_blocks_arguments, reduce_blocks_reach},
    {&prelude_names, &optional_arguments_names, &reduce_words_names, &reduce_blocks_names}};

}  // namespace lamina::kernels
