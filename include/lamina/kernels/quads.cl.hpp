// SPDX-License-Identifier: Apache-2.0
// Products of four unsigned by four signed numbers of 8 bits on vector units of CPUs: AVX-512's vpdpbusd, or
// the same sums in whole numbers of 16 and 32 bits. Precedes the texts of families of int8 plans, behind
// dot_rows.cl.hpp.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights lie as [input / 4][VW outputs][4]: a lane is one int with four neighbouring inputs of an output.
// Activations are u8 with channels side by side, so that a pixel's quad is one uint. Sums are exact: 2^17
// quads, more than any plan has, stay in 32 bits, and both ways give the same bits.
//   DOTS 1                of a tactic: the device has the instruction; TILES 1: AMX (tiles.cl.hpp)
//   quad_lanes, quad_sums  VW quads of weights, VW sums
//   LOAD_QUADS(p, i)      quads of weights from byte i of p on; LOAD_QUAD one of activations
//   ADD_ROW(sums, x, w)  adds the products of the quad x, an object in memory, by each lane's of w[o] to sums[o],
//                         o < OB
inline constexpr std::string_view quads_options = R"CLC(
#ifndef DOTS
#define DOTS 0
#endif
#ifndef TILES
#define TILES 0
#endif
)CLC"sv;

inline constexpr std::string_view quads_text = R"CLC(
typedef GLUE(int, VW) quad_lanes;
typedef GLUE(int, VW) quad_sums;
typedef quad_lanes quads_anywhere __attribute__((aligned(1)));
typedef GLUE(uchar, VW) byte_lanes;
typedef byte_lanes bytes_anywhere __attribute__((aligned(1)));
typedef uint quad_anywhere __attribute__((aligned(1)));
#define LOAD_QUADS(p, i) (*(__global const quads_anywhere*)((p) + (i)))
#define LOAD_QUAD(p, i) (*(__global const quad_anywhere*)((p) + (i)))
#define LOAD_BYTES(p, i) (*(__global const bytes_anywhere*)((p) + (i)))
#define SUMS_AS_FLOATS(s) GLUE(convert_float, VW)(s)
#if DOTS
#define ADD_ROW(sums, x, w) GLUE(DOT_ROW_, OB)("vpdpbusd", sums, x, w)
#else
/* products of numbers of 16 bits that lie in the lower halves: compilers make vpmaddwd of it */
inline quad_sums add_quads(quad_sums sum, uint x, quad_lanes w) {
    sum += ((w << 24) >> 24) * (quad_lanes)((int)(x & 255u));
    sum += ((w << 16) >> 24) * (quad_lanes)((int)(x >> 8 & 255u));
    sum += ((w << 8) >> 24) * (quad_lanes)((int)(x >> 16 & 255u));
    sum += (w >> 24) * (quad_lanes)((int)(x >> 24));
    return sum;
}
#define ADD_ROW(sums, x, w)                              \
    {                                                    \
        const uint all = x;                              \
        _Pragma("unroll") for (int o = 0; o < OB; ++o)   \
            (sums)[o] = add_quads((sums)[o], all, (w)[o]); \
    }
#endif
)CLC"sv;

inline constexpr text_names quads_names{
    "quad_lanes quad_sums quads_anywhere byte_lanes bytes_anywhere quad_anywhere add_quads",
    "DOTS TILES LOAD_QUADS LOAD_QUAD LOAD_BYTES SUMS_AS_FLOATS ADD_ROW"};

}  // namespace lamina::kernels
