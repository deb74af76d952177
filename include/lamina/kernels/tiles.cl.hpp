// SPDX-License-Identifier: Apache-2.0
// Products on AMX's tiles, registers of 16 rows of 64 bytes on CPUs: tdpbusd of quads of bytes, tdpbf16ps of
// pairs of bfloat16. Precedes the texts of families that have tactics with TILES.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// A word is four neighbouring bytes, or two bfloat16 (PAIRS), along the sum. A tile of activations has TW rows
// (pixels) of KT words, one of weights KT rows of 16 outputs, a word each: as pairs.cl.hpp and quads.cl.hpp have
// them. Sums are int or float, added up in pairs' order by the unit.
//   TILES 1       of a tactic;  TW, KT: at most 16
//   A_SPACE, B_SPACE   address spaces of activations and weights, defined by the family
//   OPEN_TILES    configures the registers, CLOSE_TILES releases them: a thread that keeps them in use is dearer to
//                 switch. Every work-item does both
//   ZERO_SUMS     four tiles of sums are 0
//   ADD_TILES(a0, a1, a_apart, b0, b1, b_apart)   adds the products of a0 and a1, whose rows are a_apart bytes
//                 apart, by b0 and b1 to them: sums 0 are a0 by b0, 1 a0 by b1, 2 a1 by b0, 3 a1 by b1
//   ADD_TILE_ROW(a, a_apart, b0, b1, b_apart)   the same of a0 alone
//   STORE_SUMS(to)   sums as to[4][16][16], of which TW rows each are written
// Where the program is not built for a CPU with the unit (AMX, runtime/programs.hpp), plain code with the same indices
// takes its place: slow, for tests (LAMINA_ABILITIES).
inline constexpr std::string_view tiles_text = R"CLC(
#if TILES
#if PAIRS
typedef float tile_sum;
typedef float16 tile_lanes;
#define TILE_DOT "tdpbf16ps"
#else
typedef int tile_sum;
typedef int16 tile_lanes;
#define TILE_DOT "tdpbusd"
#endif
#ifdef AMX
#define OPEN_TILES                                                                     \
    {                                                                                  \
        uchar config[64] __attribute__((aligned(64)));                                 \
        for (int i = 0; i < 64; ++i)                                                   \
            config[i] = i >= 16 && i < 32 ? (i % 2 ? 0 : 64)                           \
                : i >= 48 && i < 56       ? (i < 54 ? TW : KT)                         \
                                          : 0;                                         \
        config[0] = 1;                                                                 \
        config[24] = config[26] = KT * 4;                                              \
        __asm__ volatile("ldtilecfg (%0)" : : "r"(config) : "memory");                 \
    }
#define CLOSE_TILES __asm__ volatile("tilerelease" : : : "memory");
#define ZERO_SUMS                                                                      \
    __asm__ volatile("tilezero %%tmm0\n\ttilezero %%tmm1\n\ttilezero %%tmm2\n\t"       \
                     "tilezero %%tmm3" : : : "memory");
#define ADD_TILES(a0, a1, a_apart, b0, b1, b_apart)                                    \
    __asm__ volatile("tileloadd (%0,%4,1), %%tmm4\n\ttileloadd (%2,%5,1), %%tmm6\n\t"  \
                     TILE_DOT " %%tmm6, %%tmm4, %%tmm0\n\t"                            \
                     "tileloadd (%3,%5,1), %%tmm7\n\t"                                 \
                     TILE_DOT " %%tmm7, %%tmm4, %%tmm1\n\t"                            \
                     "tileloadd (%1,%4,1), %%tmm5\n\t"                                 \
                     TILE_DOT " %%tmm6, %%tmm5, %%tmm2\n\t"                            \
                     TILE_DOT " %%tmm7, %%tmm5, %%tmm3"                                \
                     : : "r"(a0), "r"(a1), "r"(b0), "r"(b1), "r"((long)(a_apart)),     \
                       "r"((long)(b_apart)) : "memory");
#define ADD_TILE_ROW(a, a_apart, b0, b1, b_apart)                                      \
    __asm__ volatile("tileloadd (%0,%3,1), %%tmm4\n\ttileloadd (%1,%4,1), %%tmm6\n\t"  \
                     TILE_DOT " %%tmm6, %%tmm4, %%tmm0\n\t"                            \
                     "tileloadd (%2,%4,1), %%tmm7\n\t"                                 \
                     TILE_DOT " %%tmm7, %%tmm4, %%tmm1"                                \
                     : : "r"(a), "r"(b0), "r"(b1), "r"((long)(a_apart)),               \
                       "r"((long)(b_apart)) : "memory");
#define STORE_SUMS(to)                                                                 \
    __asm__ volatile("tilestored %%tmm0, (%0,%1,1)\n\t"                                \
                     "tilestored %%tmm1, 1024(%0,%1,1)\n\t"                            \
                     "tilestored %%tmm2, 2048(%0,%1,1)\n\t"                            \
                     "tilestored %%tmm3, 3072(%0,%1,1)"                                \
                     : : "r"(to), "r"(64L) : "memory");
#define FETCH_LINE(p) __asm__ volatile("prefetcht1 (%0)" : : "r"(p))
#else
#define FETCH_LINE(p)
typedef uint tile_word __attribute__((aligned(1)));
inline tile_sum add_word(tile_sum sum, uint x, uint w) {
#if PAIRS
    sum = fma(as_float(x << 16), as_float(w << 16), sum);
    return fma(as_float(x & 0xffff0000u), as_float(w & 0xffff0000u), sum);
#else
    for (int i = 0; i < 32; i += 8)
        sum += (int)(x >> i & 255u) * ((int)(w << (24 - i)) >> 24);
    return sum;
#endif
}
#define TILE_WORD(space, p, at) \
    (*(space const tile_word*)((space const uchar*)(p) + (at)))
#define ADD_TILE(which, a, a_apart, b, b_apart)                                        \
    for (int r = 0; r < TW; ++r)                                                       \
        for (int c = 0; c < 16; ++c)                                                   \
            for (int i = 0; i < KT; ++i)                                               \
                tile_sums[(which) * 256 + r * 16 + c]                                  \
                    = add_word(tile_sums[(which) * 256 + r * 16 + c],                  \
                        TILE_WORD(A_SPACE, a, r * (a_apart) + 4 * i),                  \
                        TILE_WORD(B_SPACE, b, i * (b_apart) + 4 * c));
#define OPEN_TILES tile_sum tile_sums[4 * 256];
#define CLOSE_TILES
#define ZERO_SUMS                                                                      \
    for (int i = 0; i < 4 * 256; ++i)                                                  \
        tile_sums[i] = 0;
#define ADD_TILES(a0, a1, a_apart, b0, b1, b_apart)                                    \
    {                                                                                  \
        ADD_TILE(0, a0, a_apart, b0, b_apart)                                          \
        ADD_TILE(1, a0, a_apart, b1, b_apart)                                          \
        ADD_TILE(2, a1, a_apart, b0, b_apart)                                          \
        ADD_TILE(3, a1, a_apart, b1, b_apart)                                          \
    }
#define ADD_TILE_ROW(a, a_apart, b0, b1, b_apart)                                      \
    {                                                                                  \
        ADD_TILE(0, a, a_apart, b0, b_apart)                                           \
        ADD_TILE(1, a, a_apart, b1, b_apart)                                           \
    }
#define STORE_SUMS(to)                                                                 \
    for (int i = 0; i < 4 * 256; ++i)                                                  \
        (to)[i] = tile_sums[i];
#endif
/* lines of the weights that come next, spread over the steps of `passes` over those at hand: `lines` of each step */
#define FETCH_AHEAD(next, lines)                                                              \
    for (int line = 0; line < (lines); ++line, (next) += 64)                                  \
        FETCH_LINE(next);
/* the first of `all` that the work-item `at` along d has: they differ by one at most */
#define RANGE_BEGIN(d, at, all)                                                               \
    ((at) * ((all) / (int)get_num_groups(d)) + min((at), (all) % (int)get_num_groups(d)))
#define OWN_RANGE(d, first, end, all)                                                   \
    const int first = RANGE_BEGIN(d, (int)get_group_id(d), all);                              \
    const int end = RANGE_BEGIN(d, (int)get_group_id(d) + 1, all);
#endif
)CLC"sv;

inline constexpr text_names tiles_names{"tile_sum tile_lanes tile_word add_word",
    "TILE_DOT OPEN_TILES CLOSE_TILES ZERO_SUMS ADD_TILES ADD_TILE_ROW STORE_SUMS FETCH_LINE FETCH_AHEAD TILE_WORD ADD_TILE RANGE_BEGIN OWN_RANGE"};

}  // namespace lamina::kernels
