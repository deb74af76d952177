// SPDX-License-Identifier: Apache-2.0
// Elements added around a tensor of any layout.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// The axis of rows whose elements lie side by side in both, long enough to be copied in parts; -1 for none.
constexpr int row_axis(const launch_builder& b, const view& x, const view& y) {
    const int last = y.dims.rank - 1;
    const bool is_dense = last >= 0 && x.lay.block == 1 && y.lay.block == 1
        && x.lay.stride[last] == 1 && y.lay.stride[last] == 1;
    return b.target.is_cpu() && is_dense && y.dims[last] >= 64 ? last : -1;
}

constexpr bool select_pad(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    b.input(x);
    b.output(y);
    const auto kind = static_cast<pad_kind>(attr.kind);
    b.define("KIND", kind == pad_kind::constant ? 0 : kind == pad_kind::reflect ? 1 : 2);
    if (kind == pad_kind::constant) b.number("VALUE", bits_of(attr.scalars[0]));
    for (int axis = 0; axis < max_rank; ++axis) {
        b.number("BEFORE", axis, axis < x.dims.rank ? attr.starts[axis] : 0);
        b.number("X_N", axis, x.dims[axis]);
    }
    b.address("x", x);
    b.address("y", y);
    const int last = row_axis(b, x, y), run = last >= 0 ? 1024 : 0;
    b.define("RUN", run);
    if (!run) {
        b.elements(y);
        b.element_tactics();
        b.finish("pad");
        return true;
    }
    text<40> place;
    place.append("AT_y(");
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis) place.append(',');
        if (axis == last)
            place.append('0');
        else
            place.append('i').append(axis);
    }
    b.define("Y_ROW", place.append(')'));
    b.define("ROW_I", text<24>().append('i').append(last));
    b.define("ROW_J", text<24>().append('j').append(last));
    b.define("ROW_BEFORE", text<24>().append("BEFORE").append(last));
    b.define("ROW_N", text<24>().append("X_N").append(last));
    b.number("WIDE", y.dims[last]);
    view parts = y;
    parts.dims.at(last) = (y.dims[last] + run - 1) / run;
    b.elements(parts);
    tactic t;
    t.label.append("run").append(run);
    b.tactic_of(t);
    b.finish("pad");
    return true;
}

inline constexpr family_row pad_family{.kind = op::pad, .select = select_pad};

}  // namespace lamina::planner
