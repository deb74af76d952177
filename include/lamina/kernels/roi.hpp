// SPDX-License-Identifier: Apache-2.0
// Boxes of images cut out and resized, of any layouts.
#pragma once
#include <lamina/kernels/channel_chunks.hpp>

namespace lamina::planner {

constexpr bool select_roi(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &boxes = s.inputs[1], &y = s.output;
    const auto kind = static_cast<roi_kind>(attr.kind);
    const bool is_list = boxes.dims.rank == 2;
    b.input(x);
    b.input(boxes);
    b.output(y);
    b.define("BOX_FLOAT", boxes.type == dtype::f32);
    b.define("LISTED", is_list);
    b.define("ALIGN", kind == roi_kind::align || kind == roi_kind::ps_align);
    b.define("BY_PLACE", kind == roi_kind::ps_align || kind == roi_kind::ps_pool);
    b.define("HALF_OFF", attr.coordinates == coordinate_mode::half_pixel);
    b.define("SAMPLES", attr.groups);
    b.define("MOST_SAMPLES", most_roi_samples);
    b.number("SCALE_BITS", bits_of(attr.scalars[0]));
    b.number("BOXES", is_list ? boxes.dims.n : boxes.dims.c);
    b.number("X_N", x.dims.n);
    b.number("X_H", x.dims.h);
    b.number("X_W", x.dims.w);
    b.number("Y_H", y.dims.h);
    b.number("Y_W", y.dims.w);
    b.address("x", x);
    b.address("b", boxes);
    b.address("y", y);
    b.define("CORNER(k)",
        is_list ? "AT_b(i0,(k),0,0,0,0)" : "AT_b((i0) / BOXES,(i0) % BOXES,(k),0,0,0)");
    channel_chunks(b, x, y, kind == roi_kind::ps_align || kind == roi_kind::ps_pool);
    b.epilogue(epilogue_coordinates::elements, 1);
    b.element_tactics();
    b.finish("roi");
    return true;
}

inline constexpr family_row roi_family{.kind = op::roi_pool, .select = select_roi};

}  // namespace lamina::planner
