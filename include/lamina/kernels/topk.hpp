// SPDX-License-Identifier: Apache-2.0
// The largest or smallest values of each line with their indices, along an axis of any layout.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

inline constexpr int most_heap_elements = 65536;  ///< of private memory, 8 bytes each

/// Elements of a work-item's own memory for a heap of this many: in networks with dims one of few sizes, so that shapes
/// share kernels.
constexpr int heap_room(const launch_builder& b, int wanted) {
    if (!b.shares_shapes()) return wanted;
    int room = 1024;
    while (room < wanted) room *= 8;
    return room;
}

constexpr void define_topk(launch_builder& b, const char* family) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output, *indices = s.further_view(1);
    const int axis = n.attr.axis, count = x.dims[axis];
    b.input(x);
    b.output(y);
    if (indices) b.output(*indices);
    b.define("INDEX", indices != nullptr);
    b.define("SMALLEST", static_cast<extreme_kind>(n.attr.kind) == extreme_kind::smallest);
    b.number("COUNT", count);
    b.number("K", y.dims[axis]);
    if (std::string_view(family) == "topk_heap") b.define("ROOM", heap_room(b, y.dims[axis]));
    b.address("x", x);
    b.address("y", y);
    if (indices) b.address("at", *indices);
    line(b, "x", axis);
    line(b, "y", axis);
    if (indices) line(b, "at", axis);
    view all = y;
    all.dims.at(axis) = 1;
    if (b.target.is_cpu()) {
        b.elements(all);
        b.line_tactic();
    } else {
        lines(b, all, choose_parts(b, count, all.dims.count()));
    }
    b.finish(family);
}

constexpr bool select_topk(launch_builder& b) {
    define_topk(b, "topk");
    return true;
}
constexpr bool select_sort(launch_builder& b) {
    define_topk(b, "sort");
    return true;
}

constexpr bool select_topk_heap(launch_builder& b) {
    define_topk(b, "topk_heap");
    return true;
}

/// True on CPUs, where a work-item keeps what it wants of a line.
constexpr bool keeps_heap(const module& m, const lamina::target& target, const fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    const int wanted = n.dims[n.attr.axis];
    return target.is_cpu() && wanted > 1 && wanted <= most_heap_elements;
}

/// True if all elements of the axis are wanted, and are too many to look for each of them.
constexpr bool sorts_all(const module& m, const lamina::target&, const fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    const int count = n.dims[n.attr.axis];
    return count > 8 && m.net->nodes[at(n.inputs[0])].dims[n.attr.axis] == count;
}

inline constexpr family_row topk_heap_family{.kind = op::topk,
    .select = select_topk_heap,
    .rank = 5,
    .outputs = stored_types,
    .takes = keeps_heap};
inline constexpr family_row sort_family{.kind = op::topk,
    .select = select_sort,
    .rank = 10,
    .outputs = stored_types,
    .takes = sorts_all};
inline constexpr family_row topk_family{
    .kind = op::topk, .select = select_topk, .outputs = stored_types};

}  // namespace lamina::planner
