// SPDX-License-Identifier: Apache-2.0
// Running error analysis: spreads of ops that move values, and of given values.
// bound.hpp says what a spread is.
#pragma once
#include <lamina/reference/embedding.hpp>
#include <lamina/reference/pad.hpp>
#include <lamina/reference/spread_functions.hpp>
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/spread_products.hpp>
#include <lamina/reference/unpool.hpp>

#include <algorithm>
#include <bit>

namespace lamina::reference_op {

/// Inputs and weights as values: exact where they are kept as floats.
inline void given_spread(const node&, const operands&, const arithmetic& by, reference_tensor& x) {
    for (std::size_t i = 0; i < x.values.size(); ++i)
        x.spread[i] = by.stores_floats()
            ? 0
            : kept_spread(by.stored(size_of(static_cast<double>(x.values[i]))));
}

inline void embedding_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const std::size_t width = out.values.size() / std::max<std::size_t>(1, in[0].indices.size());
    given_spread(n, in, by, out);
    for (std::size_t i = 0; i < out.values.size(); ++i)
        if (std::isinf(in[0].spread[i / width])) out.spread[i] = unknown;
}

/// Spreads move with the values; the constant is exact.
inline void pad_spread(
    const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    node same = n;
    same.attr.scalars[0] = 0;
    moved_spread(pad, same, in, out);
}

/// Spreads move with the values. If an index is unknown, so are all places of its channel.
inline void unpool_spread(
    const node& n, const operands& in, const arithmetic&, reference_tensor& out) {
    moved_spread(unpool, n, in, out);
    const along_axis from = along(in[0].dims, 1), to = along(n.dims, 1);
    for (std::size_t i = 0; i < in[1].spread.size(); ++i)
        if (std::isinf(in[1].spread[i])) {
            const auto first = static_cast<std::ptrdiff_t>(i / from.inner * to.inner);
            std::fill_n(out.spread.begin() + first, static_cast<std::ptrdiff_t>(to.inner), unknown);
        }
}

/// A network's input comes from the caller, a further output from its node's row.
inline void nothing(const node&, const operands&, reference_tensor&) {}
inline void no_spread(const node&, const operands&, const arithmetic&, reference_tensor&) {}

inline void parameter(const node&, const operands& in, reference_tensor& out) {
    out.values.assign(in.weights[weight_slot].begin(), in.weights[weight_slot].end());
}
inline void constant(const node& n, const operands&, reference_tensor& out) {
    for (std::size_t i = 0; i < n.numbers.size(); ++i)
        if (is_integer(n.type))
            out.indices[i] = n.numbers[i];
        else
            out.values[i] = std::bit_cast<float>(n.numbers[i]);
}
inline void fill(const node& n, const operands&, reference_tensor& out) {
    std::fill(out.values.begin(), out.values.end(), n.attr.scalars[0]);
}

inline constexpr reference_row input_row{op::input, nothing, given_spread};
inline constexpr reference_row pad_row{op::pad, pad, pad_spread};
inline constexpr reference_row embedding_row{op::embedding, embedding, embedding_spread};
inline constexpr reference_row parameter_row{op::parameter, parameter, given_spread};
inline constexpr reference_row constant_row{op::constant, constant, given_spread};
inline constexpr reference_row unpool_row{op::unpool, unpool, unpool_spread};
inline constexpr reference_row fill_row{op::fill, fill, no_spread};
inline constexpr reference_row further_row{op::further, nothing, no_spread};

}  // namespace lamina::reference_op
