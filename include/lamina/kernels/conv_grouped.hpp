// SPDX-License-Identifier: Apache-2.0
// conv2d in groups that are not made of whole blocks of channels, on blocks of channels.
#pragma once
#include <lamina/kernels/conv2d_blocked.hpp>
#include <lamina/kernels/depthwise_blocked.hpp>

namespace lamina::planner {

/// How the channels of a convolution in groups are shared out.
struct group_share {
    int in, out;  ///< channels of a group
    int made;  ///< output channels of a work-item: the fewest groups that fill whole blocks, or where
               ///< those have very many channels, a few blocks
    int periods;    ///< work-items along the channels
    int in_blocks;  ///< that those of a work-item span at most
    int out_blocks;
    bool leads;      ///< whether they may begin inside a block of the input
    bool in_chunks;  ///< whether the input is taken a few blocks at a time
    int channels;  ///< output channels whose sums are in registers at a time; divides `out` and `made`
};

constexpr int most_plane_floats = 65536;  ///< of private memory
constexpr int chunk_floats = 8192;        ///< of it that stay in L1: planes of a chunk, and sums

constexpr group_share share_groups(const lamina::target& target, int in, int out, int groups) {
    const int block = target.channel_block;
    const auto channels_of = [&](int made) {
        int most = 1;
        for (int channels = 2; channels <= out; ++channels)
            // two vectors of sums each, as many for what is multiplied
            if (out % channels == 0 && made % channels == 0 && target.holds(2 * channels + 3))
                most = channels;
        return most;
    };
    int together = 1;
    while (together * out % block && together < groups) ++together;
    group_share s{
        in, out, together * out, (groups + together - 1) / together, 0, 0, false, false, 1};
    s.leads = s.periods > 1 && together * in % block;
    s.in_blocks = ((s.leads ? block - 1 : 0) + together * in + block - 1) / block;
    s.channels = channels_of(s.made);
    // Up to 336 channels (two groups of 168) all planes at once are quicker, from 464 on a few blocks at a time.
    constexpr int many_channels = 384, few_blocks = 2;
    if (s.in_blocks * block > many_channels && s.made > few_blocks * block
        && channels_of(block) >= 4) {
        s.made = few_blocks * block;
        s.periods = (groups * out + s.made - 1) / s.made;
        s.leads = s.in_chunks = true;
        s.channels = channels_of(block);
        const int most_groups = (s.made + 2 * out - 2) / out;
        s.in_blocks = (most_groups * in + 2 * block - 2) / block;
    }
    s.out_blocks = (s.made + block - 1) / block;
    return s;
}

/// Floats of an input channel's plane for a tile; kernels/conv_grouped.cl.hpp has the same as PITCH.
struct plane_extents {
    int tall, wide, phases, pitch;
    constexpr plane_extents(const window& win, int rows, int columns, int vectors, int block) {
        const bool high = win.kernel_h > 1 && win.dilation_h % win.stride_h;
        const bool broad = win.kernel_w > 1 && win.dilation_w % win.stride_w;
        const int right = (win.kernel_w - 1) * win.dilation_w / win.stride_w;
        tall = rows + (win.kernel_h - 1) * win.dilation_h / win.stride_h;
        wide = columns + right;
        phases = (high ? win.stride_h : 1) * (broad ? win.stride_w : 1);
        pitch = ((phases * tall * wide + right + (vectors + 2) * block) / block | 1) * block;
    }
};

/// Blocks of the input whose planes are in memory at a time.
constexpr int blocks_at_once(const group_share& s, int block, int pitch) {
    if (!s.in_chunks) return s.in_blocks;
    const int fit = chunk_floats / (block * pitch);
    return fit < 1 ? 1 : fit < s.in_blocks ? fit : s.in_blocks;
}

/// Adds the quickest tiles of TH x TW pixels and NV vectors, by the cycles of a work-item: FMAs and the loads
/// beside them, and the squares that are turned on the way in and out.
constexpr void add_plane_tactics(
    launch_builder& b, const window& win, const group_share& s, int ow, int oh) {
    constexpr int heights[] = {1, 2, 3, 4, 5, 7, 8, 10, 14, 16, 28};
    const int block = b.target.channel_block;
    const int right = (win.kernel_w - 1) * win.dilation_w / win.stride_w;
    const int images = b.s.output.dims.n * s.periods;
    // What a work-item reads: in chunks it takes one group's channels, seldom two groups'.
    const int read_blocks = s.in_chunks ? s.in / block + 1 : s.in_blocks;
    int last_score = -1;
    for (int pick = 0; pick < tactics_of(b.m, 3); ++pick) {
        int best_score = 2147483647, best[4] = {};
        for (int across = 0; across < 8; ++across) {
            // A whole row, a vector's columns, or those that fill vectors with what their taps reach.
            const int columns = across == 0 ? ow
                : across == 1               ? block
                                            : (block << (across - 1)) - right;
            if (columns < 1 || (across && columns >= ow)) continue;
            for (const int height : heights) {
                if (height > oh && height > 1) continue;
                for (int vectors = 1; vectors <= 6; ++vectors) {
                    if (!b.target.holds(s.channels * vectors + vectors + 1)) break;
                    const plane_extents plane(win, height, columns, vectors, block);
                    const int at_once = blocks_at_once(s, block, plane.pitch);
                    if (at_once * block * plane.pitch > most_plane_floats) continue;
                    const int steps
                        = (height * plane.wide + vectors * block - 1) / (vectors * block);
                    if (s.in_chunks && steps * vectors * block * s.made > chunk_floats) continue;
                    const int sums = s.channels * vectors, loads = s.channels + vectors;
                    int issue = sums > loads * 3 / 4 ? sums : loads * 3 / 4;
                    if (issue < 8) issue = 8;
                    const std::int64_t products = std::int64_t{steps} * s.made / s.channels
                        * (s.in * win.kernel_h * win.kernel_w * (issue + 1)
                            + (sums + 8) * ((read_blocks + at_once - 1) / at_once));
                    const std::int64_t squares = read_blocks * plane.phases * plane.tall
                            * ((plane.wide + block - 1) / block)
                        + steps * vectors * s.out_blocks;
                    const int tiles_across = (ow + columns - 1) / columns,
                              tiles_down = (oh + height - 1) / height;
                    const std::int64_t items = std::int64_t{tiles_across} * tiles_down * images;
                    // Few work-items leave threads idle at the end.
                    const std::int64_t cycles = (products + squares * block * 10 + 400)
                        * tiles_across * tiles_down * (items + 2) / items;
                    const std::int64_t pixels = std::int64_t{ow} * oh;
                    const std::int64_t per_pixel = cycles * 16 / pixels;
                    const int score
                        = per_pixel > 2147483646 ? 2147483646 : static_cast<int>(per_pixel);
                    if (score > last_score && score < best_score) {
                        best_score = score;
                        best[0] = columns;
                        best[1] = height;
                        best[2] = vectors;
                        best[3] = at_once;
                    }
                }
            }
        }
        if (!best[0]) break;
        last_score = best_score;
        tactic made;
        made.label.append("tile")
            .append(best[1])
            .append('x')
            .append(best[0])
            .append("_vectors")
            .append(best[2]);
        made.defines.append("#define TH ").append(best[1]);
        made.defines.append("\n#define TW ").append(best[0]);
        made.defines.append("\n#define NV ").append(best[2]);
        made.defines.append("\n#define BLOCKS_IN ").append(best[3]).append('\n');
        made.tile[0] = best[0];
        made.tile[1] = best[1];
        b.tactic_of(made);
    }
}

/// True if the planes of the smallest tile fit private memory.
constexpr bool fits_planes(const lamina::target& target, const window& win, const group_share& s) {
    const plane_extents least(win, 1, target.channel_block, 1, target.channel_block);
    return blocks_at_once(s, target.channel_block, least.pitch) * target.channel_block
            * std::int64_t{least.pitch}
        <= most_plane_floats
        && s.out_blocks <= 64;
}

/// Groups that are not made of whole blocks, on both sides.
constexpr bool takes_conv_grouped(
    const module& m, const lamina::target& target, const fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    const int groups = n.attr.groups, block = target.channel_block;
    if (groups == 1) return false;
    const int in = m.net->nodes[at(w.inputs[0])].dims.c / groups, out = n.dims.c / groups;
    return is_flat(n.attr.win) && (in % block || out % block)
        && !gathers_groups(target, window_of(n), in, out, groups)
        && !is_picture(*m.net, w.inputs[0])
        && fits_planes(target, window_of(n), share_groups(target, in, out, groups));
}

constexpr bool select_conv_grouped(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const int block = b.target.channel_block, groups = n.attr.groups;
    if (s.row >= 0 || s.depth.in || x.lay.block != block || y.lay.block != block || x.shift
        || y.shift)
        return false;
    const window& win = s.win;
    const group_share share = share_groups(b.target, x.dims.c / groups, y.dims.c / groups, groups);
    const bool pads = win.pad_left || win.pad_right || win.pad_top || win.pad_bottom;
    int ih = x.dims.h, iw = x.dims.w, oh = y.dims.h, ow = y.dims.w;
    if (win.kernel_h == 1 && win.kernel_w == 1 && !pads && win.stride_h == 1 && win.stride_w == 1
        && is_one_row(s)) {
        iw *= ih;
        ow *= oh;
        ih = oh = 1;
    }

    weight_recipe r;  // w[O / OB][I][kh][kw][OB], floats, as scalars are what is multiplied
    r.source = n.parameters[weight_slot];
    r.folds = b.folds();
    r.dims = {y.dims.c, share.in, win.kernel_h, win.kernel_w};
    r.inner[0] = share.channels;
    r.set_order({0, 2, 3, 4, 5, 6, 7, 1});
    weighted_buffers(b, x, r, y.dims.c, block, y);
    b.define("VW", block);
    b.define("OB", share.channels);
    b.define("BLOCKS_OUT", share.out_blocks);
    b.define("LEADS", share.leads);
    b.define("CHUNKS", share.in_chunks);
    define_row_window(b, win, ih, iw, ow);
    b.number("OH", oh);
    b.number("G", groups);
    b.number("CHANNELS", share.made);
    b.number("PERIODS", share.periods);
    b.number("IG", share.in);
    b.number("OG", share.out);
    input_blocks(b, x);
    output_blocks(b, y);
    b.out.extents[0] = ow;
    b.out.extents[1] = oh;
    b.out.extents[2] = y.dims.n * share.periods;
    b.out.flops = 2 * y.dims.count() * share.in * win.kernel_h * win.kernel_w;
    add_plane_tactics(b, win, share, ow, oh);
    if (b.tactics.empty()) return false;
    b.finish("conv_grouped");
    return true;
}

inline constexpr family_row conv_grouped_family{.kind = op::conv2d,
    .select = select_conv_grouped,
    .rank = 12,
    .reads = input_form::image,
    .on = family_targets::blocks,
    .outputs = real_or_bytes,
    .takes = takes_conv_grouped};

}  // namespace lamina::planner
