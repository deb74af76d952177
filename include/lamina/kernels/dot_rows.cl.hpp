// SPDX-License-Identifier: Apache-2.0
// Rows of tiles of sums that AVX-512's dot products make: vpdpbusd of quads of bytes, vdpbf16ps of pairs of
// bfloat16. Precedes the texts of families that have tactics with DOTS.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   DOT_ROW_n(DOT, sums, x, w)  adds the products of x, an object of 32 bits in memory, by each lane of w[i] to
//                    sums[i], i < n: vectors of VW lanes. The broadcast of x is part of the instructions' text: a
//                    compiler that may move it loads the numbers of all rows at first, and to have registers for
//                    them moves sums to memory
inline constexpr std::string_view dot_rows_text = R"CLC(
#define DOT_ROW_1(DOT, s, x, w)                                                            \
    {                                                                                      \
        GLUE(int, VW) all;                                                                 \
        __asm__("vpbroadcastd %2, %1\n\t" DOT " %3, %1, %0"                                \
                : "+v"((s)[0]), "=&v"(all) : "m"(x), "v"((w)[0]));                         \
    }
#define DOT_ROW_2(DOT, s, x, w)                                                            \
    {                                                                                      \
        GLUE(int, VW) all;                                                                 \
        __asm__("vpbroadcastd %3, %2\n\t" DOT " %4, %2, %0\n\t" DOT " %5, %2, %1"          \
                : "+v"((s)[0]), "+v"((s)[1]), "=&v"(all)                                   \
                : "m"(x), "v"((w)[0]), "v"((w)[1]));                                       \
    }
#define DOT_ROW_3(DOT, s, x, w)                                                            \
    {                                                                                      \
        GLUE(int, VW) all;                                                                 \
        __asm__("vpbroadcastd %4, %3\n\t" DOT " %5, %3, %0\n\t" DOT " %6, %3, %1\n\t"      \
                DOT " %7, %3, %2"                                                          \
                : "+v"((s)[0]), "+v"((s)[1]), "+v"((s)[2]), "=&v"(all)                     \
                : "m"(x), "v"((w)[0]), "v"((w)[1]), "v"((w)[2]));                          \
    }
#define DOT_ROW_4(DOT, s, x, w)                                                            \
    {                                                                                      \
        GLUE(int, VW) all;                                                                 \
        __asm__("vpbroadcastd %5, %4\n\t" DOT " %6, %4, %0\n\t" DOT " %7, %4, %1\n\t"      \
                DOT " %8, %4, %2\n\t" DOT " %9, %4, %3"                                    \
                : "+v"((s)[0]), "+v"((s)[1]), "+v"((s)[2]), "+v"((s)[3]), "=&v"(all)       \
                : "m"(x), "v"((w)[0]), "v"((w)[1]), "v"((w)[2]), "v"((w)[3]));             \
    }
)CLC"sv;

inline constexpr text_names dot_rows_names{"", "DOT_ROW_1 DOT_ROW_2 DOT_ROW_3 DOT_ROW_4"};

}  // namespace lamina::kernels
