// SPDX-License-Identifier: Apache-2.0
// The first input of a kernel that computes floats, where it is stored in 8 bits: pools and nearest resizes of
// int8 plans. Families join these texts before their own.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   X_BYTES 1    x is u8; what it stands for is the epilogue's affair, as sums and maxima of the numbers are
//                those of the values (graph/quantized.hpp)
//   X_ARG        the argument; LOAD_X(p, i) a vector of it as floats
inline constexpr std::string_view byte_input_arguments = R"CLC(
#if X_BYTES
#define X_ARG BYTES(x)
#else
#define X_ARG IN(x)
#endif
)CLC"sv;

inline constexpr std::string_view byte_input_text = R"CLC(
#ifndef X_BYTES
#define X_BYTES 0
#endif
#if X_BYTES
#define X_NUMBER uchar
#if VW == 1
#define LOAD_X(p, i) ((float)(p)[i])
#else
typedef GLUE(uchar, VW) x_lanes __attribute__((aligned(1)));
#define LOAD_X(p, i) GLUE(convert_float, VW)(*(__global const x_lanes*)((p) + (i)))
#endif
#else
#define X_NUMBER real
#define LOAD_X LOADV
#endif
)CLC"sv;

inline constexpr text_names byte_input_names{"x_lanes", "X_BYTES X_ARG X_NUMBER LOAD_X"};

}  // namespace lamina::kernels
