// SPDX-License-Identifier: Apache-2.0
// All kernel families by name: the one list that the runtime looks texts up in.
#pragma once
#include <lamina/kernels/argmax.cl.hpp>
#include <lamina/kernels/attention.cl.hpp>
#include <lamina/kernels/attention_blocked.cl.hpp>
#include <lamina/kernels/attention_mma.cl.hpp>
#include <lamina/kernels/conv2d_blocked.cl.hpp>
#include <lamina/kernels/conv2d_tiled.cl.hpp>
#include <lamina/kernels/conv2d_winograd.cl.hpp>
#include <lamina/kernels/conv_any.cl.hpp>
#include <lamina/kernels/conv_transpose_blocked.cl.hpp>
#include <lamina/kernels/depthwise_blocked.cl.hpp>
#include <lamina/kernels/depthwise_tiled.cl.hpp>
#include <lamina/kernels/embedding.cl.hpp>
#include <lamina/kernels/flip.cl.hpp>
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
#include <lamina/kernels/unpool.cl.hpp>

#include <span>
#include <string_view>

namespace lamina::kernels {

struct kernel_text {
    std::string_view family;  ///< also the name of the __kernel function
    std::string_view text;
};

inline constexpr kernel_text catalog[] = {
    {"argmax", argmax_text},
    {"attention", joined<mma_text, attention_text, attention_mma_text>},
    {"attention_blocked", joined<lanes16_text, attention_blocked_text>},
    {"conv2d_blocked", conv2d_blocked_text},
    {"conv2d_tiled", joined<vec4_text, mma_text, conv2d_tiled_head, tile_text, mma_tile_text>},
    {"conv2d_winograd", conv2d_winograd_text},
    {"conv_any", conv_any_text},
    {"conv_transpose_blocked", conv_transpose_blocked_text},
    {"depthwise_blocked", depthwise_blocked_text},
    {"depthwise_tiled", joined<vec4_text, depthwise_tiled_head>},
    {"embedding", embedding_text},
    {"flip", flip_text},
    {"linear_blocked", joined<lanes16_text, linear_blocked_text>},
    {"matmul", matmul_text},
    {"matmul_blocked", joined<lanes16_text, matmul_blocked_text>},
    {"matmul_tiled", joined<vec4_text, mma_text, matmul_tiled_head, tile_text, mma_tile_text>},
    {"matvec", joined<vec4_text, matvec_head>},
    {"norm", norm_text},
    {"norm_images", norm_images_text},
    {"norm_rows", joined<lanes16_text, norm_rows_text>},
    {"pad", pad_text},
    {"pointwise", pointwise_text},
    {"pool", pool_text},
    {"pool_blocked", pool_blocked_text},
    {"pool_index", pool_index_text},
    {"reduce", reduce_text},
    {"reduce_lanes", reduce_lanes_text},
    {"resize", resize_text},
    {"resize_taps", resize_taps_text},
    {"softmax", softmax_text},
    {"softmax_lanes", joined<lanes16_text, softmax_lanes_text>},
    {"unpool", unpool_text},
};

/// Text of a family; empty if there is none of that name.
constexpr std::string_view find_text(std::string_view family) {
    for (const kernel_text& entry : catalog)
        if (entry.family == family) return entry.text;
    return {};
}

}  // namespace lamina::kernels
