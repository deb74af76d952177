// SPDX-License-Identifier: Apache-2.0
// Checks of the indices of gather and scatter, and their nodes.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// True if the tensor can be indices of this network. Errors   LAM-16 it is not i32; LAM-17.
constexpr bool needs_indices(network& net, const subject& who, const tensor& indices) {
    if (!needs_owned(net, who, indices, 2)) return false;
    if (indices.type == dtype::i32) return true;
    net.report(problem_id::dtype_mismatch, who, "indices ", to_text(indices.dims), " are ",
        to_text(indices.type),
        ", i32 is needed; declare the input with dtype::i32, or write "
        "cast(x, dtype::i32)");
    return false;
}

/// Of a constant's numbers, which name elements of axes from `first` on (`tuple` of them in turn).
/// Errors   LAM-08 one is outside.
constexpr void needs_inside(network& net, const subject& who, const shape& dims,
    const tensor& indices, int first, int tuple = 1) {
    const dynamic_array<int>& numbers = net.nodes[static_cast<std::size_t>(indices.id)].numbers;
    int axis = 0, extent = dims[first];
    for (const int index : numbers) {
        if (tuple > 1) extent = dims[first + axis];
        if (index < -extent || index >= extent) {
            net.report(problem_id::option_range, who, "index ", index, " is outside of axis ",
                first + axis, " of input ", to_text(dims), "; use ", -extent, " to ", extent - 1);
            return;
        }
        axis = axis + 1 == tuple ? 0 : axis + 1;
    }
}

/// True if indices fit for one element each: as many axes as x, and no more along any but `axis`.
/// Errors   LAM-04 with both shapes.
constexpr bool needs_elements(
    network& net, const subject& who, const shape& dims, const tensor& indices, int axis) {
    bool fits = indices.dims.rank == dims.rank;
    for (int i = 0; i < dims.rank && fits; ++i) fits = i == axis || indices.dims[i] <= dims[i];
    if (!fits)
        net.report(problem_id::operands, who, "indices ", to_text(indices.dims),
            " do not fit input ", to_text(dims),
            "; they need as many axes, and at most its extents "
            "on all but axis ",
            axis);
    return fits;
}

/// True if the last axis of indices has as many of them as x has axes behind the first `batch`, or fewer.
/// Errors   LAM-04 with both shapes.
constexpr bool needs_tuples(
    network& net, const subject& who, const shape& dims, const tensor& indices, int batch) {
    const int last = indices.dims.rank - 1;
    bool fits = last >= batch && batch >= 0 && batch < dims.rank && indices.dims[last] >= 1
        && indices.dims[last] <= dims.rank - batch;
    for (int i = 0; i < batch && fits; ++i) fits = indices.dims[i] == dims[i];
    if (!fits)
        net.report(problem_id::operands, who, "indices ", to_text(indices.dims),
            " do not fit input ", to_text(dims), " with ", batch,
            " batch axes; the first axes are those of both, the last has one index for each of 1 to ",
            dims.rank - batch, " axes");
    return fits;
}

}  // namespace lamina
