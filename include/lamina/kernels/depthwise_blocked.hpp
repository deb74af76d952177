// SPDX-License-Identifier: Apache-2.0
// conv2d with as many groups as channels, or groups of a few that divide a block, on blocks of
// channels.
#pragma once
#include <lamina/kernels/pairs.hpp>
#include <lamina/planner/byte_recipes.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/packing_guide.hpp>

namespace lamina::planner {

constexpr int most_patch_vectors = 2048;  ///< of private memory, where windows reach far

/// Tiles of TH x TW pixels whose input fits a third of L1, best first: least arithmetic (half a
/// cycle a tap) and copying (two cycles a vector) per row. TW never exceeds the row.
constexpr void add_patch_tactics(launch_builder& b, const window& win, int width, int group) {
    constexpr int widths[] = {14, 7, 8, 4, 2, 1}, units[] = {7, 7, 8, 4, 2, 1};
    constexpr int most_rows = 14;
    const int patch_vectors = group == 1 ? 272 : 448 / group;
    const int reach = (win.kernel_h - 1) * win.dilation_h + 1, slices = win.kernel_d;
    int last_score = -1;
    for (int pick = 0; pick < tactics_of(b.m, 3); ++pick) {
        int best_score = 1 << 30, best = -1, best_rows = 1;
        for (int i = 0; i < 6; ++i) {
            const int tw = widths[i];
            const int strip = (tw - 1) * win.stride_w + (win.kernel_w - 1) * win.dilation_w + 1;
            int rows = (patch_vectors / slices / strip - reach) / win.stride_h + 1;
            rows = rows < 1 ? 1 : rows > most_rows ? most_rows : rows;
            const int cycles = slices
                * (rows * tw * win.kernel_h * win.kernel_w * group / 2
                    + 2 * group * strip * ((rows - 1) * win.stride_h + reach));
            // 14 and 7 before 8 where they are as good: fewer programs per network.
            const int score
                = (width + tw - 1) / tw * (cycles + (tw == 8) * cycles / 32) / rows * 8 + i;
            const bool fits = tw == 1 || group * slices * strip * reach <= most_patch_vectors;
            if (tw <= width && fits && score > last_score && score < best_score) {
                best_score = score;
                best = i;
                best_rows = rows;
            }
        }
        if (best < 0) break;
        last_score = best_score;
        tactic made;
        made.label.append("tile").append(best_rows).append('x').append(widths[best]);
        made.defines.append("#define TH ").append(best_rows);
        made.defines.append("\n#define TW ").append(widths[best]);
        made.defines.append("\n#define UNIT ").append(units[best]).append('\n');
        made.tile[0] = widths[best];
        made.tile[1] = best_rows;
        b.tactic_of(made);
    }
}

/// Groups of one channel, or of a few that divide a block, whose windows fit private memory.
constexpr bool takes_depthwise_blocked(
    const module& m, const lamina::target& target, const fusion_group& w) {
    const node& n = m.net->nodes[at(w.anchor)];
    if (n.attr.groups == 1) return false;
    const int channels = m.net->nodes[at(w.inputs[0])].dims.c, group = channels / n.attr.groups;
    const window win = window_of(n);
    const std::int64_t reach = (std::int64_t{win.kernel_h - 1} * win.dilation_h + 1) * win.kernel_d
        * ((win.kernel_w - 1) * win.dilation_w + 1);
    // Spreading a pixel to wider groups takes longer than turning squares in conv_grouped, but where one tap
    // reads it.
    const int most_group = is_flat(win) && (win.kernel_h > 1 || win.kernel_w > 1) ? 4 : 8;
    return n.dims.c == channels && group <= most_group && group < target.channel_block
        && target.channel_block % group == 0 && reach * group <= most_patch_vectors
        && !is_picture(*m.net, w.inputs[0]);
}

constexpr bool select_depthwise_blocked(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const int block = b.target.channel_block, group = x.dims.c / n.attr.groups;
    if (x.lay.block != block || y.lay.block != block || x.shift || y.shift) return false;
    const window& win = b.s.win;

    const int rows = win.kernel_d * win.kernel_h;  // of all slices
    const bool bytes = x.type == dtype::u8;
    weight_recipe r;  // w[C / block][kd kh][kw][group][block]
    if (bytes) {
        r = byte_recipe(b, byte_form::weight);
    } else {
        r.source = n.parameters[weight_slot];
        r.folds = b.folds();
    }
    r.dims = {x.dims.c, group, rows, win.kernel_w};
    r.inner[0] = block;
    r.type = bytes ? dtype::i8 : b.target.numbers.storage;
    r.set_order({0, 4, 5, 6, 7, 2, 3, 1});
    if (bytes) {
        const int shift = b.pack_shift(y.dims.c, block);
        byte_input(b, x);
        b.weights(b.pack(r));
        b.weights(pack_line(b, byte_form::factor, y.dims.c, block));
        b.weights(pack_zero_point(b));
        if (shift >= 0) b.weights(shift);
        b.output(y);
        b.define("BIAS", shift >= 0);
    } else {
        weighted_buffers(b, x, r, x.dims.c, block, y);
    }
    b.define("VW", block);
    b.define("G", group);
    define_row_window(b, win, x.dims.h, x.dims.w, y.dims.w);
    b.number("OH", y.dims.h);
    define_depth(b);
    tiles_of_blocks(b, x, y);
    b.out.flops = 2 * y.dims.count() * group * rows * win.kernel_w;
    add_patch_tactics(b, win, y.dims.w, group);
    if (bytes && group == 1 && win.dilation_h == 1 && is_flat(win))
        prefer_dots(b, ability::avx512_vnni);
    b.finish("depthwise_blocked");
    return true;
}

inline constexpr family_row depthwise_blocked_family{.kind = op::conv2d,
    .select = select_depthwise_blocked,
    .rank = 10,
    .reads = input_form::image,
    .on = family_targets::blocks,
    .inputs = real_or_bytes,
    .outputs = real_or_bytes,
    .takes = takes_depthwise_blocked};

}  // namespace lamina::planner
