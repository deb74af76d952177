// SPDX-License-Identifier: Apache-2.0
// The tactics of the tiled families on matrix units (kernels/mma_tile.cl.hpp): the tiles, the number of parts
// that the depth may be split into, and the tactics of each shape. They need the ability "mma";
// devices without it use the portable tactics of the same kernel, on the same weights.
#pragma once
#include <lamina/planner/fuse_concats.hpp>
#include <lamina/planner/shared_ways.hpp>
#include <lamina/planner/tile_cost.hpp>

namespace lamina::planner {

/// Elements of the 16 bytes that are copied at once.
constexpr int chunk_elements(const lamina::target& target) {
    return target.stores_floats() ? 4 : 8;
}

/// Floats of a weight's depth that lie side by side for matrix units; all columns follow before the
/// next, so that a tile's rows of 64 bytes fill the lines of memory.
inline constexpr int depth_slice = 16;

/// One way to cut a product for matrix units; kernels/mma_tile.cl.hpp says what the numbers mean. A step
/// is one tile's depth. Times are an H100's, fitted to all tactics of some shapes (half storage).
struct mma_shape {
    int rows, columns, row_bytes, warp_rows, warp_columns, stages;
    int alone;       ///< nanoseconds of a step where a compute unit has one group
    int busy;        ///< nanoseconds more of a unit's time for each group that it has
    int lag = -1;    ///< of products of four warps at once (kernels/wgmma.cl.hpp); -1: mma.sync
    int groups = 0;  ///< of a unit that its registers are to hold (sm_90a alone); 0: as they come
    constexpr bool is_wide() const { return lag >= 0; }
    constexpr int items() const { return rows / warp_rows * (columns / warp_columns) * 32; }
    constexpr int local_bytes() const {
        const int tiles = stages * (rows + columns) * row_bytes;
        const int slabs = items() / 32 * 16 * (warp_columns + 8) * 4;
        return tiles > slabs ? tiles : slabs;
    }
};

inline constexpr mma_shape mma_shapes[] = {
    {128, 128, 64, 64, 32, 3, 358, 333},
    {96, 128, 64, 48, 64, 3, 398, 287},
    {128, 64, 64, 32, 32, 4, 306, 222},
    {128, 64, 64, 64, 32, 4, 295, 195},
    {64, 128, 64, 32, 64, 4, 282, 196},
    {64, 64, 128, 32, 32, 3, 295, 214},
    {64, 64, 64, 32, 32, 4, 189, 124},
    {64, 32, 128, 32, 16, 4, 219, 158},
    {32, 64, 128, 16, 32, 4, 223, 167},
    {32, 32, 128, 16, 16, 4, 169, 109},
    {16, 64, 128, 16, 16, 4, 176, 113},
    {128, 128, 64, 32, 128, 3, 281, 181, 0},
    {64, 128, 64, 16, 128, 4, 191, 153, 0},
    {64, 128, 128, 16, 128, 2, 493, 323, 0},
    {128, 64, 128, 32, 64, 2, 590, 245, 0},
    {128, 64, 64, 16, 64, 4, 178, 173, 0},
    {64, 64, 128, 16, 64, 3, 218, 138, 0},
    {128, 128, 64, 32, 128, 3, 233, 214, 0, 3},
};

/// A tile and the groups that share it.
struct mma_way {
    int shape = 0, split = 1;
    std::int64_t cost = 0;  ///< picoseconds
};

/// 1, 2, 4, 8 and 16 are numbers 0 to 4.
constexpr int split_number(int split) {
    int number = 0;
    for (; split > 1; split /= 2) ++number;
    return number;
}

/// What a shape is offered, the cheapest first.
struct mma_ways {
    static constexpr int most = 90;
    mma_way all[most] = {};
    int count = 0;
    bool splits = false;
    std::int64_t partial_floats = 0;
};

inline constexpr std::int64_t most_partial_floats = std::int64_t{1} << 22;
inline constexpr int most_arrivals = 1024;  ///< tiles of a split product

/// Picoseconds of a launch: the steps of the unit with most groups, as many at once as its local
/// memory and work-items allow; then the first loads and the way out of each group, and what the
/// parts of a split product write and read.
constexpr std::int64_t mma_cost(
    const mma_shape& t, std::int64_t tiles, std::int64_t steps, int split) {
    const std::int64_t here = (tiles * split + tile_units - 1) / tile_units;  // groups of a unit
    const int by_memory = 232448 / (t.local_bytes() + 1024), by_items = 2048 / t.items();
    // Sums, and what else an item of such a tactic keeps in registers.
    const int registers = t.warp_rows * t.warp_columns / 32 + 44;
    const int by_registers = !t.is_wide() ? by_items
        : t.groups                        ? t.groups
                                          : 65536 / (t.items() * registers);
    int most = by_memory < by_items ? by_memory : by_items;
    if (by_registers < most) most = by_registers;
    const auto step = [&t](std::int64_t groups) -> std::int64_t {
        return !groups ? 0 : t.alone > groups * t.busy ? t.alone : groups * t.busy;
    };
    const std::int64_t all = here / most * step(most) + step(here % most);
    const std::int64_t area = t.rows * t.columns;
    // Warp groups write while others of the unit multiply.
    return 2553000 + (steps + split - 1) / split * all * 1000
        + here * area * (t.is_wide() ? 127 : 90) + (split > 1 ? 2015000 + split * area * 70 : 0);
}

/// True if the numbers of A, the step's first input or the concat of a convolution's, are stored as products round
/// them.
constexpr bool reads_rounded(const launch_builder& b) {
    const std::size_t factors = reads_concat(b.s.kind, b.s.inputs.size()) ? b.s.inputs.size() : 1;
    for (std::size_t i = 0; i < factors; ++i)
        if (!b.m.storages[at(b.s.inputs[i].storage)].tf32) return false;
    return true;
}

/// What products of four warps can do with a product's operands.
struct wide_use {
    bool allowed = false;
    bool holds_a = false;  ///< A passes through registers, which takes longer
};

/// All ways to cut a product, the cheapest first. `width`: bytes of a number of the operands.
constexpr mma_ways all_mma_ways(int width, std::int64_t rows, std::int64_t columns,
    std::int64_t depth, std::int64_t batches, const wide_use& wide_products) {
    mma_ways out;
    for (int i = 0; i < static_cast<int>(std::size(mma_shapes)); ++i) {
        const mma_shape& t = mma_shapes[i];
        if (t.is_wide() && !wide_products.allowed) continue;
        const std::int64_t tiles
            = ((rows + t.rows - 1) / t.rows) * ((columns + t.columns - 1) / t.columns) * batches;
        const std::int64_t step = t.row_bytes / width, steps = (depth + step - 1) / step;
        for (int split = 1; split <= 16; split *= 2) {
            if (split > 1
                && (tiles > most_arrivals || tiles * split > 3 * tile_units || steps < 2 * split
                    || tiles * split * t.rows * t.columns > most_partial_floats))
                break;
            int at_ = out.count++;
            // Rows of A on their way through registers: the more of them at once, the longer.
            const bool holds = t.is_wide() && wide_products.holds_a;
            const int percent = !holds ? 100 : t.warp_rows > 16 ? 112 : 104;
            const mma_way way{i, split, mma_cost(t, tiles, steps, split) * percent / 100};
            for (; at_ > 0 && out.all[at_ - 1].cost > way.cost; --at_)
                out.all[at_] = out.all[at_ - 1];
            out.all[at_] = way;
        }
    }
    return out;
}

/// Leaves those that could still be the fastest where the estimate is wrong; sums are shared, which takes
/// scratch, only where no tile for one group is as fast.
constexpr void keep_fast(mma_ways& ways) {
    // Each kind by itself: a device may have one of them.
    int kept = 0;
    bool whole[2] = {};
    std::int64_t least[2] = {};
    for (int i = 0; i < ways.count; ++i) {
        const bool wide = mma_shapes[ways.all[i].shape].is_wide();
        if (!least[wide]) least[wide] = ways.all[i].cost;
        if (ways.all[i].cost * 2 >= least[wide] * 3) continue;
        if (whole[wide] && ways.all[i].split > 1) continue;
        whole[wide] = whole[wide] || ways.all[i].split == 1;
        ways.all[kept++] = ways.all[i];
    }
    ways.count = kept;
}

/// Leaves those that the shapes of a network share.
constexpr void keep_shared(launch_builder& b, mma_ways& ways, int columns, int depth) {
    mma_ways out;
    int wide_at = 0;
    for (const way_kind kind : {way_kind::mma, way_kind::wgmma}) {
        offered_way offered[mma_ways::most];
        int places[mma_ways::most] = {}, count = 0;
        for (int i = 0; i < ways.count; ++i) {
            const mma_way& way = ways.all[i];
            if (mma_shapes[way.shape].is_wide() != (kind == way_kind::wgmma)) continue;
            offered[count] = {way.shape * 5 + split_number(way.split), way.cost};
            places[count++] = i;
        }
        const int first = choose_shared_way(b, kind, columns, depth, offered, count);
        wide_at = out.count;
        for (int i = 0; i < count; ++i) {
            // The chosen one stands before the others of its kind.
            const int from = i == 0 ? first : i <= first ? i - 1 : i;
            if (offered[from].kept) out.all[out.count++] = ways.all[places[from]];
        }
    }
    ways = out;
    // A device that has both kinds begins with the one whose first is faster.
    if (wide_at < out.count && wide_at > 0 && out.all[wide_at].cost < out.all[0].cost)
        for (int k = 0; k < out.count; ++k) ways.all[k] = out.all[(k + wide_at) % out.count];
}

/// What a step is offered. `any_depth`: columns and depth are arguments of its kernel where rows are.
constexpr mma_ways find_mma_ways(launch_builder& b, int width, std::int64_t rows,
    std::int64_t columns, std::int64_t depth, std::int64_t batches, const wide_use& wide_products,
    bool any_depth = false) {
    mma_ways out = all_mma_ways(width, rows, columns, depth, batches, wide_products);
    const bool shares = out.count && b.shares_shapes();
    if (!shares || !b.m.guide) keep_fast(out);
    if (shares)
        keep_shared(b, out, any_depth ? 0 : static_cast<int>(columns),
            any_depth ? 0 : static_cast<int>(depth));
    // The kernel's arguments are the same at all shapes.
    out.splits = shares;
    out.partial_floats = shares ? 4 : 0;
    for (int i = 0; i < out.count; ++i) {
        const mma_shape& t = mma_shapes[out.all[i].shape];
        const std::int64_t partial = ((rows + t.rows - 1) / t.rows)
            * ((columns + t.columns - 1) / t.columns) * batches * out.all[i].split * t.rows
            * t.columns;
        out.splits = out.splits || out.all[i].split > 1;
        if (out.all[i].split > 1 && partial > out.partial_floats) out.partial_floats = partial;
    }
    return out;
}

/// Those of floats or numbers of 16 bits; none where the target has no use for matrix units. `b_copies`: 0 16 bytes
/// of B lie along the depth, 1 along the tile, 2 neither. Products of four warps need floats along the depth, and
/// floats of B that are rounded when they are packed (weight_recipe::tf32); where those of A are not rounded, they
/// take longer.
constexpr mma_ways find_mma_ways(launch_builder& b, std::int64_t rows, std::int64_t columns,
    std::int64_t depth, std::int64_t batches, int b_copies, bool b_is_weight, bool a_is_rounded,
    bool any_depth = false) {
    if (!b.target.may_use_matrix_units()) return {};
    const bool floats = b.target.stores_floats();
    return find_mma_ways(b, floats ? 4 : 2, rows, columns, depth, batches,
        {!floats || (b_copies != 1 && b_is_weight), floats && !a_is_rounded}, any_depth);
}

/// Weights are asked for before a product's first step where each unit has but a few tiles: there the
/// units wait for memory, not for their own work. Seen on an H100 (bench/history).
constexpr bool asks_for_weights(const mma_ways& ways, std::int64_t rows, std::int64_t columns) {
    return ways.count && rows * columns <= std::int64_t{4 * 64 * 64} * tile_units;
}

/// Says whether a kernel asks for its weights; where rows change with the shape, up to how many of them it does.
constexpr void define_asking(
    launch_builder& b, const mma_ways& ways, std::int64_t rows, std::int64_t columns) {
    if (!b.shares_shapes()) {
        b.define("ASKS", asks_for_weights(ways, rows, columns));
        return;
    }
    b.define("ASKS", ways.count > 0);
    if (ways.count) b.define("ASKED_ROWS", static_cast<int>(4 * 64 * 64 * tile_units / columns));
}

/// Passes what tactics on matrix units take besides a family's own arguments. Call it behind
/// output(); `a_copies` says of A what `b_copies` says of B.
constexpr void pass_mma(launch_builder& b, const mma_ways& ways, int a_copies, int b_copies) {
    if (!ways.count) return;
    b.define("A_COPIES", a_copies);
    b.define("B_COPIES", b_copies);
    if (reads_rounded(b)) b.define("A_ROUNDED", 1);
    if (!ways.splits) return;
    b.define("SPLITS", 1);
    if (b.m.arrivals < 0) {
        b.m.arrivals = static_cast<int>(b.m.storages.size());
        b.m.storages.push_back({memory_space::arena, 0, most_arrivals * 4, 0, -1, -1, true});
    }
    b.out.arguments.push_back(
        {memory_space::arena, static_cast<int>(b.m.storages.size()), 0, dtype::f32});
    b.m.storages.push_back({memory_space::arena, 0, ways.partial_floats * 4, 0, -1, -1});
    b.out.arguments.push_back({memory_space::arena, b.m.arrivals, 0, dtype::i32});
}

/// Adds the tactics, the cheapest first; the portable ones follow.
constexpr void mma_tactics(launch_builder& b, const mma_ways& ways, int width) {
    for (int i = 0; i < ways.count; ++i) {
        const mma_way& way = ways.all[i];
        int& known = b.m.known_mma[width / 2][way.shape * 5 + split_number(way.split)];
        if (known) {
            b.tactics.push_back(known - 1);
            continue;
        }
        const mma_shape& s = mma_shapes[way.shape];
        tactic t;
        t.label.append(s.is_wide() ? "wgmma" : "mma")
            .append(s.rows)
            .append('x')
            .append(s.columns)
            .append('x')
            .append(s.row_bytes / width)
            .append('_')
            .append(s.warp_rows)
            .append('x')
            .append(s.warp_columns);
        if (s.lag > 0) t.label.append("_lag").append(s.lag);
        if (s.groups) t.label.append("_of").append(s.groups);
        if (way.split > 1) t.label.append("_split").append(way.split);
        t.defines.append("#define MMA 1\n#define BM ")
            .append(s.rows)
            .append("\n#define BN ")
            .append(s.columns)
            .append("\n#define BK ")
            .append(s.row_bytes / width)
            .append("\n#define WM ")
            .append(s.warp_rows)
            .append("\n#define WN ")
            .append(s.warp_columns)
            .append("\n#define STAGES ")
            .append(s.stages)
            .append("\n#define SPLIT ")
            .append(way.split)
            .append('\n');
        if (s.is_wide())
            t.defines.append("#define WGMMA 1\n#define LAG ").append(s.lag).append('\n');
        if (s.groups) t.defines.append("#define GROUPS_OF_UNIT ").append(s.groups).append('\n');
        t.tile[0] = s.columns / way.split;
        t.tile[1] = s.rows;
        t.local[0] = s.items();
        t.local_bytes = s.local_bytes();
        t.needs = s.is_wide() ? ability::wgmma : ability::mma;
        b.tactic_of(t);
        known = b.tactics.back() + 1;
    }
}
constexpr void mma_tactics(launch_builder& b, const mma_ways& ways) {
    mma_tactics(b, ways, b.target.stores_floats() ? 4 : 2);
}

}  // namespace lamina::planner
