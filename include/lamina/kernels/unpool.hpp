// SPDX-License-Identifier: Apache-2.0
// Values back to where a pool's maxima were: any layouts.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_unpool(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &indices = s.inputs[1], &y = s.output;
    b.input(x);
    b.input(indices);
    b.output(y);
    b.define("WHOLE_TENSOR", static_cast<index_space>(attr.kind) == index_space::tensor);
    b.number("Y_C", y.dims.c);
    b.number("Y_H", y.dims.h);
    b.number("Y_W", y.dims.w);
    b.number("P_W", x.dims.w);
    b.number("COUNT", x.dims.h * x.dims.w);
    b.address("x", x);
    b.address("at", indices);
    b.address("y", y);
    view images = y;  // a work-item or work-group each
    images.dims.h = images.dims.w = 1;
    lines(b, images, choose_parts(b, y.dims.h * y.dims.w, y.dims.n * y.dims.c));
    b.finish("unpool");
    return true;
}

inline constexpr family_row unpool_family{
    .kind = op::unpool, .select = select_unpool, .inputs = stored_types};

}  // namespace lamina::planner
