// SPDX-License-Identifier: Apache-2.0
// Shared by the tiled families of the gpu class: the tiles, the default tile of a shape, and when a view's
// vectors are aligned.
#pragma once
#include <lamina/planner/shared_ways.hpp>

#include <vector>  // std::size; <iterator> would bring streams along

namespace lamina::planner {

/// One way to cut a matrix product; kernels/tile.cl.hpp says what the numbers mean.
struct tile_shape {
    int rows, columns, depth, item_rows, item_columns, slices, ahead;
    int rate;  ///< speed of a busy unit with this tile, largest 100; measured on an H100
    constexpr int items() const { return rows / item_rows * (columns / item_columns) * slices; }
    constexpr int local_bytes() const { return 2 * depth * (rows + columns) * 4; }
};

inline constexpr tile_shape tile_shapes[] = {
    {128, 128, 16, 8, 8, 1, 1, 85},
    {128, 64, 16, 8, 8, 1, 1, 100},
    {128, 64, 16, 8, 4, 1, 1, 80},
    {64, 128, 16, 8, 8, 1, 1, 95},
    {64, 64, 16, 8, 4, 1, 1, 90},
    {64, 64, 16, 4, 4, 1, 2, 75},
    {128, 32, 16, 8, 4, 1, 1, 85},
    {64, 32, 16, 4, 4, 1, 2, 70},
    {32, 64, 32, 4, 4, 2, 2, 75},
    {32, 32, 32, 4, 4, 2, 2, 75},
    {32, 32, 64, 4, 4, 4, 2, 70},
    {16, 32, 64, 4, 4, 8, 4, 60},
};

/// Compute units of the device class that tiles are chosen for (132 on an H100, 60 to 144 on comparable
/// GPUs); a device's own tuning rows take precedence.
inline constexpr int tile_units = 132;

/// Time of a product in arbitrary units: the busiest unit computes ceil(tiles / units) tiles at the
/// tile's rate, more slowly if fewer than 256 work-items are available to hide latency.
constexpr std::int64_t tile_cost(const tile_shape& t, std::int64_t rows, std::int64_t columns,
    std::int64_t depth, std::int64_t batches) {
    const std::int64_t tiles
        = ((rows + t.rows - 1) / t.rows) * ((columns + t.columns - 1) / t.columns) * batches;
    const std::int64_t rounds = (tiles + tile_units - 1) / tile_units;
    const std::int64_t items = rounds * t.items() < 256 ? rounds * t.items() : 256;
    const std::int64_t deep = (depth + t.depth - 1) / t.depth * t.depth + 32;  // and start and end
    return rounds * t.rows * t.columns * deep * 25600 / (t.rate * items);
}

constexpr name label_of(const tile_shape& t) {
    name label;
    label.append("tile").append(t.rows).append('x').append(t.columns).append('x').append(t.depth);
    label.append('_').append(t.item_rows).append('x').append(t.item_columns);
    return label;
}

/// Adds all tiles as tactics, or those that the shapes of a network share, the cheapest for the shape first.
/// `any_depth`: columns and depth are arguments of the kernel too.
constexpr void tile_tactics(launch_builder& b, std::int64_t rows, std::int64_t columns,
    std::int64_t depth, std::int64_t batches, bool any_depth = false) {
    constexpr int count = static_cast<int>(std::size(tile_shapes));
    offered_way ways[count];
    for (int i = 0; i < count; ++i)
        ways[i] = {i, tile_cost(tile_shapes[i], rows, columns, depth, batches)};
    const int best = choose_shared_way(b, way_kind::tile, any_depth ? 0 : static_cast<int>(columns),
        any_depth ? 0 : static_cast<int>(depth), ways, count);
    for (int k = 0; k < count; ++k) {
        const int which = first_then_others(best, k);
        if (!ways[which].kept) continue;
        if (const int known = b.m.known_tiles[which]) {
            b.tactics.push_back(known - 1);
            continue;
        }
        const tile_shape& s = tile_shapes[which];
        tactic t;
        t.label = label_of(s);
        t.defines.append("#define BM ")
            .append(s.rows)
            .append("\n#define BN ")
            .append(s.columns)
            .append("\n#define BK ")
            .append(s.depth)
            .append("\n#define TM ")
            .append(s.item_rows)
            .append("\n#define TN ")
            .append(s.item_columns)
            .append("\n#define KS ")
            .append(s.slices)
            .append("\n#define AHEAD ")
            .append(s.ahead)
            .append('\n');
        t.tile[0] = s.columns;
        t.tile[1] = s.rows;
        t.local[0] = s.items();
        t.local_bytes = s.local_bytes();
        b.tactic_of(t);
        b.m.known_tiles[which] = b.tactics.back() + 1;
    }
    b.out.extents[0] = static_cast<int>(columns);
    b.out.extents[1] = static_cast<int>(rows);
    b.out.extents[2] = static_cast<int>(batches);
}

/// Whether pixels of the output's images, and of all operands, can be named by their number. Kernels then divide by no
/// extent where they write, which takes long where extents are arguments.
constexpr bool counts_outputs(const launch_builder& b) {
    const view& y = b.s.output;
    if (b.s.depth.in || y.dims.rank != 4 || pixel_stride(y.lay, y.dims) < 0) return false;
    for (const resolved_operand& o : b.s.operands)
        if (o.weight < 0 && (o.seen.dims.rank != 4 || pixel_stride(o.seen.lay, y.dims) < 0))
            return false;
    return true;
}

/// True if `count` elements along `dense` are contiguous at an aligned address whenever the index is a
/// multiple of `count`. A caller's memory may begin at any address.
constexpr bool is_aligned(const module& m, const view& v, int dense, int count = 4) {
    const memory_space space = m.storages[at(v.storage)].space;
    if ((space != memory_space::arena && space != memory_space::state) || v.offset % count
        || v.lay.stride[dense] != 1)
        return false;
    for (int axis = 0; axis < v.dims.rank; ++axis)
        if (axis != dense && v.dims[axis] > 1 && v.lay.stride[axis] % count) return false;
    return true;
}

/// Lanes of an output along an axis of `count` elements with `stride`.
constexpr int tile_lanes(int count, int stride) {
    return stride != 1 ? 1 : count % 4 == 0 ? 4 : count % 2 == 0 ? 2 : 1;
}

/// Tells the epilogue that all of its vectors along `dense` are aligned, if they are.
constexpr void define_alignment(launch_builder& b, int dense) {
    bool all = is_aligned(b.m, b.s.output, dense);
    for (const resolved_operand& o : b.s.operands)
        all = all
            && (o.weight >= 0 || o.seen.lay.stride[dense] != 1 || is_aligned(b.m, o.seen, dense));
    if (all) b.define("ALIGNED_VECTORS", 1);
}

}  // namespace lamina::planner
