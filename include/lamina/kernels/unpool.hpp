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
    const bool volumes = is_volume(y.dims);
    b.number("Y_H", volumes ? y.dims.w : y.dims.h);
    b.number("Y_W", volumes ? y.dims.d4 : y.dims.w);
    b.number("P_W", volumes ? x.dims.d4 : x.dims.w);
    b.number("COUNT", x.dims.h * x.dims.w * x.dims.d4);
    if (volumes) {
        b.define("VOLUME", 1);
        b.number("Y_D", y.dims.h);
        b.number("P_H", x.dims.w);
    }
    b.address("x", x);
    b.address("at", indices);
    b.address("y", y);
    view images = y;  // a work-item or work-group each
    images.dims.h = images.dims.w = images.dims.d4 = 1;
    lines(b, images,
        choose_parts(b, y.dims.h * y.dims.w * y.dims.d4, y.dims.n * std::int64_t{y.dims.c}));
    b.finish("unpool");
    return true;
}

inline constexpr family_row unpool_family{
    .kind = op::unpool, .select = select_unpool, .inputs = stored_types};

}  // namespace lamina::planner
