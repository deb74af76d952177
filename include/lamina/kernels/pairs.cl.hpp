// SPDX-License-Identifier: Apache-2.0
// Products of pairs of bfloat16 on vector units of CPUs: AVX-512's vdpbf16ps, or the same sums in floats.
// Precedes the texts of the families that pack weights in pairs.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Where storage is bfloat16, such families have weights of two neighbouring inputs side by side in each
// lane: [input / 2][VW outputs][2]. A lane is one uint, the first input in its lower half. An instruction
// adds both products to a lane's sum; in floats the halves are a shift and a mask away.
//   PAIRS 1       weights are packed so
//   DOTS 1        of a tactic: the device has the instruction; TILES 1: AMX (tiles.cl.hpp)
//   pair_lanes    VW pairs; LOAD_PAIRS(p, i) loads them from element i of p on
//   add_dots(sum, a, b)   sum + the products of a's and b's pairs, rounded after each addition. Numbers and
//                 results too small to be normal are 0
//   lower_of(a), upper_of(a)   the halves of all lanes as floats
inline constexpr std::string_view pairs_options = R"CLC(
#ifndef PAIRS
#define PAIRS 0
#endif
#ifndef DOTS
#define DOTS 0
#endif
#ifndef TILES
#define TILES 0
#endif
)CLC"sv;

inline constexpr std::string_view pairs_text = R"CLC(
#if PAIRS
typedef bfloat_bits pair_lanes;
typedef bfloat_bits pairs_anywhere __attribute__((aligned(4)));
#define LOAD_PAIRS(p, i) (*(__global const pairs_anywhere*)((p) + (i)))
#if DOTS
inline VEC add_dots(VEC sum, pair_lanes a, pair_lanes b) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}
#else
inline VEC lower_of(pair_lanes a) {
    return GLUE(as_float, VW)(a << 16);
}
inline VEC upper_of(pair_lanes a) {
    return GLUE(as_float, VW)(a & 0xffff0000u);
}
#endif
#endif
)CLC"sv;

inline constexpr text_names pairs_names{
    "pair_lanes pairs_anywhere add_dots lower_of upper_of", "PAIRS DOTS TILES LOAD_PAIRS"};

}  // namespace lamina::kernels
