// SPDX-License-Identifier: Apache-2.0
// The nodes of a diagonal, for the layer and for einsum.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/slice_rule.hpp>

namespace lamina {

/// Elements [i, i + offset] of two different axes, as the last axis (the caller has checked the axes).
constexpr tensor apply_diagonal(
    const tensor& x, const subject& who, int first, int second, std::int64_t offset = 0) {
    int_list order;
    shape joined;
    for (int axis = 0; axis < x.dims.rank; ++axis)
        if (axis != first && axis != second) {
            order.at[order.count++] = axis;
            joined.push(x.dims[axis]);
        }
    order.at[order.count++] = first;
    order.at[order.count++] = second;
    const std::int64_t rows = x.dims[first], columns = x.dims[second];
    const std::int64_t top = offset < 0 ? -offset : 0, left = offset > 0 ? offset : 0;
    const std::int64_t below = rows - top, right = columns - left;
    const std::int64_t count = below < right ? below : right;
    const int last = joined.rank;
    joined.push(to_extent(rows * columns));
    const tensor lines = reshape_to(permute_to(x, who, order), who, joined);
    if (count <= 0) return apply_slice(lines, who, last, 0, 0);
    return apply_slice(lines, who, last, static_cast<int>(top * columns + left),
        static_cast<int>(count), count == 1 ? 1 : static_cast<int>(columns + 1));
}

}  // namespace lamina
