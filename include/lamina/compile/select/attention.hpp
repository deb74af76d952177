// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention over strided tensors.
#pragma once
#include <lamina/compile/select/positions.hpp>

namespace lamina::compile {

/// Defines NAME: the address of one element of a view whose axes stretch over the leading axes of
/// `out` and whose last two coordinates are `row` and `column` ("" for an axis it lacks).
constexpr void attention_address(launch_builder& b, const char* name, const char* buffer,
                                 const view& v, const shape& out, std::string_view row,
                                 std::string_view column) {
    text<120> place;
    place.append("AT_").append(buffer).append('(');
    const int missing = out.rank - v.dims.rank;
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis)
            place.append(',');
        if (axis >= v.dims.rank || v.dims[axis] == 1)
            place.append('0');
        else if (axis == v.dims.rank - 1)
            place.append(column);
        else if (axis == v.dims.rank - 2)
            place.append(row);
        else
            place.append('i').append(axis + missing);
    }
    place.append(')');
    b.define(name, place);
    b.address(buffer, v);
}

constexpr bool select_attention(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &q = s.inputs[0], &k = s.inputs[1], &v = s.inputs[2], &y = s.output;
    const bool has_mask = s.inputs.size() > 3;
    const int rank = y.dims.rank;
    if (y.lay.block > 1 || q.lay.block > 1 || k.lay.block > 1 || v.lay.block > 1)
        return false;
    for (const view& input : s.inputs)
        b.input(input);
    b.output(y);
    const int width = y.dims[rank - 1], length = k.dims[rank - 2], depth = q.dims[rank - 1];
    view rows = y;
    rows.dims.at(rank - 1) = 1;
    // Columns of the average live in registers, so their number is a constant.
    int parts = 1;
    if (b.goal.images != image_order::blocked)
        parts = width > 64 ? 128 : 64;
    b.define("MASK", has_mask);
    b.define("CAUSAL", n.attr.causal);
    b.define("WIDTH", width);
    b.define("KEYS", parts == 1 ? 32 : parts);
    b.number("DEPTH", depth);
    b.number("LENGTH", length);
    b.number("SCALE", bits_of(n.attr.scalars[0]));
    text<8> row;
    row.append('i').append(rank - 2);
    b.define("QUERY", row);
    attention_address(b, "QUERY_AT(d)", "q", q, y.dims, row.view(), "(d)");
    attention_address(b, "KEY_AT(s,d)", "k", k, y.dims, "(s)", "(d)");
    attention_address(b, "VALUE_AT(s,d)", "v", v, y.dims, "(s)", "(d)");
    if (has_mask) {
        attention_address(b, "MASK_AT(s)", "mask", s.inputs[3], y.dims, row.view(), "(s)");
    }
    b.address("y", y);
    line(b, "y", rank - 1);
    lines(b, rows, parts);
    b.out.flops = 2 * y.dims.count() / width * length * (depth + width);
    b.finish("attention");
    return true;
}

} // namespace lamina::compile
