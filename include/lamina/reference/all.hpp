// SPDX-License-Identifier: Apache-2.0
// The reference of every op. Made by tests/layout/lists.py;
// run it with --write when a file or a row comes or goes.
#pragma once
#include <lamina/reference/concat.hpp>
#include <lamina/reference/deform.hpp>
#include <lamina/reference/flip.hpp>
#include <lamina/reference/fourier.hpp>
#include <lamina/reference/gather.hpp>
#include <lamina/reference/grid_sample.hpp>
#include <lamina/reference/nms.hpp>
#include <lamina/reference/nonzero.hpp>
#include <lamina/reference/permute.hpp>
#include <lamina/reference/picture.hpp>
#include <lamina/reference/random.hpp>
#include <lamina/reference/recurrent.hpp>
#include <lamina/reference/reshape.hpp>
#include <lamina/reference/roi.hpp>
#include <lamina/reference/rotary.hpp>
#include <lamina/reference/scan.hpp>
#include <lamina/reference/slice.hpp>
#include <lamina/reference/spread.hpp>
#include <lamina/reference/spread_functions.hpp>
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/spread_products.hpp>
#include <lamina/reference/topk.hpp>
#include <lamina/reference/update.hpp>
#include <lamina/reference/where.hpp>

namespace lamina::reference_op {

// clang-format off
inline constexpr reference_row all_rows[] = {
    concat_row,
    deform_row,
    flip_row,
    wrap_row,
    fourier_row,
    gather_row,
    scatter_row,
    grid_sample_row,
    nms_row,
    nonzero_row,
    permute_row,
    picture_row,
    random_row,
    recurrent_row,
    reshape_row,
    roi_row,
    rotary_row,
    scan_row,
    slice_row,
    input_row,
    pad_row,
    embedding_row,
    parameter_row,
    constant_row,
    unpool_row,
    fill_row,
    further_row,
    batch_norm_row,
    pointwise_row,
    binary_row,
    prelu_row,
    quantize_row,
    dequantize_row,
    custom_row,
    pool_row,
    resize_row,
    softmax_row,
    reduce_row,
    argmax_row,
    normalize_row,
    conv2d_row,
    conv_transpose2d_row,
    linear_row,
    matmul_row,
    attention_row,
    topk_row,
    state_row,
    update_row,
    where_row,
};
// clang-format on

}  // namespace lamina::reference_op
