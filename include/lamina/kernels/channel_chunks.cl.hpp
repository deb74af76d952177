// SPDX-License-Identifier: Apache-2.0
// How kernels whose work-items compute a chunk of channels (channel_chunks.hpp) store it, and what that reaches.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   STORE_CHUNK(value)  for l = 0, 1, ... of the chunk: `value` with the epilogue, and 0 in padding lanes
inline constexpr std::string_view channel_chunks_text = R"CLC(
#define STORE_CHUNK(value)                                   \
    for (int l = 0; l < CHUNK; ++l) {                        \
        const int channel = i1 * CHUNK + l;                  \
        if (channel >= C_ALL)                                \
            break;                                           \
        float v = 0.0f;                                      \
        if (channel < C_OWN) {                               \
            v = (value);                                     \
            EPILOGUE(v, i0, channel, i2, i3, i4, i5)         \
        }                                                    \
        STORE1(y, AT_y(i0, channel, i2, i3, i4, i5), v);     \
    }
)CLC"sv;

inline constexpr text_names channel_chunks_names{"", "STORE_CHUNK"};

inline constexpr std::string_view channel_chunks_reach = R"CLC(
REQUIRE(CHUNK >= 1 && C_OWN >= 1);
float v = 0;
EACH(channel, min(i1 * CHUNK, C_OWN - 1), min(i1 * CHUNK + CHUNK, C_OWN)) {
    EPILOGUE(v, i0, channel, i2, i3, i4, i5)
}
EACH(channel, i1 * CHUNK, min(i1 * CHUNK + CHUNK, C_ALL))
    STORE1(y, AT_y(i0, channel, i2, i3, i4, i5), v);
)CLC"sv;

}  // namespace lamina::kernels
