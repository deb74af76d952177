// SPDX-License-Identifier: Apache-2.0
// Buffer arguments that kernels take only with certain defines. Stands before a family's own line
// "#define ARGS ...", in its kernel's text and in that of its reach.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   NAME_ARG(x)    the argument with the comma before it, or nothing; NAME_OPEN(x) opens it
//   BIAS, SCALE    numbers of a layer, float whatever HALF says
//   MASK           of attention; LOAD_MASK(i) is an element of it
//   SPLIT          sums and counters of products on matrix units that groups share (mma_tile.cl.hpp)
//   GEMM           scratch memory around a product that a library computes (gemm.cl.hpp)
//   INDEX          where a kernel's values lie, an output that is wanted or not
//   PICTURE(x)     an input that is float whatever HALF says, with IN_FLOAT
inline constexpr std::string_view optional_arguments = R"CLC(
#if BIAS
#define BIAS_ARG(b) , VECTOR(b)
#define BIAS_OPEN(b) OPEN(b);
#else
#define BIAS_ARG(b)
#define BIAS_OPEN(b)
#endif
#if SCALE
#define SCALE_ARG(w) , VECTOR(w)
#define SCALE_OPEN(w) OPEN(w);
#else
#define SCALE_ARG(w)
#define SCALE_OPEN(w)
#endif
#if MASK && MASK_FLOAT
#define MASK_ARG , VECTOR(mask)
#define MASK_OPEN OPEN(mask);
#define LOAD_MASK(i) mask[i]
#elif MASK
#define MASK_ARG , IN(mask)
#define MASK_OPEN OPEN(mask);
#define LOAD_MASK(i) LOAD1(mask, i)
#else
#define MASK_ARG
#define MASK_OPEN
#endif
#if SPLITS
#define SPLIT_ARGS , SHARED_FLOATS(partial), SHARED_INTS(arrived)
#define SPLIT_OPEN OPEN(partial); OPEN(arrived);
#else
#define SPLIT_ARGS
#define SPLIT_OPEN
#endif
#if GEMM
#define GEMM_ARGS , SHARED_FLOATS(patches), SHARED_FLOATS(product)
#else
#define GEMM_ARGS
#endif
#if INDEX
#define INDEX_ARG(at) , OUT_INDICES(at)
#define INDEX_OPEN(at) OPEN(at);
#else
#define INDEX_ARG(at)
#define INDEX_OPEN(at)
#endif
#if IN_FLOAT
#define PICTURE(x) VECTOR(x)
#else
#define PICTURE(x) IN(x)
#endif
)CLC";

inline constexpr text_names optional_arguments_names{"",
    "BIAS_ARG BIAS_OPEN SCALE_ARG SCALE_OPEN MASK_ARG MASK_OPEN LOAD_MASK SPLIT_ARGS "
    "SPLIT_OPEN GEMM_ARGS INDEX_ARG INDEX_OPEN PICTURE"};

}  // namespace lamina::kernels
