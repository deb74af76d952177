// SPDX-License-Identifier: Apache-2.0
// Chooses how a chain of pointwise ops, or a copy, traverses memory: merged axes and vectors if all
// operands share an order of axes, element by element otherwise.
#pragma once
#include <lamina/planner/builder.hpp>

namespace lamina::planner {

/// The common iteration space of an output and its operands: pure strides, no blocks.
struct merged_space {
    int rank = 0;
    int block_axis = 0;  ///< which one counts blocks of channels, if there are several
    int extent[max_rank] = {};
    int output[max_rank] = {};
    int operands[8][max_rank] = {};
};

/// Strides of a view along the space's axes (n, block, h, w, lane; of a volume n, d, block, h, w, lane) or
/// its own axes.
constexpr void expand(const view& v, bool blocks, int block, int (&strides)[max_rank]) {
    if (!blocks) {
        for (int axis = 0; axis < max_rank; ++axis) strides[axis] = v.lay.stride[axis];
        return;
    }
    const bool is_blocked = v.lay.block > 1;
    int next = 0;
    strides[next++] = v.lay.stride[0];
    if (is_volume(v.dims)) strides[next++] = v.lay.stride[2];
    strides[next++] = is_blocked ? v.lay.stride[1] : v.lay.stride[1] * block;
    strides[next++] = v.lay.stride[is_volume(v.dims) ? 3 : 2];
    strides[next++] = v.lay.stride[is_volume(v.dims) ? 4 : 3];
    strides[next] = is_blocked ? 1 : v.lay.stride[1];
}

/// True if blocks become rows whose channels do not lie side by side, or only some lanes exist.
constexpr bool scatters(const step& s, int block) {
    if (s.output.lay.block > 1 || !has_channels(s.output.dims)
        || (s.output.lay.stride[1] == 1 && s.output.dims.c % block == 0))
        return false;
    for (const resolved_operand& o : s.operands)
        if (o.weight < 0 && o.seen.lay.block == block) return true;
    return false;
}

/// Finds the space. False if some view counts channels in a way that the others cannot follow.
/// `by_stride`: axes without blocks are taken in the order in which they lie in the output, not in that
/// of its shape, so that neighbouring work-items write side by side (channels last).
constexpr bool find_space(const step& s, int block, bool by_stride, merged_space& space) {
    bool blocks = s.output.lay.block > 1;
    for (const resolved_operand& o : s.operands)
        blocks = blocks || (o.weight < 0 && o.seen.lay.block > 1);
    if (s.on_ints) return false;
    if (blocks) {
        // Blocked on both sides with the same lanes, and an output that owns its padding.
        if (s.output.shift || (s.output.lay.block > 1 && !s.output.clean)) return false;
        for (const resolved_operand& o : s.operands)
            if (o.weight < 0 && !o.seen.is_straight()) return false;
    }
    shape dims = s.output.dims;
    const int first = blocks && is_volume(dims) ? 2 : 1;  // the axis of blocks
    const int lane = first + 3;
    if (blocks) {
        const int count = (dims.c + block - 1) / block;
        dims = is_volume(dims) ? shape{dims.n, dims.h, count, dims.w, dims.d4, block}
                               : shape{dims.n, count, dims.h, dims.w, block};
    }
    int output[max_rank] = {}, operands[8][max_rank] = {};
    expand(s.output, blocks, block, output);
    for (std::size_t k = 0; k < s.operands.size(); ++k) {
        const resolved_operand& o = s.operands[k];
        if (o.weight < 0) {
            expand(o.seen, blocks, block, operands[k]);
        } else if (o.axis >= 0) {
            operands[k][blocks ? first : o.axis] = blocks ? block : 1;
            if (blocks) operands[k][lane] = 1;
        }
    }
    // The lanes of a block that holds padding must stay an axis of their own.
    const bool keeps_lanes = blocks && (s.output.dims.c % block != 0 || scatters(s, block));
    int order[max_rank] = {0, 1, 2, 3, 4, 5};
    for (int i = 1; by_stride && !blocks && i < dims.rank; ++i)
        for (int k = i; k > 0 && output[order[k - 1]] < output[order[k]]; --k)
            std::swap(order[k - 1], order[k]);
    bool has_blocks = false;  // the space has an axis of several
    for (int turn = 0; turn < dims.rank; ++turn) {
        const int axis = order[turn];
        const bool lane_axis = keeps_lanes && axis == lane;
        if (dims[axis] == 1 && !lane_axis) continue;
        bool merges = space.rank > 0 && !lane_axis;
        const int last = space.rank - 1;
        if (merges) {
            merges = space.output[last] == output[axis] * dims[axis];
            for (std::size_t k = 0; k < s.operands.size(); ++k)
                merges = merges && space.operands[k][last] == operands[k][axis] * dims[axis];
        }
        // With padding lanes the block number must stay readable from one axis: neither the rows join it
        // nor, where images have one row, the columns.
        if (keeps_lanes
            && (axis == first || axis == first + 1 || (has_blocks && last == space.block_axis)))
            merges = false;
        const int to = merges ? last : space.rank++;
        if (axis == first) {
            space.block_axis = to;
            has_blocks = true;
        }
        space.extent[to] = merges ? space.extent[to] * dims[axis] : dims[axis];
        space.output[to] = output[axis];
        for (std::size_t k = 0; k < s.operands.size(); ++k)
            space.operands[k][to] = operands[k][axis];
    }
    if (space.rank == 0) {
        space.rank = 1;
        space.extent[0] = 1;
    }
    return true;
}

/// Lanes a work-item can take along the innermost axis.
constexpr int choose_lanes(const merged_space& space, std::size_t operands, int widest) {
    const int last = space.rank - 1;
    if (space.output[last] != 1) return 1;
    for (std::size_t k = 0; k < operands; ++k)
        if (space.operands[k][last] > 1) return 1;
    int lanes = widest;
    while (space.extent[last] % lanes) lanes /= 2;
    return lanes;
}

/// On CPUs a work-item takes a run of vectors along the longer of the two inner axes, so that what
/// is the same for all of them is read once; on GPUs, and where axes are short, it takes one. In a network with
/// dims runs take short axes too, and the outer axis only where the inner one is short: more shapes share a kernel.
constexpr void add_run_tactics(launch_builder& b, int lanes) {
    const bool is_longer = b.out.extents[1] > b.out.extents[0];
    const bool is_outer = is_longer && (b.out.extents[0] < 8 || !b.shares_shapes());
    const int axis = is_outer ? 1 : 0;
    const int run = lanes >= 8 ? 64 : 256;
    b.define("ALONG", axis ? 4 : 5);
    if (!b.target.is_cpu() || (b.out.extents[axis] < 8 && !b.shares_shapes())) {
        b.define("RUN", 1);
        b.element_tactics();
        return;
    }
    b.define("RUN", run);
    tactic t;
    t.label.append("run").append(run);
    t.tile[axis] = run;
    b.tactic_of(t);
}

constexpr bool select_pointwise(launch_builder& b) {
    const step& s = b.s;
    const int block = b.target.blocks_channels() ? b.target.channel_block : 1;
    const bool in_blocks = block > 1;
    merged_space space;
    const bool pads = in_blocks && s.output.lay.block > 1 && s.output.dims.c % block != 0;
    b.output(s.output);
    if (s.on_ints) b.define("INTS", 1);
    const dtype to = s.output.type;
    if (to == dtype::i32 && !s.on_ints) b.define("OUT_INTS", 1);
    if (to == dtype::boolean || (to == dtype::u8 && !b.is_quantized())) b.define("OUT_BYTES", 1);
    if (to == dtype::i8) b.define("OUT_CHARS", 1);
    if (!find_space(s, block, !b.target.is_cpu(), space)) {
        b.define("ELEMENTS", 1);
        b.address("y", s.output);
        b.elements(s.output);
        b.epilogue(epilogue_coordinates::elements, 1);
        b.element_tactics();
        b.finish("pointwise");
        return true;
    }
    b.define("ELEMENTS", 0);
    const bool scattered = in_blocks && scatters(s, block);
    // Two vectors of the CPU at once; one in networks with dims, where other shapes need a kernel for one anyway.
    const int widest = !in_blocks ? 4 : b.shares_shapes() ? block : 16;
    int lanes = pads || scattered ? block : choose_lanes(space, s.operands.size(), widest);
    if (s.operands.empty() && !pads) lanes = choose_lanes(space, 0, widest);
    b.define("SCATTERS", scattered);
    b.define("VW", lanes);
    // Right-align the space to D0 ... D5.
    const int first = max_rank - space.rank;
    for (int axis = 0; axis < max_rank; ++axis) {
        b.number("D", axis, axis < first ? 1 : space.extent[axis - first]);
        b.number("Y", axis, axis < first ? 0 : space.output[axis - first]);
    }
    for (std::size_t k = 0; k < s.operands.size(); ++k) {
        for (int axis = first; axis < max_rank; ++axis)
            b.merged_strides[k].axis[axis] = space.operands[k][axis - first];
        b.merged_strides[k].lane = space.operands[k][space.rank - 1];
    }
    text<80> valid;
    if (pads || (scattered && s.output.dims.c % block)) {
        const int block_axis = first + space.block_axis;
        const bool one_block = s.output.dims.c <= block;
        valid.append(s.output.dims.c);
        if (!one_block) valid.append("-i").append(block_axis).append("*VW");
        b.define("VALID", valid);
    }
    b.epilogue(epilogue_coordinates::merged, lanes, valid.view());
    b.out.extents[0] = space.extent[space.rank - 1] / lanes;
    b.out.extents[1] = space.rank > 1 ? space.extent[space.rank - 2] : 1;
    b.out.extents[2] = 1;
    for (int axis = 0; axis < space.rank - 2; ++axis) b.out.extents[2] *= space.extent[axis];
    add_run_tactics(b, lanes);
    b.finish("pointwise");
    return true;
}

inline constexpr family_row pointwise_family{
    .kind = op::pointwise, .select = select_pointwise, .inputs = all_types, .outputs = all_types};

}  // namespace lamina::planner
