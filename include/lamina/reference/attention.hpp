// SPDX-License-Identifier: Apache-2.0
// op::attention on the CPU: softmax(q k^T * scale + mask) v.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/matmul.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lamina::reference_op {

/// Per place of the leading axes, with q [L, D], k [S, D], v [S, E], mask [L, S] (broadcast).
/// Causal: row i sees columns 0 to i. A row whose scores are all -infinity averages nothing: 0.
/// scalars[0] is the scale. Source: Vaswani et al. 2017,
/// torch.nn.functional.scaled_dot_product_attention.
inline void attention(const node& n, const operands& in, reference_tensor& out) {
    const shape batches = leading(n.dims);
    for_each_place(batches, [&](const place& at, std::size_t index) {
        const matrix q = load_last_axes(in[0], batches, at);
        const matrix k = load_last_axes(in[1], batches, at);
        const matrix v = load_last_axes(in[2], batches, at);
        matrix scores = q * k.transpose() * static_cast<double>(n.attr.scalars[0]);
        if (in.inputs.size() > 3) {
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
        if (n.attr.causal)
            for (int i = 0; i < scores.rows(); ++i)
                for (int j = i + 1; j < scores.cols(); ++j)
                    scores(i, j) = -std::numeric_limits<double>::infinity();
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
