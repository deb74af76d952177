// SPDX-License-Identifier: Apache-2.0
// Products of four unsigned by four signed numbers of 8 bits on vector units of CPUs: AVX-512's vpdpbusd, or
// the same sums in whole numbers of 16 and 32 bits, by AVX2's vpmaddwd where it is there. Precedes the texts of
// families of int8 plans, behind dot_rows.cl.hpp.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights lie as [input / 4][VW outputs][4]: a lane is one int with four neighbouring inputs of an output.
// Activations are u8 with channels side by side, so that a pixel's quad is one uint. Sums are exact: 2^17
// quads, more than any plan has, stay in 32 bits, and all ways give the same bits.
//   DOTS 1                of a tactic: the device has vpdpbusd; 2: AVX2; TILES 1: AMX (tiles.cl.hpp)
//   quad_sums             VW sums
//   LOAD_WEIGHTS(p, i)    VW quads of weights from byte i of p on, a quad_weights
//   LOAD_QUAD(p, i)       a quad of activations, a uint
//   source_quad           a quad of activations as ADD_ROW reads it, of what AS_SOURCE makes of one uint and AS_SOURCES
//                         of a vector of them, TO_SOURCES of VW bytes (VW / 4 quads)
//   ADD_ROW(sums, x, w)   adds the products of x, a source_quad in memory, by each lane's of w[o] to sums[o],
//                         o < BLOCKS
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
#define LOAD_QUAD(p, i) (*(__global const quad_anywhere*)((p) + (i)))
#define LOAD_BYTES(p, i) (*(__global const bytes_anywhere*)((p) + (i)))
#define SUMS_AS_FLOATS(s) GLUE(convert_float, VW)(s)
#if DOTS == 2
/* A quad is two pairs of numbers in 16 bits each, its 0 and 2 (low), and its 1 and 3 (high): vpmaddwd adds the
   products of two such numbers. Of weights, whose signs must be extended, shifts make them. */
typedef struct {
    short16 low[VW / 8], high[VW / 8];
} quad_weights;
typedef ulong source_quad;
typedef GLUE(ushort, VW) source_lanes;
typedef short16 pairs_anywhere __attribute__((aligned(1)));
#define HALVES_8 s02134657
#define HALVES_16 s021346578a9bcedf
#define TO_SOURCES(v) GLUE(convert_ushort, VW)((v).GLUE(HALVES_, VW))
#define HALVES_OF(TYPE, q) \
    (TYPE((q) & 0x00ff00ffu) | TYPE((q) >> 8 & 0x00ff00ffu) << 32)
#define AS_SOURCE(q) HALVES_OF(convert_ulong, q)
#define AS_SOURCES(q) HALVES_OF(convert_ulong8, q)
inline quad_weights open_weights(__global const char* from) {
    quad_weights out;
    _Pragma("unroll") for (int i = 0; i < VW / 8; ++i) {
        const short16 both = *(__global const pairs_anywhere*)(from + 32 * i);
        out.low[i] = (both << (short16)(8)) >> (short16)(8);
        out.high[i] = both >> (short16)(8);
    }
    return out;
}
#define LOAD_WEIGHTS(p, i) open_weights((p) + (i))
#ifdef __AVX2__
#define PAIR(x, i) (((const uint*)&(x))[i])
#define ADD_PAIRS(s, x, w, i)                                                                  \
    {                                                                                          \
        int8 all, products;                                                                    \
        __asm__("vpbroadcastd %3, %1\n\tvpmaddwd %5, %1, %2\n\tvpaddd %2, %0, %0\n\t"          \
                "vpbroadcastd %4, %1\n\tvpmaddwd %6, %1, %2\n\tvpaddd %2, %0, %0"               \
                : "+x"(s), "=&x"(all), "=&x"(products)                                         \
                : "m"(PAIR(x, 0)), "m"(PAIR(x, 1)), "x"((w).low[i]), "x"((w).high[i]));        \
    }
#define ADD_PAIRS_2(s, t, x, v, i, w, j)                                                       \
    {                                                                                          \
        int8 all, products;                                                                    \
        __asm__("vpbroadcastd %4, %2\n\tvpmaddwd %6, %2, %3\n\tvpaddd %3, %0, %0\n\t"          \
                "vpmaddwd %8, %2, %3\n\tvpaddd %3, %1, %1\n\t"                                 \
                "vpbroadcastd %5, %2\n\tvpmaddwd %7, %2, %3\n\tvpaddd %3, %0, %0\n\t"          \
                "vpmaddwd %9, %2, %3\n\tvpaddd %3, %1, %1"                                      \
                : "+x"(s), "+x"(t), "=&x"(all), "=&x"(products)                                \
                : "m"(PAIR(x, 0)), "m"(PAIR(x, 1)), "x"((v).low[i]), "x"((v).high[i]),         \
                "x"((w).low[j]), "x"((w).high[j]));                                            \
    }
#else
inline int8 add_pairs(int8 sum, uint x, short16 w) {
    return sum + convert_int8(w.even) * (int)(x & 65535u) + convert_int8(w.odd) * (int)(x >> 16);
}
#define ADD_PAIRS(s, x, w, i)                           \
    {                                                   \
        s = add_pairs(s, (uint)(x), (w).low[i]);        \
        s = add_pairs(s, (uint)((x) >> 32), (w).high[i]); \
    }
#define ADD_PAIRS_2(s, t, x, v, i, w, j) \
    {                                    \
        ADD_PAIRS(s, x, v, i)            \
        ADD_PAIRS(t, x, w, j)            \
    }
#endif
#if VW == 8
#define ADD_ROW_1(s, x, w) ADD_PAIRS((s)[0], x, (w)[0], 0)
#define ADD_ROW_2(s, x, w) ADD_PAIRS_2((s)[0], (s)[1], x, (w)[0], 0, (w)[1], 0)
#define ADD_ROW_3(s, x, w)                  \
    {                                       \
        ADD_ROW_2(s, x, w)                  \
        ADD_PAIRS((s)[2], x, (w)[2], 0)     \
    }
#else
#define ADD_ROW_1(s, x, w)                                     \
    {                                                          \
        int8 low = (s)[0].lo, high = (s)[0].hi;                \
        ADD_PAIRS_2(low, high, x, (w)[0], 0, (w)[0], 1)        \
        (s)[0] = (int16)(low, high);                           \
    }
#endif
#define ADD_ROW(sums, x, w) GLUE(ADD_ROW_, BLOCKS)(sums, x, w)
#else
typedef quad_lanes quad_weights;
typedef uint source_quad;
typedef byte_lanes source_lanes;
#define TO_SOURCES(v) (v)
#define AS_SOURCE(q) (q)
#define LOAD_WEIGHTS(p, i) (*(__global const quads_anywhere*)((p) + (i)))
#if DOTS
#define ADD_ROW(sums, x, w) GLUE(DOT_ROW_, BLOCKS)("vpdpbusd", sums, x, w)
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
        _Pragma("unroll") for (int o = 0; o < BLOCKS; ++o)   \
            (sums)[o] = add_quads((sums)[o], all, (w)[o]); \
    }
#endif
#endif
)CLC"sv;

inline constexpr text_names quads_names{
    "quad_lanes quad_sums quads_anywhere byte_lanes bytes_anywhere quad_anywhere quad_weights "
    "source_quad source_lanes pairs_anywhere open_weights add_pairs add_quads",
    "DOTS TILES LOAD_WEIGHTS LOAD_QUAD LOAD_BYTES SUMS_AS_FLOATS HALVES_8 HALVES_16 HALVES_OF "
    "TO_SOURCES AS_SOURCE AS_SOURCES PAIR ADD_PAIRS ADD_PAIRS_2 ADD_ROW_1 ADD_ROW_2 ADD_ROW_3 ADD_ROW"};

}  // namespace lamina::kernels
