// SPDX-License-Identifier: Apache-2.0
// A custom layer's kernel: dense row-major tensors, one work-item per element along dimension 0.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// The convention is documented at custom_layer in layers/custom.hpp.
constexpr bool select_custom(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const auto extents_of = [&](const char* tensor, int index, const shape& dims) {
        text<24> key;
        key.append(tensor);
        if (index >= 0) key.append(index);
        key.append("_N");
        for (int axis = 0; axis < dims.rank; ++axis) {
            text<32> full;
            full.append(key).append(axis);
            b.define(full.c_str(), dims[axis]);
        }
    };
    for (int i = 0; i < static_cast<int>(s.inputs.size()); ++i) {
        b.input(s.inputs[at(i)]);
        extents_of("X", i, s.inputs[at(i)].dims);
    }
    for (int slot : n.parameters) {
        if (slot < 0) continue;
        weight_recipe r;
        r.source = slot;
        r.dims = b.m.net->parameters[at(slot)].dims;
        r.type = b.target.numbers.storage;
        b.weights(b.pack(r));
    }
    b.output(s.output);
    extents_of("Y", -1, s.output.dims);
    const int count = static_cast<int>(s.output.dims.count());
    b.define("COUNT", count);
    for (int i = 0; i < 2; ++i) {
        text<40> value;
        value.append("as_float(").append(bits_of(n.attr.scalars[i])).append(')');
        b.define(i ? "SCALAR1" : "SCALAR0", value);
    }
    b.out.extents[0] = count;
    b.element_tactics();
    b.finish(n.custom.kernel_name, n.custom.text);
    return true;
}

inline constexpr family_row custom_family{.kind = op::custom,
    .select = select_custom,
    .reads = input_form::rows,
    .writes = output_form::rows,
    .inputs = stored_types,
    .outputs = stored_types};

}  // namespace lamina::planner
