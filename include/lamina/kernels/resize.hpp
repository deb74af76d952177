// SPDX-License-Identifier: Apache-2.0
// Images of another size: a vector of channels per work-item.
#pragma once
#include <lamina/graph/resize_rule.hpp>
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// Inputs per output of one axis; nearest needs exactly PyTorch's float.
constexpr float resize_step(coordinate_mode mode, int in, int out, float scale) {
    if (mode == coordinate_mode::align_corners)
        return out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1) : 0.0f;
    return scale > 0 ? static_cast<float>(1 / static_cast<double>(scale))
                     : static_cast<float>(in) / static_cast<float>(out);
}

constexpr bool select_resize(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    if (!is_plain_resize(attr)) return false;
    const bool planes = has_planes(b, x, y);
    if (!planes && (!is_image_view(b, x) || !is_image_view(b, y))) return false;
    const int lanes = planes ? 1 : image_lanes(b, y.dims.c);
    byte_input(b, x);
    b.output(y);
    b.define("NEAREST", static_cast<resize_kind>(attr.kind) == resize_kind::nearest);
    b.define("HALF_PIXEL", attr.coordinates == coordinate_mode::half_pixel);
    b.number("X_H", x.dims.h);
    b.number("X_W", x.dims.w);
    b.number("STEP_H", bits_of(resize_step(attr.coordinates, x.dims.h, y.dims.h, attr.scalars[0])));
    b.number("STEP_W", bits_of(resize_step(attr.coordinates, x.dims.w, y.dims.w, attr.scalars[1])));
    image_strides(b, "X_S", x, lanes);
    const text<40> valid = pixels(b, y, lanes);
    b.epilogue(epilogue_coordinates::image, lanes, valid.view());
    b.element_tactics();
    b.finish("resize");
    return true;
}

inline constexpr family_row resize_family{.kind = op::resize,
    .select = select_resize,
    .rank = 10,
    .reads = input_form::planes,
    .inputs = real_or_bytes,
    .outputs = real_or_bytes};

}  // namespace lamina::planner
