// SPDX-License-Identifier: Apache-2.0
// op::matmul on the CPU: one product per place of the leading axes, which broadcast.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/matrix.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// The shape without its last two axes.
inline shape leading(const shape& dims) {
    shape out;
    for (int axis = 0; axis + 2 < dims.rank; ++axis) out.push(dims[axis]);
    return out;
}

/// The last two axes of `x` as a matrix, at `at` of the result's leading axes.
inline matrix load_last_axes(
    const reference_tensor& x, const shape& result_leading, const place& at) {
    const int rows = x.dims[x.dims.rank - 2], columns = x.dims[x.dims.rank - 1];
    const std::size_t which = flat_broadcast(leading(x.dims), result_leading, at);
    const auto size = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    return load_matrix(x.values.data() + which * size, rows, columns);
}

/// out[..., i, j] = sum over k of a[..., i, k] * b[..., k, j], each transposed first if asked.
inline void matmul(const node& n, const operands& in, reference_tensor& out) {
    const shape batches = leading(n.dims);
    for_each_place(batches, [&](const place& at, std::size_t index) {
        matrix a = load_last_axes(in[0], batches, at);
        matrix b = load_last_axes(in[1], batches, at);
        if (n.attr.transpose_a) a.transposeInPlace();
        if (n.attr.transpose_b) b.transposeInPlace();
        const matrix product = a * b;
        store_matrix(product, out.values.data() + index * static_cast<std::size_t>(product.size()));
    });
}

}  // namespace lamina::reference_op
