// SPDX-License-Identifier: Apache-2.0
// Running error analysis: what the roundings of a node add to the spreads of its inputs.
// Called by reference.hpp; bound.hpp says what a spread is.
#pragma once
#include <lamina/reference/concat.hpp>
#include <lamina/reference/embedding.hpp>
#include <lamina/reference/flip.hpp>
#include <lamina/reference/pad.hpp>
#include <lamina/reference/permute.hpp>
#include <lamina/reference/reshape.hpp>
#include <lamina/reference/slice.hpp>
#include <lamina/reference/spread_functions.hpp>
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/spread_products.hpp>
#include <lamina/reference/unpool.hpp>

namespace lamina::reference_op {

/// Inputs and weights as values: exact where they are kept as floats.
inline void given_spread(const arithmetic& by, reference_tensor& x) {
    for (std::size_t i = 0; i < x.values.size(); ++i)
        x.spread[i] = by.storage == dtype::f32
            ? 0
            : kept_spread(by.stored(size_of(static_cast<double>(x.values[i]))));
}

inline void embedding_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const std::size_t width = out.values.size() / std::max<std::size_t>(1, in[0].indices.size());
    given_spread(by, out);
    for (std::size_t i = 0; i < out.values.size(); ++i)
        if (std::isinf(in[0].spread[i / width])) out.spread[i] = unknown;
    static_cast<void>(n);
}

/// Spreads go where the values go. Where an index is not known, no place of its channel is.
inline void unpool_spread(const node& n, const operands& in, reference_tensor& out) {
    moved_spread(unpool, n, in, out);
    const along_axis from = along(in[0].dims, 1), to = along(n.dims, 1);
    for (std::size_t i = 0; i < in[1].spread.size(); ++i)
        if (std::isinf(in[1].spread[i])) {
            const auto first = static_cast<std::ptrdiff_t>(i / from.inner * to.inner);
            std::fill_n(out.spread.begin() + first, static_cast<std::ptrdiff_t>(to.inner), unknown);
        }
}

/// Fills `out.spread` of a node whose values are computed.
inline void spread(const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    out.spread.assign(std::max(out.values.size(), out.indices.size()), 0.0f);
    if (n.dims.is_empty()) return;
    switch (n.kind) {
    case op::fill:
        return;  // exact
    case op::pool_index:
        return pool_index_spread(n, in, out);
    case op::unpool:
        return unpool_spread(n, in, out);
    case op::input:
    case op::parameter:
        return given_spread(by, out);
    case op::conv2d:
        return weighted_spread(conv2d, terms_of(n, in), n, in, by, out);
    case op::conv_transpose2d:
        return weighted_spread(conv_transpose2d, terms_of(n, in), n, in, by, out);
    case op::linear:
        return weighted_spread(linear, terms_of(n, in), n, in, by, out);
    case op::matmul:
        return matmul_spread(n, in, by, out);
    case op::attention:
        return attention_spread(n, in, by, out);
    case op::batch_norm:
        return batch_norm_spread(n, in, by, out);
    case op::pool:
        return pool_spread(n, in, by, out);
    case op::pointwise:
        return pointwise_spread(n, in, by, out);
    case op::binary:
        return binary_spread(n, in, by, out);
    case op::prelu:
        return prelu_spread(n, in, by, out);
    case op::concat:
        return moved_spread(concat, n, in, out);
    case op::slice:
        return moved_spread(slice, n, in, out);
    case op::reshape:
        return moved_spread(reshape, n, in, out);
    case op::permute:
        return moved_spread(permute, n, in, out);
    case op::pad:
        return moved_spread(pad, n, in, out);
    case op::flip:
        return moved_spread(flip, n, in, out);
    case op::resize:
        return resize_spread(n, in, by, out);
    case op::softmax:
        return softmax_spread(n, in, by, out);
    case op::reduce:
        return reduce_spread(n, in, by, out);
    case op::argmax:
        return argmax_spread(n, in, out);
    case op::normalize:
        return normalize_spread(n, in, by, out);
    case op::embedding:
        return embedding_spread(n, in, by, out);
    case op::custom:
        return custom_spread(n, in, by, out);
    }
}

}  // namespace lamina::reference_op
