// SPDX-License-Identifier: Apache-2.0
// linear on the `cpu` class: weights packed in panels of 16 or 32 columns.
#pragma once
#include <lamina/kernels/pairs.hpp>
#include <lamina/kernels/tiles.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/packing_guide.hpp>

namespace lamina::planner {

/// Half cycles of a work-item for 16 numbers of the sum: a row is copied (read and written) once; each panel
/// comes from the last cache, 8 cycles a vector, while the rows, in tiles of TR, meet it.
constexpr item_cost linear_cost(const launch_builder& b, int tr, int ob) {
    const int share = b.target.registers_of_16(1);
    int issue = share * tr * ob;
    if (issue < tr + share * ob) issue = tr + share * ob;
    if (issue < 8) issue = 8;
    return item_cost::divisible(4 * share, 16 * 16 * ob, (16 * issue + tr - 1) / tr, tr, 1);
}

/// One way to tile: `height` rows and `wide` panels per work-item, or fewer.
constexpr void linear_tactic(launch_builder& b, int tr, int height, int wide, int ob) {
    tactic made;
    made.label.append("rows").append(tr).append("_of").append(height);
    made.label.append("_panels").append(wide);
    made.defines.append("#define TR ").append(tr).append("\n#define RB ").append(height);
    made.defines.append("\n#define CP ").append(wide).append("\n#define KC ");
    made.defines.append(height == 1 ? 4096 : 256).append('\n');
    made.tile[0] = height;
    made.tile[1] = wide;
    made.cost = linear_cost(b, tr, ob);
    b.tactic_of(made);
}

/// The tiles of plans for other shapes, the quickest for these rows first: their work on rows beyond the last,
/// reading weights once for each work-item of rows, and threads that are idle at the end.
constexpr void other_linear_tactics(launch_builder& b, int rows, int ob, int panels, int batches) {
    dynamic_array<row_tile> all;
    dynamic_array<std::int64_t> costs;
    for (const row_tile& t : b.m.guide->tiles) {
        if (t.rows > rows || !b.target.holds(b.target.registers_of_16(t.rows * ob + ob))) continue;
        const int fmas = b.target.registers_of_16(t.rows * ob), issue = fmas > 8 ? fmas : 8;
        const int loads = t.rows + b.target.registers_of_16(ob);
        const int passes = (rows + t.height - 1) / t.height;
        const std::int64_t tiles = (rows + t.rows - 1) / t.rows;
        const std::int64_t items
            = std::int64_t{passes} * ((panels + t.panels - 1) / t.panels) * batches;
        const std::int64_t cycles
            = tiles * ((issue > loads ? issue : loads) * 100 + 60 * ob) + passes * ob * 400;
        const std::int64_t cost = cycles * ((items + 3) / 4 * 4) / items;
        std::size_t place = all.size();
        all.push_back(t);
        costs.push_back(cost);
        for (; place > 0 && costs[place - 1] > cost; --place) {
            all[place] = all[place - 1];
            costs[place] = costs[place - 1];
        }
        all[place] = t;
        costs[place] = cost;
    }
    for (const row_tile& t : all) linear_tactic(b, t.rows, t.height, t.panels, ob);
}

/// Tiles of TR rows, least work on rows beyond the last first, then the most accumulators; about
/// 200 rows per work-item and as many panels as leave four work-items (of all `batches`), so that x
/// is read few times. Engines with more than two threads make them smaller.
constexpr void linear_tactics(launch_builder& b, int rows, int ob, int panels, int batches = 1) {
    int last_score = -1;
    for (int pick = 0; pick < 2; ++pick) {
        int best_score = 1 << 30, best = 0;
        for (int tr : {14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) {
            if (tr > rows || !b.target.holds(b.target.registers_of_16(tr * ob + ob))) continue;
            const int visited = (rows + tr - 1) / tr * tr, fmas = b.target.registers_of_16(tr * ob);
            const int issue = fmas > 8 ? fmas : 8, loads = tr + b.target.registers_of_16(ob);
            // Thousandths of a cycle for a useful vector; few rows wait for each weight.
            const int cycles = (issue > loads ? issue : loads) * 1000 / (tr * ob) + 600 / tr;
            const int score = cycles * visited / rows * 16 - tr;
            if (score > last_score && score < best_score) {
                best_score = score;
                best = tr;
            }
        }
        if (!best) break;
        last_score = best_score;
        const int tiles = (rows + best - 1) / best, parts = (tiles * best + 207) / 208;
        const int height = (tiles + parts - 1) / parts * best;
        if (rows == 1) {
            linear_tactic(b, 1, 1, 1, ob);
            b.m.row_tiles.push_back({1, 1, 1});
            break;
        }
        int wide = 12;
        while (wide > 1 && (panels + wide - 1) / wide * parts * batches < 4) --wide;
        wide = (panels + (panels + wide - 1) / wide - 1) / ((panels + wide - 1) / wide);
        linear_tactic(b, best, height, wide, ob);
        b.m.row_tiles.push_back({best, height, wide});
    }
    if (b.m.guide) other_linear_tactics(b, rows, ob, panels, batches);
}

/// Blocks of 16 columns that a panel has: two, where enough rows of sums fit the registers then.
constexpr int panel_blocks(const lamina::target& target, int rows, int blocks) {
    return blocks > 1 && (target.channel_block == 16 || rows <= 2) ? 2 : 1;
}

constexpr bool select_linear_blocked(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const int last = y.dims.rank - 1;
    int stride = 0;
    if (!merged_rows(y.lay, y.dims, stride) || (y.dims[last] > 1 && y.lay.stride[last] != 1))
        return false;
    const int rows = x.dims.n, depth = x.dims.c, columns = y.dims[last];
    const int blocks = (columns + 15) / 16;

    const packing_choice* const wanted = guided(b.m, s.anchor);
    const int ob = wanted && wanted->inner % 16 == 0 && wanted->inner
        ? wanted->inner / 16
        : panel_blocks(b.target, rows, blocks);
    const int panels = (blocks + ob - 1) / ob;

    const bool pairs = packs_pairs(b.target);
    weight_recipe r;  // w[O/P][K][P], in pairs w[O/P][K/2][P][2]
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.dims = {columns, depth};
    r.inner[0] = 16 * ob;
    r.type = b.target.numbers.storage;
    r.set_order({0, 2, 3, 1});
    if (pairs) {
        r.inner[1] = 2;
        r.set_order({0, 2, 1, 3});
        b.define("PAIRS", 1);
    }
    weighted_buffers(b, x, r, columns, 16 * ob, y);
    b.define("VW", 16);
    b.define("TAIL", columns % 16);
    b.number("R", rows);
    b.number("K", depth);
    b.number("COLUMNS", columns);
    b.number("PANELS", panels);
    b.number("XS_R", x.lay.stride[0]);
    b.number("YS_R", stride);
    b.define("OB", ob);
    b.epilogue(epilogue_coordinates::rows, 16, columns % 16 ? "COLUMNS-(i1)" : "");
    b.out.extents[0] = rows;
    b.out.extents[1] = panels;
    b.out.flops = 2ll * rows * columns * depth;
    linear_tactics(b, rows, ob, panels);
    if (pairs) prefer_dots(b);
    if (pairs && ob == 2 && depth % 2 == 0) prefer_tiles(b, rows, depth / 2, panels);
    b.finish("linear_blocked");
    return true;
}

inline constexpr family_row linear_blocked_family{.kind = op::linear,
    .select = select_linear_blocked,
    .rank = 10,
    .reads = input_form::matrix,
    .on = family_targets::cpu,
    .outputs = real_or_bytes};

}  // namespace lamina::planner
