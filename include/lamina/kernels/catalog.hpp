// SPDX-License-Identifier: Apache-2.0
// All kernel families by name: the list in which the runtime looks up texts.
#pragma once
#include <lamina/kernels/argmax.cl.hpp>
#include <lamina/kernels/arguments.hpp>
#include <lamina/kernels/attention.cl.hpp>
#include <lamina/kernels/attention_blocked.cl.hpp>
#include <lamina/kernels/attention_mma.cl.hpp>
#include <lamina/kernels/attention_tiled.cl.hpp>
#include <lamina/kernels/conv2d_blocked.cl.hpp>
#include <lamina/kernels/conv2d_tiled.cl.hpp>
#include <lamina/kernels/conv2d_winograd.cl.hpp>
#include <lamina/kernels/conv_any.cl.hpp>
#include <lamina/kernels/conv_transpose_blocked.cl.hpp>
#include <lamina/kernels/depthwise_blocked.cl.hpp>
#include <lamina/kernels/depthwise_tiled.cl.hpp>
#include <lamina/kernels/embedding.cl.hpp>
#include <lamina/kernels/flip.cl.hpp>
#include <lamina/kernels/gemm.cl.hpp>
#include <lamina/kernels/join.hpp>
#include <lamina/kernels/lanes16.cl.hpp>
#include <lamina/kernels/linear_blocked.cl.hpp>
#include <lamina/kernels/matmul.cl.hpp>
#include <lamina/kernels/matmul_blocked.cl.hpp>
#include <lamina/kernels/matmul_tiled.cl.hpp>
#include <lamina/kernels/matvec.cl.hpp>
#include <lamina/kernels/mma.cl.hpp>
#include <lamina/kernels/norm.cl.hpp>
#include <lamina/kernels/norm_images.cl.hpp>
#include <lamina/kernels/norm_parts.cl.hpp>
#include <lamina/kernels/norm_rows.cl.hpp>
#include <lamina/kernels/pad.cl.hpp>
#include <lamina/kernels/pointwise.cl.hpp>
#include <lamina/kernels/pool.cl.hpp>
#include <lamina/kernels/pool_blocked.cl.hpp>
#include <lamina/kernels/pool_index.cl.hpp>
#include <lamina/kernels/prelude.hpp>
#include <lamina/kernels/reduce.cl.hpp>
#include <lamina/kernels/reduce_lanes.cl.hpp>
#include <lamina/kernels/resize.cl.hpp>
#include <lamina/kernels/resize_taps.cl.hpp>
#include <lamina/kernels/softmax.cl.hpp>
#include <lamina/kernels/softmax_lanes.cl.hpp>
#include <lamina/kernels/tile.cl.hpp>
#include <lamina/kernels/topk.cl.hpp>
#include <lamina/kernels/unpool.cl.hpp>
#include <lamina/kernels/wgmma.cl.hpp>

#include <span>
#include <string_view>

namespace lamina::kernels {

struct kernel_text {
    std::string_view family;  ///< also the name of the __kernel function
    text_pieces pieces;
    /// What its pieces define, and the prelude; none: the kernel is never merged with others.
    const text_names* names[4] = {};
};

inline constexpr kernel_text catalog[] = {
    {"argmax", {optional_arguments, argmax_arguments, argmax_text},
        {&prelude_names, &optional_arguments_names, &argmax_names}},
    {"attention",
        {optional_arguments, attention_arguments, mma_text, attention_text, attention_mma_text,
            attention_tiled_text},
        {&prelude_names, &optional_arguments_names, &attention_names}},
    {"attention_blocked",
        {optional_arguments, attention_blocked_arguments, lanes16_text, attention_blocked_text},
        {&prelude_names, &optional_arguments_names, &lanes16_names, &attention_blocked_names}},
    {"conv2d_blocked", {optional_arguments, conv2d_blocked_arguments, conv2d_blocked_text},
        {&prelude_names, &optional_arguments_names, &conv2d_blocked_names}},
    {"conv2d_tiled",
        {optional_arguments, conv2d_tiled_arguments, vec4_text, mma_text, wgmma_text,
            conv2d_tiled_head, tile_text, mma_tile_text, gemm_text}},
    {"conv2d_winograd", {optional_arguments, conv2d_winograd_arguments, conv2d_winograd_text},
        {&prelude_names, &optional_arguments_names, &conv2d_winograd_names}},
    {"conv_any", {optional_arguments, conv_any_arguments, conv_any_text},
        {&prelude_names, &optional_arguments_names, &conv_any_names}},
    {"conv_transpose_blocked",
        {optional_arguments, conv_transpose_blocked_arguments, conv_transpose_blocked_text},
        {&prelude_names, &optional_arguments_names, &conv_transpose_blocked_names}},
    {"depthwise_blocked", {optional_arguments, depthwise_blocked_arguments, depthwise_blocked_text},
        {&prelude_names, &optional_arguments_names, &depthwise_blocked_names}},
    {"depthwise_tiled",
        {optional_arguments, depthwise_tiled_arguments, vec4_text, depthwise_tiled_head},
        {&prelude_names, &optional_arguments_names, &vec4_names, &depthwise_tiled_names}},
    {"embedding", {optional_arguments, embedding_arguments, embedding_text},
        {&prelude_names, &optional_arguments_names}},
    {"flip", {optional_arguments, flip_arguments, flip_text},
        {&prelude_names, &optional_arguments_names}},
    {"linear_blocked",
        {optional_arguments, linear_blocked_arguments, lanes16_text, linear_blocked_text},
        {&prelude_names, &optional_arguments_names, &lanes16_names, &linear_blocked_names}},
    {"matmul", {optional_arguments, matmul_arguments, matmul_text},
        {&prelude_names, &optional_arguments_names}},
    {"matmul_blocked",
        {optional_arguments, matmul_blocked_arguments, lanes16_text, matmul_blocked_text},
        {&prelude_names, &optional_arguments_names, &lanes16_names, &matmul_blocked_names}},
    {"matmul_tiled",
        {optional_arguments, matmul_tiled_arguments, vec4_text, mma_text, wgmma_text,
            matmul_tiled_head, tile_text, mma_tile_text, gemm_text}},
    {"matvec", {optional_arguments, matvec_arguments, vec4_text, matvec_head}},
    {"norm", {optional_arguments, norm_arguments, norm_text},
        {&prelude_names, &optional_arguments_names}},
    {"norm_images", {optional_arguments, norm_images_arguments, norm_images_text},
        {&prelude_names, &optional_arguments_names, &norm_images_names}},
    {"norm_parts", {optional_arguments, norm_parts_arguments, vec4_text, norm_parts_text}},
    {"norm_rows", {optional_arguments, norm_rows_arguments, lanes16_text, norm_rows_text},
        {&prelude_names, &optional_arguments_names, &lanes16_names}},
    {"pad", {optional_arguments, pad_arguments, pad_text},
        {&prelude_names, &optional_arguments_names, &pad_names}},
    {"pointwise", {optional_arguments, pointwise_arguments, pointwise_text},
        {&prelude_names, &optional_arguments_names}},
    {"pool", {optional_arguments, pool_arguments, pool_text},
        {&prelude_names, &optional_arguments_names, &pool_names}},
    {"pool_blocked", {optional_arguments, pool_blocked_arguments, pool_blocked_text},
        {&prelude_names, &optional_arguments_names, &pool_blocked_names}},
    {"pool_index", {optional_arguments, pool_index_arguments, pool_index_text},
        {&prelude_names, &optional_arguments_names}},
    {"reduce", {optional_arguments, reduce_arguments, reduce_text},
        {&prelude_names, &optional_arguments_names, &reduce_names}},
    {"reduce_lanes", {optional_arguments, reduce_lanes_arguments, reduce_lanes_text},
        {&prelude_names, &optional_arguments_names, &reduce_lanes_names}},
    {"resize", {optional_arguments, resize_arguments, resize_text},
        {&prelude_names, &optional_arguments_names, &resize_names}},
    {"resize_taps", {optional_arguments, resize_taps_arguments, resize_taps_text},
        {&prelude_names, &optional_arguments_names, &resize_taps_names}},
    {"softmax", {optional_arguments, softmax_arguments, softmax_text},
        {&prelude_names, &optional_arguments_names}},
    {"softmax_lanes",
        {optional_arguments, softmax_lanes_arguments, lanes16_text, softmax_lanes_text},
        {&prelude_names, &optional_arguments_names, &lanes16_names, &softmax_lanes_names}},
    {"topk", {optional_arguments, topk_arguments, topk_text},
        {&prelude_names, &optional_arguments_names, &topk_names}},
    {"unpool", {optional_arguments, unpool_arguments, unpool_text},
        {&prelude_names, &optional_arguments_names}},
};

/// A family's entry; nullptr if there is none of that name.
constexpr const kernel_text* find_kernel(std::string_view family) {
    for (const kernel_text& entry : catalog)
        if (entry.family == family) return &entry;
    return nullptr;
}

/// Text of a family, which stays as long as the program; empty if there is none of that name.
inline std::string_view find_text(std::string_view family) {
    static const joined_texts texts(catalog);
    return texts.find(family);
}

}  // namespace lamina::kernels
