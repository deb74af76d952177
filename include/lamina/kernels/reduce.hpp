// SPDX-License-Identifier: Apache-2.0
// Reductions over any axes of any layout, and argmax along one.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// What is reduced: a box of the input's coordinates; the others are the output's, which has fewer
/// axes unless it keeps them.
struct reduced_box {
    int extents[max_rank] = {1, 1, 1, 1, 1, 1};
    text<24> outer[max_rank], added[max_rank];
    int count = 1;
};
constexpr reduced_box box_of(const step& s, unsigned mask) {
    const view &x = s.inputs[0], &y = s.output;
    const bool keeps = y.dims.rank == x.dims.rank;
    reduced_box box;
    int next = 0;
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis >= x.dims.rank) {
            box.outer[axis].append('0');
        } else if (mask >> axis & 1u) {
            box.extents[axis] = x.dims[axis];
            box.count *= x.dims[axis];
        } else {
            box.outer[axis].append('i').append(keeps ? axis : next++);
        }
    }
    return box;
}

constexpr void define_reduction(launch_builder& b, int kind, int count) {
    const auto of = static_cast<reduce_kind>(kind);
    b.define("KIND",
        of == reduce_kind::mean      ? 0
            : of == reduce_kind::sum ? 1
            : of == reduce_kind::max ? 2
            : of == reduce_kind::min ? 3
                                     : 4);
    b.number("COUNT", count);
}

/// On the `cpu` class, where outputs or what is reduced lie side by side.
constexpr bool select_reduce_lanes(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    const int last = x.dims.rank - 1, y_last = y.dims.rank - 1;
    if (last < 0 || x.lay.block > 1 || y.lay.block > 1 || x.type != b.target.numbers.storage
        || x.lay.stride[last] != 1 || !s.epilogue.empty() || !s.operands.empty())
        return false;
    const bool along = attr.mask >> last & 1u;
    const reduced_box box = box_of(s, attr.mask);
    view from = x, to = y, all = y;
    if (along) {
        // The reduced axes are the last ones, without holes between them.
        std::int64_t dense = 1;
        for (int axis = last; axis >= 0 && dense < box.count; --axis) {
            if (x.dims[axis] > 1 && (!(attr.mask >> axis & 1u) || x.lay.stride[axis] != dense))
                return false;
            dense *= x.dims[axis];
        }
        // The output's coordinates: without axes that it lacks, of which those in front have one element.
        if (y.dims.rank < x.dims.rank) {
            from.dims = y.dims;
            int next = 0;
            for (int axis = 0; axis <= last; ++axis)
                if (!(attr.mask >> axis & 1u)) from.lay.stride[next++] = x.lay.stride[axis];
        }
    } else {
        const int width = x.dims[last];
        if (width < 16 || y.lay.stride[y_last] != 1) return false;
        from.lay.stride[last] = to.lay.stride[y_last] = 16;
        all.dims.at(y_last) = (width + 15) / 16;
        text<8> column;
        column.append('i').append(y_last);
        b.define("COLUMN", column);
        b.number("WIDTH", width);
    }
    b.input(x);
    b.output(y);
    b.define("VW", 16);
    b.define("ALONG", along);
    define_reduction(b, attr.kind, box.count);
    b.address("x", from);
    b.address("y", to);
    if (!along) inner(b, "INNER", "X_N", box.extents, box.outer, box.added);
    b.elements(all);
    tactic made;
    made.label.append("line");
    b.tactic_of(made);
    b.finish("reduce_lanes");
    return true;
}

/// All pixels of each channel of a dense image or sequence of floats in blocks.
constexpr bool select_reduce_blocks(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    const int rank = x.dims.rank, block = b.target.channel_block, last = rank - 1;
    if ((rank != 3 && rank != 4) || attr.mask != (rank == 3 ? 4u : 12u) || x.lay.block != block
        || y.lay.block > 1 || x.type != dtype::f32 || b.target.numbers.storage != dtype::f32
        || !x.is_straight() || x.lay.stride[last] != block
        || (rank == 4 && x.dims.h > 1 && x.lay.stride[2] != x.dims.w * block))
        return false;
    view blocks = y;
    blocks.dims.at(1) = (y.dims.c + block - 1) / block;
    b.input(x);
    b.output(y);
    define_reduction(b, attr.kind, box_of(s, attr.mask).count);
    b.define("BLOCK", block);
    b.number("CHANNELS", y.dims.c);
    b.number("XS_N", x.lay.stride[0]);
    b.number("XS_C", x.lay.stride[1]);
    b.address("y", y);
    b.elements(blocks);
    b.epilogue(epilogue_coordinates::elements, 1);
    tactic made;
    made.label.append("block");
    b.tactic_of(made);
    b.finish("reduce_blocks");
    return true;
}

constexpr bool select_reduce(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &y = s.output;
    const reduced_box box = box_of(s, attr.mask);
    b.input(x);
    b.output(y);
    if (size_bytes(x.type) == 1) b.define("REAL_BYTES", 1);  // truth values: any, all
    define_reduction(b, attr.kind, box.count);
    b.address("x", x);
    b.address("y", y);
    inner(b, "INNER", "X_N", box.extents, box.outer, box.added);
    lines(b, y, choose_parts(b, box.count, y.dims.count()));
    b.epilogue(epilogue_coordinates::elements, 1);
    b.finish("reduce");
    return true;
}

constexpr bool select_argmax(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const int axis = n.attr.axis, count = x.dims[axis];
    b.input(x);
    b.output(y);
    b.define("MINIMUM", static_cast<extreme_kind>(n.attr.kind) == extreme_kind::smallest);
    b.define("TAKE_LAST", n.attr.take_last);
    b.number("COUNT", count);
    b.address("x", x);
    b.address("y", y);
    // Axes behind the reduced one have moved up in the output unless it is kept.
    text<80> place;
    place.append("AT_x(");
    const bool keeps = y.dims.rank == x.dims.rank;
    int next = 0;
    for (int i = 0; i < max_rank; ++i) {
        if (i) place.append(',');
        if (i == axis)
            place.append("(k)");
        else if (i >= x.dims.rank)
            place.append('0');
        else
            place.append('i').append(keeps ? i : next);
        next += i != axis;
    }
    place.append(')');
    b.define("LINE_x(k)", place);
    lines(b, y, choose_parts(b, count, y.dims.count()));
    b.finish("argmax");
    return true;
}

inline constexpr family_row reduce_lanes_family{
    .kind = op::reduce, .select = select_reduce_lanes, .rank = 10, .on = family_targets::cpu};
inline constexpr family_row reduce_blocks_family{
    .kind = op::reduce, .select = select_reduce_blocks, .rank = 20, .on = family_targets::blocks};
inline constexpr family_row reduce_family{.kind = op::reduce,
    .select = select_reduce,
    .inputs = {dtype::f32, dtype::f16, dtype::bf16, dtype::boolean},
    .outputs = {dtype::f32, dtype::f16, dtype::bf16, dtype::boolean}};
inline constexpr family_row argmax_family{
    .kind = op::argmax, .select = select_argmax, .outputs = {dtype::i32}};

}  // namespace lamina::planner
