// SPDX-License-Identifier: Apache-2.0
// conv2d of 3x3, stride 1, on blocks of channels, by Winograd, if fewer multiplications outweigh the
// transforms and the larger weights.
#pragma once
#include <lamina/kernels/pairs.hpp>
#include <lamina/planner/few_channels.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/packing_guide.hpp>

namespace lamina::planner {

/// The constants below count vectors of 16 floats; targets with fewer lanes have proportionally more.
/// Vectors that a work-item may hold of its transformed inputs: a bit over a megabyte.
inline constexpr int winograd_held = 18432;
/// Vectors of sums that it may hold transformed along one axis.
inline constexpr int winograd_done = 6912;

/// Cycles to read a vector of weights from memory, the last cache and L2, on a core alone with
/// them; the last cache keeps this number of vectors for the next work-item.
inline constexpr int from_memory = 20, from_last = 8, from_near = 3;
inline constexpr std::int64_t last_holds = 300000;

/// Tiles and blocks of outputs in registers.
struct winograd_registers {
    int tiles = 0, blocks = 0;
    std::int64_t score = 0;  ///< cycles for all blocks, and the numbers above to tell equals apart
};
inline constexpr int winograd_blocks[] = {2, 1, 3, 4};
inline constexpr int winograd_tiles[] = {28, 16, 14, 13, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};

/// Those that `item` tiles and `blocks` output blocks are done fastest with, but for those with a score up
/// to `above`. The products of a work-item's tiles take FMAs (2 a cycle, 8 in flight) or loads (2 a
/// cycle), or the way of the weights: once as `rate` says, then from L2 for each further pass.
///
/// A fifth of what ResNet-50's plan costs the compiler: no calls in the loops.
constexpr winograd_registers best_registers(const lamina::target& target, int tile, int item,
    int in, int blocks, int rate, std::int64_t above = 0) {
    winograd_registers best;
    const std::int64_t points = (tile + 2) * (tile + 2);
    const int most_held = target.most_held(), share = target.registers_of_16(1);
    const int most_done = target.registers_of_16(winograd_done) / (tile * (tile + 2));
    for (const int ob : winograd_blocks) {
        if (blocks % ob || item * ob > most_done) continue;
        const std::int64_t weights = points * in * ob;
        for (const int tw : winograd_tiles) {
            if (tw * ob + ob > most_held || tw > item) continue;
            const int fmas = tw * ob > 8 ? tw * ob : 8, loads = tw + ob;
            const int passes = (item + tw - 1) / tw;
            const std::int64_t issue
                = (points * in * (fmas > loads ? fmas : loads) * 10 + weights) * 11 / 200
                + points * (tw * ob * 2 + 10);
            const std::int64_t way = weights * (rate + (passes - 1) * from_near) / share;
            std::int64_t cycles = passes * issue > way ? passes * issue : way;
            if (ob == 1) cycles = cycles * 9 / 8;  // inputs come from L2 twice as often
            const std::int64_t score = cycles * (blocks / ob) * 256 + tw * 4 + ob;
            if (score > above && (!best.score || score < best.score)) best = {tw, ob, score};
        }
    }
    return best;
}

/// What a vector of weights costs a work-item, when the first one finds it in memory.
constexpr int winograd_rate(
    const lamina::target& target, int items, int points, int in_blocks, int out_blocks) {
    const bool stay = std::int64_t{points} * in_blocks * target.channel_block * out_blocks
        < last_holds * target.registers_of_16(1);
    return stay ? (from_memory + (items - 1) * from_last) / items : from_memory;
}

constexpr winograd_way winograd_of(
    const lamina::target& target, int tile, const shape& y, int in_blocks, int out_blocks) {
    const int points = (tile + 2) * (tile + 2);
    winograd_way way;
    way.tile = tile;
    way.tiles = y.n * ((y.h + tile - 1) / tile) * ((y.w + tile - 1) / tile);
    const int most = target.registers_of_16(winograd_held) / points / in_blocks;
    if (most < 1) return {};
    const int least_items = (way.tiles + most - 1) / most;
    for (int items = least_items; items <= least_items * 2 + 6 && items <= way.tiles; ++items)
        for (int parts : {1, 2, 4}) {
            if (out_blocks % parts || (parts > 1 && items * parts > 8) || items * parts < 2)
                continue;
            const int item = (way.tiles + items - 1) / items;
            const winograd_registers held = best_registers(target, tile, item,
                in_blocks * target.channel_block, out_blocks / parts,
                winograd_rate(target, items, points, in_blocks, out_blocks));
            if (!held.score) continue;
            const std::int64_t transforms = std::int64_t{item} * points
                * (in_blocks * (tile + 6) + out_blocks / parts * (tile + 4));
            // Over two cores, with an eye on those that have more.
            const std::int64_t rounds = (items * parts + 1) / 2 * 2;
            const std::int64_t cycles = (transforms + held.score / 256)
                * (items * parts < 8 ? rounds * 33 : rounds * 32) / 32;
            if (!way.cycles || cycles < way.cycles) {
                way.cycles = cycles;
                way.items = items;
                way.item = item;
                way.parts = parts;
            }
        }
    if (!way.cycles) return {};
    return way;
}

/// The same for the direct way: FMAs at 90 % of their peak, or the way of the weights, once. Where devices
/// may multiply pairs or not, it counts as if they did not, so that no precision is slower than fp32. Those that
/// certainly have AMX multiply ten times as fast.
constexpr std::int64_t direct_cycles(
    const lamina::target& target, const shape& y, int in, int in_blocks, int out_blocks) {
    const std::int64_t fmas = std::int64_t{y.n} * y.h * y.w * in * 9 * out_blocks * 5
        / (packs_pairs(target) && target.has(ability::amx) ? 90
                : multiplies_pairs(target)                 ? 18
                                                           : 9);
    const std::int64_t way = std::int64_t{9} * in_blocks * target.channel_block * out_blocks
        * from_memory * static_cast<int>(size_bytes(target.numbers.storage)) / 4
        / target.registers_of_16(1);
    return fmas > way ? fmas : way;
}

/// Cycles of a work-item as it grows: its tiles are transformed once; each block of outputs has its weights
/// on their way, from the last cache, while all tiles meet those that came.
constexpr item_cost winograd_cost(
    const lamina::target& target, int tile, const winograd_registers& held, int in) {
    const std::int64_t points = (tile + 2) * (tile + 2);
    const int sums = held.tiles * held.blocks, loads = held.tiles + held.blocks;
    int issue = sums > loads ? sums : loads;
    if (issue < 8) issue = 8;
    const std::int64_t products = points * in * issue * 55 / 100 / sums;
    return item_cost::divisible(points * (in / target.channel_block) * (tile + 6),
        points * in * from_last / target.registers_of_16(1), products + points * (tile + 6),
        held.tiles, held.blocks);
}

/// The four best, tiles and blocks of outputs in registers.
constexpr void add_winograd_tactics(
    launch_builder& b, const winograd_way& way, int in, int blocks) {
    const int rate = winograd_rate(b.target, way.items, (way.tile + 2) * (way.tile + 2),
        in / b.target.channel_block, blocks * way.parts);
    winograd_registers chosen;
    for (int pick = 0; pick < tactics_of(b.m, 4); ++pick) {
        chosen = best_registers(b.target, way.tile, way.item, in, blocks, rate, chosen.score);
        if (!chosen.score) break;
        tactic made;
        made.label.append("tiles").append(chosen.tiles).append("_blocks").append(chosen.blocks);
        made.defines.append("#define TW ").append(chosen.tiles).append("\n#define OB ");
        made.defines.append(chosen.blocks).append('\n');
        made.tile[0] = way.item;
        made.tile[1] = blocks;
        made.cost = winograd_cost(b.target, way.tile, chosen, in);
        b.tactic_of(made);
    }
}

/// 3x3, stride 1, where the target allows it; the estimate of its time needs layouts.
constexpr bool takes_conv2d_winograd(
    const module& m, const lamina::target& target, const fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    return fits_winograd(n, target) && !is_picture(*m.net, w.inputs[0])
        && !may_read_rows(*m.net, n, m.net->nodes[at(w.inputs[0])].dims.c, target);
}

/// The fastest way, Winograd's or the direct one. Estimated once for all steps with the same shapes:
/// detectors have dozens of them, and the estimates were a third of what their plans cost the compiler. A guide
/// that has a tile leaves no choice but its registers.
constexpr winograd_choice& winograd_choice_of(
    launch_builder& b, const shape& y, int in, int in_blocks, int out_blocks) {
    const packing_choice* const wanted = guided(b.m, b.s.anchor);
    const int only = wanted ? wanted->winograd : 0;
    for (winograd_choice& known : b.m.winograds)
        if (known.images == y.n && known.height == y.h && known.width == y.w && known.in == in
            && known.out_blocks == out_blocks && known.storage == b.target.numbers.storage
            && known.only == only)
            return known;
    winograd_way way;
    if (only) {
        way = winograd_of(b.target, only, y, in_blocks, out_blocks);
    } else {
        way.cycles = direct_cycles(b.target, y, in, in_blocks, out_blocks);
        for (int tile = 2; tile <= b.target.largest_winograd; tile += 2) {
            const winograd_way other = winograd_of(b.target, tile, y, in_blocks, out_blocks);
            if (other.tile && other.cycles < way.cycles) way = other;
        }
    }
    b.m.winograds.push_back(
        {y.n, y.h, y.w, in, out_blocks, b.target.numbers.storage, only, way, {}});
    return b.m.winograds.back();
}

constexpr bool select_conv2d_winograd(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const window& win = b.s.win;
    const view &x = s.inputs[0], &y = s.output;
    const int block = b.target.channel_block;
    if (s.depth.in || x.lay.block != block || y.lay.block != block || x.shift || y.shift)
        return false;
    const int in_blocks = (x.dims.c + block - 1) / block;
    const int out_blocks = (y.dims.c + block - 1) / block;
    winograd_choice& choice = winograd_choice_of(b, y.dims, x.dims.c, in_blocks, out_blocks);
    const winograd_way& way = choice.way;
    if (!way.tile) return false;
    const int side = way.tile + 2, part = out_blocks / way.parts;

    // w[O / block][T T][I / block][block i][block o]
    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.dims = {y.dims.c, x.dims.c, side, side};
    r.winograd = way.tile;
    r.inner[0] = r.inner[1] = block;
    r.set_order({0, 4, 5, 6, 7, 2, 3, 1});  // floats whatever the storage is: the sums cancel
    weighted_buffers(b, x, r, y.dims.c, block, y);
    b.define("VW", block);
    b.define("MT", way.tile);
    b.define("HELD", b.target.registers_of_16(winograd_held) + side * side);
    b.define("DONE", b.target.registers_of_16(winograd_done));
    b.number("PT", win.pad_top);
    b.number("PL", win.pad_left);
    b.number("IH", x.dims.h);
    b.number("IW", x.dims.w);
    b.number("OH", y.dims.h);
    b.number("OW", y.dims.w);
    b.number("IC", x.dims.c % block ? x.dims.c : 0);
    b.number("ICB", in_blocks);
    b.number("WS_O", in_blocks * side * side * block * block);
    b.number("TILES", way.tiles);
    b.number("TILES_ROW", (y.dims.w + way.tile - 1) / way.tile);
    b.number("TILES_IMAGE",
        (y.dims.w + way.tile - 1) / way.tile * ((y.dims.h + way.tile - 1) / way.tile));
    b.number("OCB", out_blocks);
    input_blocks(b, x);
    output_blocks(b, y);
    b.out.extents[0] = way.tiles;
    b.out.extents[1] = out_blocks;
    b.out.flops = 2 * y.dims.count() * x.dims.c * 9;
    if (choice.tactics.empty()) {
        add_winograd_tactics(b, way, in_blocks * block, part);
        choice.tactics = b.tactics;
    } else
        b.tactics = choice.tactics;
    b.finish("conv2d_winograd");
    return true;
}

inline constexpr family_row conv2d_winograd_family{.kind = op::conv2d,
    .select = select_conv2d_winograd,
    .rank = 20,
    .reads = input_form::image,
    .on = family_targets::blocks,
    .outputs = real_or_bytes,
    .takes = takes_conv2d_winograd};

}  // namespace lamina::planner
