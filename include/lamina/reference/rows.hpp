// SPDX-License-Identifier: Apache-2.0
// One row an op: the function that computes it, and the one that says what its roundings add to the
// spreads of its inputs (bound.hpp).
#pragma once
#include <lamina/reference/argmax.hpp>
#include <lamina/reference/attention.hpp>
#include <lamina/reference/batch_norm.hpp>
#include <lamina/reference/binary.hpp>
#include <lamina/reference/concat.hpp>
#include <lamina/reference/conv2d.hpp>
#include <lamina/reference/conv_transpose2d.hpp>
#include <lamina/reference/custom.hpp>
#include <lamina/reference/embedding.hpp>
#include <lamina/reference/flip.hpp>
#include <lamina/reference/linear.hpp>
#include <lamina/reference/matmul.hpp>
#include <lamina/reference/normalize.hpp>
#include <lamina/reference/pad.hpp>
#include <lamina/reference/permute.hpp>
#include <lamina/reference/pointwise.hpp>
#include <lamina/reference/pool.hpp>
#include <lamina/reference/prelu.hpp>
#include <lamina/reference/reduce.hpp>
#include <lamina/reference/reshape.hpp>
#include <lamina/reference/resize.hpp>
#include <lamina/reference/slice.hpp>
#include <lamina/reference/softmax.hpp>
#include <lamina/reference/spread.hpp>
#include <lamina/reference/topk.hpp>
#include <lamina/reference/unpool.hpp>

#include <algorithm>

namespace lamina::reference_op {

/// Fills a tensor of the node's shape.
using computation = void (*)(const node&, const operands&, reference_tensor&);
/// Fills the spread, which is zeros of the right size, of a tensor that is computed.
using spreading = void (*)(const node&, const operands&, const arithmetic&, reference_tensor&);

struct reference_row {
    op kind;
    computation compute;
    spreading spread;
    /// The same of the second output, where there is one: of the first one's node and inputs.
    computation compute_second = nullptr;
    spreading spread_second = nullptr;
};

/// A network's input comes from the caller.
inline void nothing(const node&, const operands&, reference_tensor&) {}

inline void parameter(const node&, const operands& in, reference_tensor& out) {
    out.values.assign(in.weights[weight_slot].begin(), in.weights[weight_slot].end());
}
inline void fill(const node& n, const operands&, reference_tensor& out) {
    std::fill(out.values.begin(), out.values.end(), n.attr.scalars[0]);
}

inline void no_spread(const node&, const operands&, const arithmetic&, reference_tensor&) {}

/// Spreads go where the values go.
template <computation Move>
void moved(const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    moved_spread(Move, n, in, out);
}
/// Sums of weights times values.
template <computation Product>
void weighted(const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    weighted_spread(Product, terms_of(n, in), n, in, by, out);
}

inline constexpr reference_row reference_table[] = {
    {op::input, nothing, given_spread},
    {op::conv2d, conv2d, weighted<conv2d>},
    {op::conv_transpose2d, conv_transpose2d, weighted<conv_transpose2d>},
    {op::linear, linear, weighted<linear>},
    {op::matmul, matmul, matmul_spread},
    {op::attention, attention, attention_spread},
    {op::batch_norm, batch_norm, batch_norm_spread},
    {op::pool, pool, pool_spread},
    {op::pointwise, pointwise, pointwise_spread},
    {op::binary, binary, binary_spread},
    {op::prelu, prelu, prelu_spread},
    {op::concat, concat, moved<concat>},
    {op::slice, slice, moved<slice>},
    {op::reshape, reshape, moved<reshape>},
    {op::permute, permute, moved<permute>},
    {op::pad, pad, pad_spread},
    {op::resize, resize, resize_spread},
    {op::softmax, softmax, softmax_spread},
    {op::reduce, reduce, reduce_spread},
    {op::argmax, argmax, argmax_spread},
    {op::normalize, normalize, normalize_spread},
    {op::embedding, embedding, embedding_spread},
    {op::custom, custom, custom_spread},
    {op::parameter, parameter, given_spread},
    {op::flip, flip, moved<flip>},
    {op::pool_index, pool_index, pool_index_spread},
    {op::unpool, unpool, unpool_spread},
    {op::fill, fill, no_spread},
    {op::topk, topk, topk_spread, topk_index, topk_index_spread},
    {op::further, nothing, no_spread},  // as the node that it belongs to says
};

constexpr bool computes_every_output() {
    for (const reference_row& row : reference_table)
        if (traits_of(row.kind).outputs != (row.compute_second ? 2 : 1)) return false;
    return true;
}
static_assert(computes_every_output(), "an op of two outputs needs both in its row");
static_assert(
    is_complete(reference_table), "reference_table needs one row an op, in the order of enum op");

inline const reference_row& reference_of(op kind) {
    return reference_table[static_cast<int>(kind)];
}

/// Fills an output of a node; `n` is the node that has the inputs, `output` its number.
inline void compute(const node& n, const operands& in, int output, reference_tensor& out) {
    if (out.dims.is_empty()) return;
    const reference_row& row = reference_of(n.kind);
    (output ? row.compute_second : row.compute)(n, in, out);
}

/// Fills `out.spread` of an output whose values are computed.
inline void spread(
    const node& n, const operands& in, int output, const arithmetic& by, reference_tensor& out) {
    out.spread.assign(std::max(out.values.size(), out.indices.size()), 0.0f);
    if (out.dims.is_empty()) return;
    const reference_row& row = reference_of(n.kind);
    (output ? row.spread_second : row.spread)(n, in, by, out);
}

}  // namespace lamina::reference_op
