// SPDX-License-Identifier: Apache-2.0
// Row-major matrices of doubles, used to sum products.
// Used by the ops that are matrix products: convolutions, linear, matmul, attention.
#pragma once
#include <Eigen/Core>

#include <cstddef>

namespace lamina::reference_op {

using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using float_matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A copy in doubles of rows x columns floats.
inline matrix load_matrix(const float* from, int rows, int columns) {
    return Eigen::Map<const float_matrix>(from, rows, columns).cast<double>();
}

/// Rounds to floats, once.
inline void store_matrix(const matrix& from, float* to) {
    Eigen::Map<float_matrix>(to, from.rows(), from.cols()) = from.cast<float>();
}

}  // namespace lamina::reference_op
