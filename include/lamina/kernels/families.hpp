// SPDX-License-Identifier: Apache-2.0
// The kernel families with the ops that they serve. Made by tests/layout/lists.py;
// run it with --write when a file or a row comes or goes.
#pragma once
#include <lamina/kernels/attention.hpp>
#include <lamina/kernels/attention_blocked.hpp>
#include <lamina/kernels/conv2d_blocked.hpp>
#include <lamina/kernels/conv2d_quads.hpp>
#include <lamina/kernels/conv2d_tiled.hpp>
#include <lamina/kernels/conv2d_winograd.hpp>
#include <lamina/kernels/conv_any.hpp>
#include <lamina/kernels/conv_grouped.hpp>
#include <lamina/kernels/conv_rows.hpp>
#include <lamina/kernels/conv_transpose_blocked.hpp>
#include <lamina/kernels/copy_lanes.hpp>
#include <lamina/kernels/copy_planes.hpp>
#include <lamina/kernels/deform.hpp>
#include <lamina/kernels/depthwise_blocked.hpp>
#include <lamina/kernels/depthwise_tiled.hpp>
#include <lamina/kernels/embedding.hpp>
#include <lamina/kernels/flip.hpp>
#include <lamina/kernels/fourier.hpp>
#include <lamina/kernels/gather.hpp>
#include <lamina/kernels/grid_sample.hpp>
#include <lamina/kernels/linear_blocked.hpp>
#include <lamina/kernels/linear_groups.hpp>
#include <lamina/kernels/linear_quads.hpp>
#include <lamina/kernels/matmul.hpp>
#include <lamina/kernels/matmul_blocked.hpp>
#include <lamina/kernels/matmul_tiled.hpp>
#include <lamina/kernels/nms.hpp>
#include <lamina/kernels/nonzero.hpp>
#include <lamina/kernels/norm.hpp>
#include <lamina/kernels/norm_images.hpp>
#include <lamina/kernels/norm_parts.hpp>
#include <lamina/kernels/norm_rows.hpp>
#include <lamina/kernels/pad.hpp>
#include <lamina/kernels/picture.hpp>
#include <lamina/kernels/pointwise.hpp>
#include <lamina/kernels/pool.hpp>
#include <lamina/kernels/pool_blocked.hpp>
#include <lamina/kernels/quads_tiled.hpp>
#include <lamina/kernels/random.hpp>
#include <lamina/kernels/recurrent.hpp>
#include <lamina/kernels/recurrent_blocked.hpp>
#include <lamina/kernels/reduce.hpp>
#include <lamina/kernels/resize.hpp>
#include <lamina/kernels/resize_taps.hpp>
#include <lamina/kernels/roi.hpp>
#include <lamina/kernels/rotary.hpp>
#include <lamina/kernels/scan.hpp>
#include <lamina/kernels/softmax.hpp>
#include <lamina/kernels/topk.hpp>
#include <lamina/kernels/unpool.hpp>
#include <lamina/kernels/update.hpp>
#include <lamina/planner/custom_kernel.hpp>

namespace lamina::planner {

// clang-format off
inline constexpr family_row all_families[] = {
    attention_family,
    attention_blocked_family,
    conv2d_blocked_family,
    conv2d_quads_family,
    conv2d_tiled_family,
    conv_transpose_tiled_family,
    conv2d_winograd_family,
    conv_any_family,
    conv_any_transposed_family,
    conv_grouped_family,
    conv_rows_family,
    conv_rows_transposed_family,
    conv_transpose_blocked_family,
    copy_lanes_family,
    copy_planes_family,
    deform_family,
    depthwise_blocked_family,
    depthwise_tiled_family,
    embedding_family,
    flip_family,
    wrap_family,
    fourier_family,
    gather_family,
    scatter_family,
    grid_sample_family,
    linear_blocked_family,
    linear_groups_family,
    matvec_groups_family,
    linear_quads_family,
    matmul_linear_family,
    matmul_family,
    matmul_blocked_family,
    linear_tiled_family,
    matmul_tiled_family,
    nms_family,
    nonzero_family,
    norm_family,
    norm_images_family,
    norm_parts_family,
    norm_rows_family,
    pad_family,
    picture_family,
    pointwise_family,
    pool_family,
    pool_blocked_family,
    conv2d_quads_tiled_family,
    linear_quads_tiled_family,
    random_family,
    recurrent_family,
    recurrent_blocked_family,
    reduce_lanes_family,
    reduce_blocks_family,
    reduce_family,
    argmax_family,
    resize_family,
    resize_taps_family,
    roi_family,
    rotary_family,
    scan_family,
    softmax_lanes_family,
    softmax_family,
    topk_heap_family,
    sort_family,
    topk_family,
    unpool_family,
    update_family,
    custom_family,
};
// clang-format on

}  // namespace lamina::planner
