// SPDX-License-Identifier: Apache-2.0
// Rows into a state of the context, of any element type.
#pragma once
#include <lamina/kernels/gather.hpp>

namespace lamina::planner {

constexpr bool select_update(launch_builder& b) {
    const step& s = b.s;
    const int along = b.m.net->nodes[at(s.anchor)].attr.axis;
    const view &u = s.inputs[0], &y = s.output;
    const bool has_position = s.inputs.size() > 1;
    b.input(u);
    if (has_position) b.input(s.inputs[1]);
    b.output(y);
    define_moved(b, y.type);
    b.define("POSITION", has_position);
    b.address("u", u);
    b.address("y", y);
    if (has_position) {
        const view& place = s.inputs[1];
        b.address("at", place);
        b.define("PLACE", place_of("at", 1, [&](int, auto& out) {
            place.dims.n > 1 ? out.append("i0") : out.append('0');
        }));
        b.number("EXTENT", y.dims[along]);
    }
    text<8> row;
    row.append('i').append(along);
    b.define("ROW", row);
    b.define("TO", place_of("y", y.dims.rank, [&](int axis, auto& out) {
        axis == along ? out.append("row") : out.append('i').append(axis);
    }));
    b.elements(u);
    b.element_tactics();
    b.finish("update");
    return true;
}

inline constexpr family_row update_family{.kind = op::update,
    .select = select_update,
    .reads = input_form::strided,
    .inputs = all_types,
    .outputs = all_types};

}  // namespace lamina::planner
