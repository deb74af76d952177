// SPDX-License-Identifier: Apache-2.0
// Accepts every matrix product, with a tensor or with weights, that no faster family does.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// Strides of a factor along the output's axes and along the sum.
struct factor_strides {
    int axis[max_rank] = {};
    int sum = 0;
};

/// Of a tensor: leading axes broadcast, `kept` is its axis (0 or 1 of the last two) that the
/// output has in the same place, the other one is summed over.
constexpr factor_strides strides_of_factor(
    const view& v, const shape& out, int kept, bool transposed) {
    factor_strides found;
    const int missing = out.rank - v.dims.rank;
    for (int axis = 0; axis + 2 < v.dims.rank; ++axis)
        if (v.dims[axis] > 1) found.axis[axis + missing] = v.lay.stride[axis];
    const int last_two = v.dims.rank - 2;
    found.axis[out.rank - 2 + kept] = v.lay.stride[last_two + (transposed ? 1 - kept : kept)];
    found.sum = v.lay.stride[last_two + (transposed ? kept : 1 - kept)];
    return found;
}

constexpr void pass_factor(
    launch_builder& b, const char* key, const char* sum_key, const factor_strides& strides) {
    for (int axis = 0; axis < max_rank; ++axis) b.number(key, axis, strides.axis[axis]);
    b.number(sum_key, strides.sum);
}

constexpr bool select_matmul(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view& y = s.output;
    const bool is_linear = s.kind == op::linear;
    const view& a = s.inputs[0];
    const int columns = y.dims[y.dims.rank - 1];
    factor_strides of_a, of_b;
    int sum = 0;
    b.input(a);
    if (is_linear) {
        // The rows of the input are the output's leading axes, merged; weights become [K][N].
        sum = a.dims.c;
        std::int64_t stride = a.lay.stride[0];
        for (int axis = y.dims.rank - 2; axis >= 0; --axis) {
            of_a.axis[axis] = static_cast<int>(stride);
            stride *= y.dims[axis];
        }
        of_a.sum = a.dims.c > 1 ? a.lay.stride[1] : 1;
        of_b.axis[y.dims.rank - 1] = 1;
        of_b.sum = columns;
        weight_recipe r;
        r.source = n.parameters[weight_slot];
        r.folds = b.folds();
        r.type = b.target.numbers.storage;
        r.dims = {columns, sum};
        r.order_size = 4;
        const int order[4] = {2, 3, 0, 1};
        for (int i = 0; i < 4; ++i) r.order[i] = order[i];
        b.weights(b.pack(r));
    } else {
        const view& second = s.inputs[1];
        of_a = strides_of_factor(a, y.dims, 0, n.attr.transpose_a);
        of_b = strides_of_factor(second, y.dims, 1, n.attr.transpose_b);
        sum = a.dims[a.dims.rank - (n.attr.transpose_a ? 2 : 1)];
        b.input(second);
    }
    const int shift = is_linear ? b.pack_shift(columns, 1) : -1;
    if (shift >= 0) b.weights(shift);
    b.output(y);
    b.define("BIAS", shift >= 0);
    text<8> column;
    column.append('i').append(y.dims.rank - 1);
    b.define("COLUMN", column);
    b.number("K", sum);
    pass_factor(b, "A", "AK", of_a);
    pass_factor(b, "B", "BK", of_b);
    b.address("y", y);
    b.elements(y);
    b.epilogue(epilogue_coordinates::elements, 1);
    b.out.flops = 2 * y.dims.count() * sum;
    b.element_tactics();
    b.finish("matmul");
    return true;
}

inline constexpr family_row matmul_linear_family{.kind = op::linear,
    .select = select_matmul,
    .reads = input_form::matrix,
    .outputs = real_or_bytes};
inline constexpr family_row matmul_family{
    .kind = op::matmul, .select = select_matmul, .reads = input_form::strided};

}  // namespace lamina::planner
