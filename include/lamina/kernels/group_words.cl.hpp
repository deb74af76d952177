// SPDX-License-Identifier: Apache-2.0
// Weights of 4 or 8 bits in groups (network::quantize_weights): what kernels that read them have in common.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights lie in panels of P columns, w[panel][k / PER][P] of words, each of PER neighbouring inputs' numbers in
// two's complement, the first in the lowest bits; scale[panel][group][P], and zero likewise with ZEROS.
//   BITS 4|8, ZEROS 0|1
//   NUMBER(word, i)   number i of a word, or of each lane's
//   ZERO_ARG, ZERO_OPEN   the zero points, where there are any
inline constexpr std::string_view group_words_arguments = R"CLC(
#if ZEROS
#define ZERO_ARG , CHARS(zero)
#define ZERO_OPEN OPEN(zero);
#else
#define ZERO_ARG
#define ZERO_OPEN
#endif
#define PER (32 / BITS)
#define ARGS IN(x), CHARS(w), VECTOR(scale) ZERO_ARG BIAS_ARG(b), OUT(y) EPILOGUE_ARGS
)CLC"sv;

inline constexpr std::string_view group_words_text = R"CLC(
#define NUMBER(word, i) ((word) << (32 - BITS * ((i) + 1)) >> (32 - BITS))
)CLC"sv;

inline constexpr text_names group_words_names{"", "ZERO_ARG ZERO_OPEN PER NUMBER"};

}  // namespace lamina::kernels
