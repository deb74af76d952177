// SPDX-License-Identifier: Apache-2.0
// The texts of all kernel families. Made by tests/layout/lists.py;
// run it with --write when a file or a row comes or goes.
#pragma once
#include <lamina/kernels/argmax.cl.hpp>
#include <lamina/kernels/attention.cl.hpp>
#include <lamina/kernels/attention_blocked.cl.hpp>
#include <lamina/kernels/conv2d_blocked.cl.hpp>
#include <lamina/kernels/conv2d_quads.cl.hpp>
#include <lamina/kernels/conv2d_tiled.cl.hpp>
#include <lamina/kernels/conv2d_winograd.cl.hpp>
#include <lamina/kernels/conv_any.cl.hpp>
#include <lamina/kernels/conv_grouped.cl.hpp>
#include <lamina/kernels/conv_rows.cl.hpp>
#include <lamina/kernels/conv_transpose_blocked.cl.hpp>
#include <lamina/kernels/copy_lanes.cl.hpp>
#include <lamina/kernels/copy_planes.cl.hpp>
#include <lamina/kernels/deform.cl.hpp>
#include <lamina/kernels/depthwise_blocked.cl.hpp>
#include <lamina/kernels/depthwise_tiled.cl.hpp>
#include <lamina/kernels/embedding.cl.hpp>
#include <lamina/kernels/flip.cl.hpp>
#include <lamina/kernels/fourier.cl.hpp>
#include <lamina/kernels/gather.cl.hpp>
#include <lamina/kernels/grid_sample.cl.hpp>
#include <lamina/kernels/linear_blocked.cl.hpp>
#include <lamina/kernels/linear_groups.cl.hpp>
#include <lamina/kernels/linear_quads.cl.hpp>
#include <lamina/kernels/matmul.cl.hpp>
#include <lamina/kernels/matmul_blocked.cl.hpp>
#include <lamina/kernels/matmul_tiled.cl.hpp>
#include <lamina/kernels/matvec.cl.hpp>
#include <lamina/kernels/matvec_groups.cl.hpp>
#include <lamina/kernels/nms.cl.hpp>
#include <lamina/kernels/nonzero.cl.hpp>
#include <lamina/kernels/norm.cl.hpp>
#include <lamina/kernels/norm_images.cl.hpp>
#include <lamina/kernels/norm_parts.cl.hpp>
#include <lamina/kernels/norm_rows.cl.hpp>
#include <lamina/kernels/pad.cl.hpp>
#include <lamina/kernels/picture.cl.hpp>
#include <lamina/kernels/pointwise.cl.hpp>
#include <lamina/kernels/pool.cl.hpp>
#include <lamina/kernels/pool_blocked.cl.hpp>
#include <lamina/kernels/quads_tiled.cl.hpp>
#include <lamina/kernels/random.cl.hpp>
#include <lamina/kernels/recurrent.cl.hpp>
#include <lamina/kernels/recurrent_blocked.cl.hpp>
#include <lamina/kernels/reduce.cl.hpp>
#include <lamina/kernels/reduce_blocks.cl.hpp>
#include <lamina/kernels/reduce_lanes.cl.hpp>
#include <lamina/kernels/resize.cl.hpp>
#include <lamina/kernels/resize_taps.cl.hpp>
#include <lamina/kernels/roi.cl.hpp>
#include <lamina/kernels/rotary.cl.hpp>
#include <lamina/kernels/scan.cl.hpp>
#include <lamina/kernels/scatter.cl.hpp>
#include <lamina/kernels/softmax.cl.hpp>
#include <lamina/kernels/softmax_lanes.cl.hpp>
#include <lamina/kernels/sort.cl.hpp>
#include <lamina/kernels/topk.cl.hpp>
#include <lamina/kernels/topk_heap.cl.hpp>
#include <lamina/kernels/unpool.cl.hpp>
#include <lamina/kernels/update.cl.hpp>

namespace lamina::kernels {

// clang-format off
inline constexpr kernel_text catalog[] = {
    argmax_kernel,
    attention_kernel,
    attention_blocked_kernel,
    conv2d_blocked_kernel,
    conv2d_quads_kernel,
    conv2d_tiled_kernel,
    conv2d_winograd_kernel,
    conv_any_kernel,
    conv_grouped_kernel,
    conv_rows_kernel,
    conv_transpose_blocked_kernel,
    copy_lanes_kernel,
    copy_planes_kernel,
    deform_kernel,
    depthwise_blocked_kernel,
    depthwise_tiled_kernel,
    embedding_kernel,
    flip_kernel,
    fourier_kernel,
    gather_kernel,
    grid_sample_kernel,
    linear_blocked_kernel,
    linear_groups_kernel,
    linear_quads_kernel,
    matmul_kernel,
    matmul_blocked_kernel,
    matmul_tiled_kernel,
    matvec_kernel,
    matvec_groups_kernel,
    nms_kernel,
    nonzero_kernel,
    norm_kernel,
    norm_images_kernel,
    norm_parts_kernel,
    norm_rows_kernel,
    pad_kernel,
    picture_kernel,
    pointwise_kernel,
    pool_kernel,
    pool_blocked_kernel,
    quads_tiled_kernel,
    random_kernel,
    recurrent_kernel,
    recurrent_blocked_kernel,
    reduce_kernel,
    reduce_blocks_kernel,
    reduce_lanes_kernel,
    resize_kernel,
    resize_taps_kernel,
    roi_kernel,
    rotary_kernel,
    scan_kernel,
    scatter_kernel,
    softmax_kernel,
    softmax_lanes_kernel,
    sort_kernel,
    topk_kernel,
    topk_heap_kernel,
    unpool_kernel,
    update_kernel,
};
// clang-format on

}  // namespace lamina::kernels
