// SPDX-License-Identifier: Apache-2.0
// op::attention on the CPU: softmax(q k^T * scale + mask) v.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/matmul.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lamina::reference_op {

/// The keys that a query sees: from first to below end.
struct seen_keys {
    int first = 0, end = 0;
    constexpr bool has(int key) const { return key >= first && key < end; }
};
inline seen_keys keys_of(const node& n, const operands& in, const place& at, int query) {
    const int keys = in[1].dims[in[1].dims.rank - 2], queries = n.dims[n.dims.rank - 2];
    const auto number = [&](attention_input which, int otherwise) {
        const int slot = attention_slot(n.attr.mask, which);
        if (slot < 0) return otherwise;
        const reference_tensor& x = in[static_cast<std::size_t>(slot)];
        const std::size_t own = x.size() > 1 ? static_cast<std::size_t>(at[0]) : 0;
        return std::clamp(static_cast<int>(x.indices[own]), 0, keys);
    };
    const int stands = number(with_position, 0) + query % (queries / n.attr.groups);
    const int length = number(with_length, keys), before = n.attr.reach[0],
              behind = n.attr.reach[1];
    seen_keys out{0, length};
    if (before >= 0 && stands > before) out.first = stands - before;
    if (behind >= 0 && behind < keys - stands) out.end = std::min(length, stands + behind + 1);
    return out;
}

/// Per place of the leading axes, with q [L, D], k [S, D], v [S, E], mask [L, S] (broadcast).
/// A row whose scores are all -infinity, or that sees no key, averages nothing: 0.
/// scalars[0] is the scale. Source: Vaswani et al. 2017,
/// torch.nn.functional.scaled_dot_product_attention.
inline void attention(const node& n, const operands& in, reference_tensor& out) {
    const shape batches = leading(n.dims);
    for_each_place(batches, [&](const place& at, std::size_t index) {
        const matrix q = load_last_axes(in[0], batches, at);
        const matrix k = load_last_axes(in[1], batches, at);
        const matrix v = load_last_axes(in[2], batches, at);
        matrix scores = q * k.transpose() * static_cast<double>(n.attr.scalars[0]);
        if (n.attr.mask & with_mask) {
            shape result = batches;
            result.push(static_cast<int>(scores.rows())).push(static_cast<int>(scores.cols()));
            place score = at;
            for (int i = 0; i < scores.rows(); ++i)
                for (int j = 0; j < scores.cols(); ++j) {
                    score[static_cast<std::size_t>(batches.rank)] = i;
                    score[static_cast<std::size_t>(batches.rank) + 1] = j;
                    scores(i, j) += in[3].values[flat_broadcast(in[3].dims, result, score)];
                }
        }
        for (int i = 0; i < scores.rows(); ++i) {
            const seen_keys seen = keys_of(n, in, at, i);
            for (int j = 0; j < scores.cols(); ++j)
                if (!seen.has(j)) scores(i, j) = -std::numeric_limits<double>::infinity();
        }
        for (int i = 0; i < scores.rows(); ++i) {
            double most = -std::numeric_limits<double>::infinity();
            bool masked = true;  // a NaN does not mask
            for (int j = 0; j < scores.cols(); ++j) {
                most = std::max(most, scores(i, j));
                masked = masked && scores(i, j) == -std::numeric_limits<double>::infinity();
            }
            if (masked) {
                scores.row(i).setZero();
                continue;
            }
            scores.row(i) = (scores.row(i).array() - most).exp().matrix();
            scores.row(i) /= scores.row(i).sum();
        }
        const matrix product = scores * v;
        store_matrix(product, out.values.data() + index * static_cast<std::size_t>(product.size()));
    });
}

}  // namespace lamina::reference_op
