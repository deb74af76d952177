// SPDX-License-Identifier: Apache-2.0
// Greedy choice of boxes: a work-item or work-group for each line of scores.
#pragma once
#include <lamina/kernels/topk.hpp>

namespace lamina::planner {

constexpr bool select_nms(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &boxes = s.inputs[0], &scores = s.inputs[1], &y = s.output;
    const view *places = s.further_view(1), *count = s.further_view(2);
    const bool has_classes = s.inputs.size() > 2;
    b.input(boxes);
    b.input(scores);
    if (has_classes) b.input(s.inputs[2]);
    b.output(y);
    if (places) b.output(*places);
    if (count) b.output(*count);
    b.define("BOX_FLOAT", boxes.type == dtype::f32);
    b.define("CLASSES", has_classes);
    b.define("INDEX", places != nullptr);
    b.define("COUNTED", count != nullptr);
    b.define("METHOD", attr.kind);
    b.define("FORM", static_cast<int>(attr.box));
    b.define("MOST", y.dims.h);
    const bool heap = b.target.is_cpu() && scores.dims.h <= most_heap_elements;
    b.define("HEAP", heap);
    if (heap) b.define("ROOM", heap_room(b, scores.dims.h));
    b.number("COUNT", scores.dims.h);
    b.number("THRESHOLD", bits_of(attr.scalars[0]));
    b.number("LEAST", bits_of(attr.scalars[1]));
    b.address("x", boxes);
    b.address("s", scores);
    if (has_classes) b.address("c", s.inputs[2]);
    b.address("y", y);
    if (places) b.address("at", *places);
    if (count) b.address("n", *count);
    view lines_ = y;
    lines_.dims.h = 1;
    const int parts = choose_parts(b, scores.dims.h, lines_.dims.count());
    b.elements(lines_, parts);
    if (parts == 1) {
        if (b.target.is_cpu())
            b.line_tactic();
        else
            b.element_tactics();
    } else {
        b.define("PARTS", parts);
        tactic t;
        t.label.append("parts").append(parts);
        t.local[0] = parts;
        t.local_bytes = parts * 12 + y.dims.h * 4;
        b.tactic_of(t);
    }
    b.finish("nms");
    return true;
}

inline constexpr family_row nms_family{
    .kind = op::nms, .select = select_nms, .inputs = stored_types, .outputs = stored_types};

}  // namespace lamina::planner
