// SPDX-License-Identifier: Apache-2.0
// Images of another size in every way that resize.hpp does not take.
#pragma once
#include <lamina/graph/resize_rule.hpp>
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// The halves of a 64-bit number: KEY_LOW and KEY_HIGH.
constexpr void wide_number(launch_builder& b, const char* key, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    text<40> low, high;
    low.append(key).append("_LOW");
    high.append(key).append("_HIGH");
    b.number(low, static_cast<int>(static_cast<std::uint32_t>(bits)));
    b.number(high, static_cast<int>(static_cast<std::uint32_t>(bits >> 32)));
}

constexpr bool select_resize_taps(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    const bool planes = has_planes(b, x, y);
    if (!planes && (!is_image_view(b, x) || !is_image_view(b, y))) return false;
    const int lanes = planes ? 1 : image_lanes(b, y.dims.c);
    byte_input(b, x);
    b.output(y);
    const auto kind = static_cast<resize_kind>(attr.kind);
    b.define("KIND", attr.kind);
    b.number("X_H", x.dims.h);
    b.number("X_W", x.dims.w);
    const source_line rows = source_line_of(attr, 0, x.dims.h, y.dims.h);
    const source_line columns = source_line_of(attr, 1, x.dims.w, y.dims.w);
    wide_number(b, "STEP_H", rows.step);
    wide_number(b, "FIRST_H", rows.first);
    wide_number(b, "UNIT_H", rows.unit);
    wide_number(b, "STEP_W", columns.step);
    wide_number(b, "FIRST_W", columns.first);
    wide_number(b, "UNIT_W", columns.unit);
    if (kind == resize_kind::nearest) {
        b.define("ROUNDING", static_cast<int>(attr.rounding));
    } else {
        const float shrink_h = shrink_of(attr, 0, x.dims.h, y.dims.h);
        const float shrink_w = shrink_of(attr, 1, x.dims.w, y.dims.w);
        if (attr.antialias) {
            b.number("TAPS_H", taps_of(attr, shrink_h));
            b.number("TAPS_W", taps_of(attr, shrink_w));
        } else {  // loops of two or four unroll
            b.define("TAPS_H", taps_of(attr, 1));
            b.define("TAPS_W", taps_of(attr, 1));
        }
        b.number("SHRINK_H", bits_of(shrink_h));
        b.number("SHRINK_W", bits_of(shrink_w));
        b.define("FEW", !attr.antialias);
        b.define("NORMALISES", attr.antialias || attr.exclude_outside);
        b.define("EXCLUDES", attr.exclude_outside);
        if (kind == resize_kind::bicubic) b.define("CUBIC_A", bits_of(attr.cubic_a));
    }
    const bool crops = attr.coordinates == coordinate_mode::crop_and_resize;
    b.define("CROPS", crops);
    if (crops) b.number("EXTRAPOLATION", bits_of(attr.extrapolation));
    image_strides(b, "X_S", x, lanes);
    const text<40> valid = pixels(b, y, lanes);
    b.epilogue(epilogue_coordinates::image, lanes, valid.view());
    b.element_tactics();
    b.finish("resize_taps");
    return true;
}

inline constexpr family_row resize_taps_family{.kind = op::resize,
    .select = select_resize_taps,
    .reads = input_form::planes,
    .inputs = real_or_bytes,
    .outputs = real_or_bytes};

}  // namespace lamina::planner
