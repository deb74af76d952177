// SPDX-License-Identifier: Apache-2.0
// Rows of a table by their indices.
#pragma once
#include <lamina/planner/builder.hpp>

namespace lamina::planner {

constexpr bool select_embedding(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.dims = b.m.net->parameters[at(r.source)].dims;
    r.type = b.target.numbers.storage;
    b.input(x);
    b.weights(b.pack(r));
    b.output(y);
    b.number("ROWS", r.dims.n);
    b.number("WIDTH", r.dims.c);
    text<8> column;
    column.append('i').append(y.dims.rank - 1);
    b.define("COLUMN", column);
    b.address("x", x);
    b.address("y", y);
    b.elements(y);
    b.epilogue(epilogue_coordinates::elements, 1);
    b.element_tactics();
    b.finish("embedding");
    return true;
}

inline constexpr family_row embedding_family{.kind = op::embedding,
    .select = select_embedding,
    .reads = input_form::rows,
    .inputs = {dtype::i32}};

}  // namespace lamina::planner
