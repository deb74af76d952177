// SPDX-License-Identifier: Apache-2.0
// The addresses that each family accesses in its buffers: its kernel's address arithmetic and nothing
// else. Data for the verifier (plan/reach.hpp), which evaluates it for all work-items at once when a plan
// is loaded. When you change where a kernel reads or writes, change its reach as well; a test compares both
// on every recorded network.
#pragma once
#include <lamina/kernels/catalog.hpp>
#include <lamina/kernels/join.hpp>
#include <lamina/kernels/reach_blocks.hpp>
#include <lamina/kernels/reach_elements.hpp>
#include <lamina/kernels/reach_tiles.hpp>
#include <lamina/kernels/reach_vectors.hpp>

#include <string_view>

namespace lamina::kernels {

// Behind the arguments that the kernel itself has (ARGS), the C of a kernel, with these differences:
//   EACH(k, low, high)  a loop over k = low ... high - 1, in any steps
//   APART(k)            the following statement once for the greatest k and once for the others, where
//                       the last block of channels differs
//   ANY(low, high)      some number between them, both included
//   READ(p, i, n), WRITE(p, i, n)   n elements from i on; LOAD1, LOADV, STOREV, ... as in the prelude
//   ARRAY(name, n);     memory of the work-item's or the group's own
//   REQUIRE(test);      what must hold for the rest to be true
//   WHOLE(bits, n)      true if n times this float is a number that an int holds
// Values of elements are unknown: what depends on them must be written with ANY. Names of a plan's
// #define lines that a text does not use may stand for numbers only (plan/reach_defines.hpp).

struct reach_text {
    std::string_view family;
    text_pieces pieces;
};

inline constexpr reach_text reaches[] = {
    {"argmax", {optional_arguments, argmax_arguments, argmax_reach}},
    {"attention",
        {optional_arguments, attention_arguments, attention_by_tiles_reach, attention_reach}},
    {"attention_blocked",
        {optional_arguments, attention_blocked_arguments, attention_blocked_reach}},
    {"conv2d_blocked", {optional_arguments, conv2d_blocked_arguments, conv2d_blocked_reach}},
    {"conv2d_tiled", {optional_arguments, conv2d_tiled_arguments, tiles_reach, conv2d_tiled_reach}},
    {"conv2d_winograd", {optional_arguments, conv2d_winograd_arguments, conv2d_winograd_reach}},
    {"conv_any", {optional_arguments, conv_any_arguments, conv_any_reach}},
    {"conv_transpose_blocked",
        {optional_arguments, conv_transpose_blocked_arguments, conv_transpose_blocked_reach}},
    {"depthwise_blocked",
        {optional_arguments, depthwise_blocked_arguments, depthwise_blocked_reach}},
    {"depthwise_tiled", {optional_arguments, depthwise_tiled_arguments, depthwise_tiled_reach}},
    {"embedding", {optional_arguments, embedding_arguments, embedding_reach}},
    {"flip", {optional_arguments, flip_arguments, flip_reach}},
    {"linear_blocked", {optional_arguments, linear_blocked_arguments, linear_blocked_reach}},
    {"matmul", {optional_arguments, matmul_arguments, matmul_reach}},
    {"matmul_blocked", {optional_arguments, matmul_blocked_arguments, matmul_blocked_reach}},
    {"matmul_tiled", {optional_arguments, matmul_tiled_arguments, tiles_reach, matmul_tiled_reach}},
    {"matvec", {optional_arguments, matvec_arguments, matvec_reach}},
    {"norm", {optional_arguments, norm_arguments, norm_reach}},
    {"norm_images", {optional_arguments, norm_images_arguments, norm_images_reach}},
    {"norm_parts", {optional_arguments, norm_parts_arguments, norm_parts_reach}},
    {"norm_rows", {optional_arguments, norm_rows_arguments, norm_rows_reach}},
    {"pad", {optional_arguments, pad_arguments, pad_reach}},
    {"pointwise", {optional_arguments, pointwise_arguments, pointwise_reach}},
    {"pool", {optional_arguments, pool_arguments, pool_reach}},
    {"pool_blocked", {optional_arguments, pool_blocked_arguments, pool_blocked_reach}},
    {"pool_index", {optional_arguments, pool_index_arguments, pool_index_reach}},
    {"reduce", {optional_arguments, reduce_arguments, reduce_reach}},
    {"reduce_lanes", {optional_arguments, reduce_lanes_arguments, reduce_lanes_reach}},
    {"resize", {optional_arguments, resize_arguments, resize_reach}},
    {"resize_taps", {optional_arguments, resize_taps_arguments, resize_taps_reach}},
    {"softmax", {optional_arguments, softmax_arguments, softmax_reach}},
    {"softmax_lanes", {optional_arguments, softmax_lanes_arguments, softmax_lanes_reach}},
    {"topk", {optional_arguments, topk_arguments, topk_reach}},
    {"unpool", {optional_arguments, unpool_arguments, unpool_reach}},
};
static_assert(sizeof reaches / sizeof *reaches == sizeof catalog / sizeof *catalog);

/// Empty for a family that is not of the catalogue.
inline std::string_view find_reach(std::string_view family) {
    static const joined_texts texts(reaches);
    return texts.find(family);
}

}  // namespace lamina::kernels
