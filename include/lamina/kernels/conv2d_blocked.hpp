// SPDX-License-Identifier: Apache-2.0
// conv2d on blocks of channels: dense, or grouped with whole blocks in each group, of the output at least.
#pragma once
#include <lamina/kernels/pairs.hpp>
#include <lamina/kernels/tiles.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/packing_guide.hpp>

namespace lamina::planner {

/// Elements from a pixel to the next of its row. Of a column, whose stride along the width says nothing
/// (a permuted row keeps the row's), it is where a next pixel would be.
constexpr int pixel_stride(const view& v) {
    return v.lay.block > 1 ? v.lay.block : v.lay.stride[3];
}

/// True if rows follow each other without a gap in every tensor that the step touches, so that an
/// image can be seen as one long row.
constexpr bool is_one_row(const step& s) {
    const auto flat = [](const view& v, const shape& dims) {
        return dims.h == 1 || v.lay.stride[2] == pixel_stride(v) * dims.w;
    };
    if (!flat(s.inputs[0], s.inputs[0].dims) || !flat(s.output, s.output.dims)) return false;
    for (const resolved_operand& o : s.operands)
        if (o.weight < 0 && !flat(o.seen, s.output.dims)) return false;
    return true;
}

/// What a tile of pixels by channel blocks takes by estimate.
struct tile_estimate {
    int score = 0;  ///< the lowest goes first, no two tiles have the same; 0: it does not fit
    int cost = 0;   ///< of a work-item, for item_cost::of
};

/// Adds tactics of TW of `widths` pixels and OB channel blocks, `many` at most, in order of their scores.
/// `estimate(pixels, blocks)` is a tile_estimate. Label, defines and needs of `base` precede those of each.
template <class Estimate, int Count>
constexpr void add_pixel_tactics(launch_builder& b, const tactic& base, int many,
    const int (&widths)[Count], Estimate estimate) {
    int last_score = 0;  // the lowest scores, in turn
    for (int pick = 0; pick < tactics_of(b.m, many); ++pick) {
        tile_estimate best;
        int pixels = 0, blocks = 0;
        for (int ob : {4, 3, 2, 1})
            for (int tw : widths) {
                const tile_estimate e = estimate(tw, ob);
                if (e.score <= last_score || (pixels && e.score >= best.score)) continue;
                best = e;
                pixels = tw;
                blocks = ob;
            }
        if (!pixels) break;
        last_score = best.score;
        tactic made = base;
        made.label.append("pixels").append(pixels).append("_blocks").append(blocks);
        made.defines.append("#define TW ").append(pixels).append("\n#define OB ");
        made.defines.append(blocks).append('\n');
        made.tile[0] = pixels;
        made.tile[2] = blocks;
        made.cost = item_cost::of(best.cost);
        b.tactic_of(made);
    }
}

/// Tiles of TW pixels and OB channel blocks that fit the vector registers, the four that should be
/// fastest first. A tile is as wide as the row at most: the last one overlaps its neighbour.
constexpr void add_blocked_tactics(launch_builder& b, int width, int blocks) {
    const int divisors = blocks % 12;  // what decides which of 4, 3 and 2 divide it
    for (const tile_choice& known : b.m.tiles)
        if (known.width == width && known.blocks == divisors) {
            b.tactics = known.tactics;
            return;
        }
    // A tile of one block loads an input for each FMA, which 16 registers of 8 floats hide less well (Zen 3).
    const int one_block_penalty = b.target.channel_block == 8 ? 120 : 40;
    constexpr int widths[] = {28, 25, 16, 14, 13, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    add_pixel_tactics(b, {}, 4, widths, [&](int tw, int ob) {
        const int accumulators = tw * ob;
        if (!b.target.holds(accumulators + ob) || tw > width || divisors % ob)
            return tile_estimate{};
        // Half cycles for an input channel: FMAs (2 a cycle, 8 in flight to hide their
        // latency) or loads (2 a cycle: OB weights, TW broadcasts), and the weights' way
        // from L2, which one block's worth of FMAs hides less well.
        const int visited = (width + tw - 1) / tw * tw;
        const int issue = accumulators > 8 ? accumulators : 8;
        const int loads = tw + ob, busy = (issue > loads ? issue : loads) + ob;
        const int cycles = busy * 500 / accumulators;  // thousandths, a useful vector
        return tile_estimate{(static_cast<int>(std::int64_t{cycles} * visited / width)
                                 + (ob == 1 ? one_block_penalty : 0))
                    * 1024
                + tw * 8 + ob,
            busy * 500 + (ob == 1 ? one_block_penalty * tw : 0)};
    });
    b.m.tiles.push_back({width, divisors, b.tactics});
}

/// Groups of output blocks that a work-item computes one after another: as many as give it about `long_enough` terms
/// (products, or quads of them) with `sum` terms for each output, half of all at most, and so few that about 32
/// work-items remain for threads.
constexpr int groups_of_an_item(int sum, int long_enough, int tiles, int images, int blocks) {
    constexpr int items_at_least = 32;
    int run = long_enough / sum;
    const int most = tiles * images * ((blocks + 1) / 2) / items_at_least;
    if (run > most) run = most;
    if (run > (blocks + 1) / 2) run = (blocks + 1) / 2;
    return run < 1 ? 1 : run;
}

/// True for windows of one pixel without padding, which need no copy of their input.
constexpr bool is_single(const window& win) {
    return win.kernel_h == 1 && win.kernel_w == 1 && !win.pad_left && !win.pad_right && !win.pad_top
        && !win.pad_bottom;
}

/// Groups of whole blocks whose inputs are not: 1x1 convolutions of floats read each channel by itself.
constexpr bool gathers_groups(
    const lamina::target& target, const window& win, int in, int out, int groups) {
    const int block = target.channel_block;
    return groups > 1 && in % block && out % block == 0 && is_single(win) && is_flat(win)
        && target.stores_floats();
}

/// True where devices certainly have AMX, whose tiles take a row of a picture's window at once: there is no portable way
/// to read these weights.
constexpr bool tiles_pictures(const lamina::target& target, const window& win, int in, int groups) {
    return packs_pairs(target) && target.has(ability::amx) && target.channel_block == 16
        && groups == 1 && in > 2 && in <= 4 && win.kernel_d == 1 && win.kernel_w > 1
        && win.dilation_w == 1 && tile_words(2 * win.kernel_w);
}

constexpr bool select_conv2d_blocked(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    view x = s.inputs[0], y = s.output;
    const int block = b.target.channel_block, square = block * block;
    const int groups = n.attr.groups;
    const int in = x.dims.c / groups, out = y.dims.c / groups;
    const window& win = b.s.win;
    const bool rows = x.lay.block == 1;
    const bool in_groups = !rows && gathers_groups(b.target, win, in, out, groups);
    if (y.lay.block != block || y.shift
        || (groups > 1 && !in_groups && (in % block || out % block)))
        return false;
    const bool single = is_single(win);
    const int slices = win.kernel_d;
    const bool copies = !single || rows;
    const bool gathers
        = in_groups || (!rows && (!x.is_straight() || (x.dims.w > 1 && x.lay.stride[3] != block)));
    if (gathers
        && (copies || !b.target.stores_floats() || (groups > 1 && !in_groups) || s.depth.in))
        return false;
    const bool tiled_rows = rows && y.dims.w >= 4 && tiles_pictures(b.target, win, in, groups);
    // The last channel of an odd number meets the lane behind it, times a weight of 0.
    const bool pairs = tiled_rows || (packs_pairs(b.target) && !rows && (in % 2 == 0 || x.clean));

    int ih = x.dims.h, iw = x.dims.w, oh = y.dims.h, ow = y.dims.w;
    if (single && win.stride_h == 1 && win.stride_w == 1 && is_one_row(s)
        && !(gathers && x.lay.stride[3] != block)) {
        iw *= ih;
        ow *= oh;
        ih = oh = 1;
    }
    const int in_blocks = (in + block - 1) / block;
    const int out_blocks = (y.dims.c + block - 1) / block;

    // w[O / block][kd][I / block][kh][kw][block i][block o]; groups lie in O.
    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.dims = {y.dims.c, in, win.kernel_h, win.kernel_w};
    r.set_order({0, 2, 4, 5, 6, 7, 3, 1});
    if (slices > 1) {
        r.dims = {y.dims.c, in, slices, win.kernel_h, win.kernel_w};
        r.set_order({0, 4, 2, 5, 6, 7, 8, 9, 3, 1});
    }
    r.inner[0] = r.inner[1] = block;
    if (pairs) {  // w[O / block][kd][kh][kw][I / 2][block o][2]
        r.inner[1] = 2;
        if (slices > 1)
            r.set_order({0, 4, 5, 6, 7, 8, 9, 2, 1, 3});
        else
            r.set_order({0, 4, 5, 6, 7, 2, 1, 3});
    }
    r.type = b.target.numbers.storage;
    weighted_buffers(b, x, r, y.dims.c, block, y);
    b.define("VW", block);
    b.define("COPIES", copies);
    if (pairs) b.define("PAIRS", 1);
    b.define("ROWS", rows);
    b.define("IN_FLOAT", rows && x.type == dtype::f32);
    define_row_window(b, win, ih, iw, ow);
    if (gathers) {
        b.define("GATHER", 1);
        b.define("LANE_EXTENT", x.lanes.extent);
        b.number("LANE_FIRST", x.shift);
        b.number("LANE_OUTER", x.lanes.outer);
        b.number("LANE_INNER", x.lanes.inner);
    }
    define_depth(b);
    if (rows || gathers)
        b.define("IC", in);
    else
        b.number("IC", in % block ? in : 0);
    b.number("ICB", in_blocks);
    b.number("OCB", out_blocks);
    b.number("OCB_GROUP", groups > 1 ? out / block : out_blocks);
    const int taps = slices * win.kernel_h * win.kernel_w, in_pairs = (in + 1) / 2;
    b.number("WS_O", pairs ? taps * in_pairs * 2 * block : taps * in_blocks * square);
    if (pairs) b.number("WS_T", in_pairs * 2 * block);
    // What does not stay in L2 is read once, weights for all images or inputs for all blocks.
    const std::int64_t weight_count = std::int64_t{taps} * in_blocks * out_blocks * square;
    const std::int64_t input_count = std::int64_t{x.dims.c} * ih * iw * slices;
    const bool inputs_once = weight_count <= 196608 && input_count > 131072;
    b.number("INNER", weight_count > 262144 ? y.dims.n : 1);
    b.number("ORDER", inputs_once ? 3 : 2);  // never 0 or 1: an argument, not another program
    input_blocks(b, x);
    if (gathers && x.lay.stride[3] == block)
        b.define("XS_W", block);  // offsets of a tile's pixels are parts of instructions
    else
        b.number("XS_W", gathers ? x.lay.stride[3] : pixel_stride(x));
    output_blocks(b, y);
    b.out.extents[0] = ow;
    b.out.extents[1] = oh;
    // Of a picture more: its strips are copied once for all groups of an item. For blocks of 8 channels (AVX2), where
    // it was measured, and for single images, as the kernel counts groups of one.
    const bool runs = block == 8;
    if (runs) b.define("RUNS", 1);
    const int run = !runs || y.dims.n > 1
        ? 1
        : groups_of_an_item(
              taps * in, rows && slices == 1 ? 768 : 96, (ow + 5) / 6 * oh, 1, out_blocks);
    b.out.extents[2] = (y.dims.n * out_blocks + run - 1) / run;
    b.out.flops = 2 * y.dims.count() * in * slices * win.kernel_h * win.kernel_w;
    add_blocked_tactics(b, ow, groups > 1 ? out / block : out_blocks);
    if (pairs && !tiled_rows) prefer_dots(b);
    if (pairs && !gathers && slices == 1 && groups == 1 && block == 16) {
        // Arguments whatever they are, not other programs.
        b.number("N_AND_1", y.dims.n + 1);
        b.number("OH_AND_1", oh + 1);
        if (tiled_rows) b.tactics.clear();  // no others read such weights
        prefer_tiles(b,
            {win, oh, ow, y.dims.n, in_blocks, 8, out_blocks,
                tiled_rows ? 2 * win.kernel_w : in_pairs, tiled_rows});
    }
    b.finish("conv2d_blocked");
    return true;
}

/// Where the input is not copied, each channel is read by itself.
constexpr bool gathers_conv2d_blocked(
    const module& m, const lamina::target& target, const fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    const int groups = n.attr.groups, in = m.net->nodes[at(w.inputs[0])].dims.c / groups;
    return (groups == 1 || gathers_groups(target, window_of(n), in, n.dims.c / groups, groups))
        && target.stores_floats() && is_single(n.attr.win) && !is_picture(*m.net, w.inputs[0]);
}

inline constexpr family_row conv2d_blocked_family{.kind = op::conv2d,
    .select = select_conv2d_blocked,
    .rank = 30,
    .reads = input_form::picture,
    .on = family_targets::blocks,
    .outputs = real_or_bytes,
    .gathers = gathers_conv2d_blocked};

}  // namespace lamina::planner
