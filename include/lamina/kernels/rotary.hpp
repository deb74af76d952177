// SPDX-License-Identifier: Apache-2.0
// Pairs of columns turned by angles, of any layouts.
#pragma once
#include <lamina/kernels/gather.hpp>

namespace lamina::planner {

constexpr bool select_rotary(launch_builder& b) {
    const step& s = b.s;
    const view &x = s.inputs[0], &cosines = s.inputs[1], &sines = s.inputs[2], &y = s.output;
    const int last = y.dims.rank - 1, table = cosines.dims.rank;
    const int columns = y.dims[last], pairs = cosines.dims[table - 1];
    const auto kind = static_cast<pair_kind>(b.m.net->nodes[at(s.anchor)].attr.kind);
    b.input(x);
    b.input(cosines);
    b.input(sines);
    b.output(y);
    b.define("NEIGHBOURS", kind == pair_kind::neighbours);
    b.define("COS_FLOAT", cosines.type == dtype::f32);
    b.define("SIN_FLOAT", sines.type == dtype::f32);
    b.define("PAIRS", pairs);
    b.number("COLUMNS", columns);
    b.address("x", x);
    b.address("y", y);
    b.address("c", cosines);
    b.address("s", sines);
    line(b, "x", last);
    line(b, "y", last);
    // The table's axes are the last of x, its batch the first one.
    for (const char* buffer : {"c", "s"}) {
        text<24> key;
        key.append("LINE_").append(buffer).append("(k)");
        b.define(key.c_str(), place_of(buffer, table, [&](int axis, auto& out) {
            if (axis == table - 1)
                out.append("(k)");
            else
                out.append('i').append(axis == table - 2 ? last - 1 : 0);
        }));
    }
    text<80> finish("EPILOGUE(v");
    for (int axis = 0; axis < max_rank; ++axis) {
        finish.append(',');
        if (axis == last)
            finish.append("(k)");
        else
            finish.append('i').append(axis);
    }
    b.define("FINISH(v,k)", finish.append(')'));
    b.epilogue(epilogue_coordinates::elements, 1);
    view rows = y;
    rows.dims.at(last) = 1;
    lines(b, rows, choose_parts(b, pairs, rows.dims.count()));
    b.finish("rotary");
    return true;
}

inline constexpr family_row rotary_family{
    .kind = op::rotary, .select = select_rotary, .reads = input_form::strided};

}  // namespace lamina::planner
