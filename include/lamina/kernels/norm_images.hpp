// SPDX-License-Identifier: Apache-2.0
// Group and instance normalisation of images in blocks of channels, on the `cpu` class.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool has_sliced_operands(const step& s) {
    for (const resolved_operand& o : s.operands)
        if (o.weight < 0 && !has_slices(o.seen)) return false;
    return true;
}

constexpr bool select_norm_images(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    view x = s.inputs[0], y = s.output;
    const int slices = is_volume(y.dims) ? y.dims.h : 1;
    if (is_volume(y.dims)) {  // the images of a volume are normalised together
        if (!has_slices(x) || !has_slices(y) || !has_sliced_operands(s)) return false;
        x = as_slices(x);
        y = as_slices(y);
    }
    const auto kind = static_cast<norm_kind>(n.attr.kind);
    if ((kind != norm_kind::group && kind != norm_kind::instance)
        || x.type != b.target.numbers.storage || !is_image_view(b, x) || !is_image_view(b, y))
        return false;
    const int lanes = b.target.channel_block, vectors = (y.dims.c + lanes - 1) / lanes;
    const int group = kind == norm_kind::instance ? 1 : y.dims.c / n.attr.groups;
    int blocks = 1;  // a run of blocks that ends where a group ends, or the image's last one
    while (blocks < vectors && blocks * lanes % group) ++blocks;
    if (blocks > 256) return false;  // sums of all lanes lie on the thread's stack
    norm_buffers(b, x, y.dims.c, lanes, y);
    b.define("BLOCKS", blocks);
    b.define("GROUP", group);
    if (is_volume(s.output.dims)) b.define("SLICES", slices);
    b.number("EPS", bits_of(n.attr.scalars[0]));
    b.number("CHANNELS", y.dims.c);
    image_strides(b, "X_S", x, lanes);
    const text<40> valid = pixels(b, y, lanes);
    b.epilogue(epilogue_coordinates::image, lanes, valid);
    b.out.extents[0] = vectors;
    b.out.extents[1] = y.dims.n / slices;
    b.out.extents[2] = 1;
    tactic made;
    made.label.append("blocks").append(blocks);
    made.tile[0] = blocks;
    b.tactic_of(made);
    b.finish("norm_images");
    return true;
}

inline constexpr family_row norm_images_family{.kind = op::normalize,
    .select = select_norm_images,
    .rank = 20,
    .on = family_targets::blocks,
    .outputs = real_or_bytes};

}  // namespace lamina::planner
