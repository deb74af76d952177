// SPDX-License-Identifier: Apache-2.0
// Layer, rms, group and instance normalisation of any layout.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_norm(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const auto kind = static_cast<norm_kind>(n.attr.kind);
    const bool is_channels = kind == norm_kind::group || kind == norm_kind::instance;
    if (!is_channels && y.lay.block > 1) return false;  // assign_layouts writes these as rows
    const int groups = kind == norm_kind::instance ? y.dims.c : n.attr.groups;
    const int first = is_channels ? 1 : n.attr.axis;

    // A set is a box of coordinates; what is outside comes from the work-item.
    int extents[max_rank] = {1, 1, 1, 1, 1, 1};
    text<24> outer[max_rank] = {}, added[max_rank] = {};
    std::int64_t count = 1;
    view sets = y;
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis < first) {
            outer[axis].append('i').append(axis);
            continue;
        }
        extents[axis] = is_channels && axis == 1 ? y.dims.c / groups : y.dims[axis];
        count *= extents[axis];
        sets.dims.at(axis) = 1;
    }
    if (is_channels) {
        sets = view{};
        sets.dims = {y.dims.n, groups};
        added[1].append(" + i1 * ").append(extents[1]);
    }
    std::int64_t slots = 1;
    for (int axis = first; axis < y.dims.rank; ++axis) slots *= y.dims[axis];
    norm_buffers(b, x, is_channels ? y.dims.c : static_cast<int>(slots), 1, y);
    b.define("CENTRED", kind != norm_kind::rms);
    b.define("SLOT", is_channels ? "j1" : "k");
    b.number("EPS", bits_of(n.attr.scalars[0]));
    b.number("COUNT", static_cast<int>(count));
    b.address("x", x);
    b.address("y", y);
    inner(b, "INNER", "X_N", extents, outer, added);
    // The last group of channels writes the padding lanes behind them.
    const int block = y.lay.block;
    if (block > 1 && y.clean && y.dims.c % block) {
        const int pads = block - y.dims.c % block;
        extents[1] = pads;
        added[1] = text<24>(" + ");
        added[1].append(y.dims.c);
        b.number("PAD_ALL", pads * y.dims.h * y.dims.w * y.dims.d4);
        b.define("PAD_COUNT", "(i1 == N_1 - 1 ? PAD_ALL : 0)");
        inner(b, "PADS", "PAD_N", extents, outer, added);
    }
    lines(b, sets, choose_parts(b, count, sets.dims.count()));
    b.epilogue(epilogue_coordinates::elements, 1);
    b.finish("norm");
    return true;
}

inline constexpr family_row norm_family{
    .kind = op::normalize, .select = select_norm, .outputs = real_or_bytes};

}  // namespace lamina::planner
