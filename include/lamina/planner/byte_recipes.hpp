// SPDX-License-Identifier: Apache-2.0
// What kernels of int8 plans read beside u8: weights in 8 bits, the factors and shifts that make values of their
// sums, and zero points. The arithmetic is runtime/pack_bytes.hpp's.
#pragma once
#include <lamina/planner/builder.hpp>

namespace lamina::planner {

/// A scale, zero point, or another form of a weight of an int8 plan.
constexpr weight_recipe byte_recipe(launch_builder& b, byte_form form) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    const node& read = b.m.net->nodes[at(b.s.dequantize)];
    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.bytes_of = form;
    r.input_scale = read.parameters[weight_slot];
    if (form != byte_form::shift) return r;
    r.bias = n.parameters[bias_slot];
    r.input_zero = read.parameters[bias_slot];
    return r;
}
/// The factors or shifts of all outputs.
constexpr int pack_line(launch_builder& b, byte_form form, int count, int inner) {
    weight_recipe r = byte_recipe(b, form);
    r.dims = {count};
    r.inner[0] = inner;
    return b.pack(r);
}
/// The zero point of the input, one float.
constexpr int pack_zero_point(launch_builder& b) {
    weight_recipe r;
    r.source = b.m.net->nodes[at(b.s.dequantize)].parameters[bias_slot];
    r.dims = {1};
    return b.pack(r);
}

}  // namespace lamina::planner
