// SPDX-License-Identifier: Apache-2.0
// Squares of VW vectors of VW lanes turned: what was a lane becomes a vector.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view turn_lanes_text = R"CLC(
#define UNROLL _Pragma("unroll")
#if VW >= 4
/* lane l of v[p] becomes lane p of v[l]: each stage moves the lowest bit of l to the top of p */
#define TURN_STAGE(to, from)                                              \
    UNROLL for (int p = 0; p < VW / 2; ++p) {                             \
        to[p] = (VEC)(from[2 * p].even, from[2 * p + 1].even);            \
        to[p + VW / 2] = (VEC)(from[2 * p].odd, from[2 * p + 1].odd);     \
    }
inline void turn_lanes(VEC* v) {
    VEC other[VW];
    TURN_STAGE(other, v)
    TURN_STAGE(v, other)
#if VW >= 8
    TURN_STAGE(other, v)
#if VW == 16
    TURN_STAGE(v, other)
#else
    UNROLL for (int p = 0; p < VW; ++p)
        v[p] = other[p];
#endif
#endif
}
#endif
)CLC"sv;

inline constexpr text_names turn_lanes_names{"turn_lanes", "UNROLL TURN_STAGE"};

}  // namespace lamina::kernels
