// SPDX-License-Identifier: Apache-2.0
// Tactics of the `cpu` class for devices with AMX (kernels/tiles.cl.hpp): how tiles and work-items are cut.
#pragma once
#include <lamina/planner/builder.hpp>

namespace lamina::planner {

/// Words of 32 bits along the sum that a tile has: as many as divide all, at most 16; 0 where there are too few for
/// tiles to be faster than vectors.
constexpr int tile_words(int words) {
    constexpr int least = 4;
    for (int depth = 16; depth >= least; --depth)
        if (words % depth == 0) return depth;
    return 0;
}

/// Cycles that a step of the sum takes for two tiles of so many rows by two of weights: products, or the way of the
/// tiles from L1, of weights from L2 where a pair of blocks has more than 32 KiB of them.
constexpr int tiled_step(int rows, std::int64_t weight_tiles) {
    const int products = 4 * (rows < 9 ? 9 : rows);
    const int way = rows + (weight_tiles <= 32 ? 16 : 50);
    return products > way ? products : way;
}

/// Cycles that a work-item needs for a vector of 16 outputs after its products, and before it computes anything.
inline constexpr int finish_cycles = 10, tile_start_cycles = 500;

/// Rows of a tile that take the least time for `all`; `least` becomes that time. The last tile overlaps its neighbour,
/// unless there is `room` behind.
constexpr int tile_rows(int all, std::int64_t weight_tiles, bool room, std::int64_t& least) {
    int best = 0;
    for (int rows = room || all > 16 ? 16 : all; rows >= 4; --rows) {
        const int tiles = (all + rows - 1) / rows;
        const std::int64_t step = tiled_step(rows, weight_tiles);
        const std::int64_t time = tiles / 2 * step + tiles % 2 * (step * 6 / 10);
        if (best && time >= least) continue;
        least = time;
        best = rows;
    }
    return best;
}

/// What a convolution's tiles are cut from.
struct tiled_images {
    window win;
    int rows, columns, images;   ///< of the output
    int blocks_in, block_words;  ///< blocks of 16 channels of the input, words of one
    int blocks_out;
    int words;  ///< of a tap, or of a window's row
    bool picture
        = false;  ///< a pixel has a word or two, and those of a window's row lie side by side

    constexpr std::int64_t steps(int depth) const {
        return std::int64_t{win.kernel_h} * (picture ? 1 : win.kernel_w) * (words / depth);
    }

    /// Tiles can run on over the ends of rows.
    constexpr bool is_flat() const { return !picture || (flat_h() == 1 && flat_w() == 1); }
    /// All weights come for a few tiles: images are better taken several at a time.
    constexpr bool is_small() const { return !picture && rows * columns <= 64; }
    constexpr int flat_w() const { return win.kernel_w == 1 ? 1 : win.stride_w; }
    constexpr int flat_h() const { return win.kernel_h == 1 ? 1 : win.stride_h; }
    constexpr int width(int columns_) const {
        return (columns_ - 1) * flat_w() + (win.kernel_w - 1) * win.dilation_w + 1;
    }
    constexpr int height(int rows_) const {
        return (rows_ - 1) * flat_h() + (win.kernel_h - 1) * win.dilation_h + 1;
    }
};

/// One way to cut it: a work-item has so many tiles across, rows, and pairs of blocks, of so many images at a time.
struct tiled_cut {
    int tile = 0, across = 0, down = 0, pairs = 0, images = 1;
    bool flat = false;
    std::int64_t copy = 0,
                 pair = 0;  ///< cycles to begin, and of each pair; 0: its input does not fit
    constexpr std::int64_t item() const { return copy + pairs * pair; }
};

/// Cycles of a step of the sum for all pairs of tiles of so many rows.
constexpr std::int64_t tiled_steps(std::int64_t tiles, int rows, std::int64_t weight_tiles) {
    const int step = tiled_step(rows, weight_tiles);
    return tiles / 2 * step + tiles % 2 * (step * 6 / 10);
}

/// ROOM of conv2d_tiles.cl.hpp: words of 32 bits that a work-item has for a copy of its input.
inline constexpr std::int64_t patch_room = 65536;

/// Adds the cycles of a cut, and the rows of its tiles if it is flat; none where its input does not fit.
constexpr void complete(tiled_cut& cut, const tiled_images& of, int depth) {
    // All of it where the weights of a pair serve few tiles of an image only.
    const std::int64_t room = of.is_small() ? patch_room : patch_room / 2;
    const std::int64_t steps = of.steps(depth);
    const int pitch
        = of.picture ? of.block_words / 4 : (of.blocks_in * of.block_words + 15) / 32 * 32 + 16;
    std::int64_t tiles = std::int64_t{cut.across} * cut.down, pixels = 0;
    if (cut.flat) {  // planes of the pixels that a tap meets
        const int width = (of.width(of.columns) + of.flat_w() - 1) / of.flat_w();
        const int height = (of.height(cut.down) + of.flat_h() - 1) / of.flat_h();
        const int run = (cut.down - 1) * width + of.columns;
        std::int64_t time = 0;
        cut.tile = tile_rows(run, steps * 2, true, time);
        tiles = (run + cut.tile - 1) / cut.tile;
        pixels = std::int64_t{width} * height * of.flat_w() * of.flat_h() * cut.images;
        if ((pixels + 16) * pitch > room) return;
    } else {
        pixels = std::int64_t{of.width(cut.across * cut.tile)} * of.height(cut.down) * cut.images;
        if (pixels * pitch > room) return;
    }
    const std::int64_t outputs = std::int64_t{cut.down} * cut.images
        * (cut.flat || cut.across * cut.tile > of.columns ? of.columns : cut.across * cut.tile);
    const std::int64_t lines = steps * depth * 2;  // of weights, of a pair: from the last cache
    const std::int64_t products = tiled_steps(tiles * cut.images, cut.tile, steps * 2) * steps;
    cut.copy = tile_start_cycles + pixels * (of.picture ? 2 : of.blocks_in * of.block_words / 2);
    cut.pair = products + outputs * 2 * finish_cycles + lines * 4;
}

/// The cut that takes so many threads the least time, as a tactic; nothing where the input of one tile is too large.
constexpr void tiled_tactic(launch_builder& b, const tiled_images& of, int threads) {
    const int depth = tile_words(of.words), pairs = (of.blocks_out + 1) / 2;
    if (!depth) return;
    const std::int64_t steps = of.steps(depth);
    std::int64_t least = 0;
    tiled_cut best;
    int best_deep = 1;  // work-items along the third axis, of pairs of blocks and images
    for (const bool flat : {false, true}) {
        tiled_cut cut;
        cut.flat = flat;
        std::int64_t time = 0;
        if (!flat) cut.tile = tile_rows(of.columns, steps * 2, false, time);
        if (flat ? !of.is_flat() || of.columns > 32 : !cut.tile) continue;
        const int tiles = flat ? 1 : (of.columns + cut.tile - 1) / cut.tile;
        cut.across = tiles;
        cut.down = of.rows;
        for (;;) {
            const bool whole = cut.down == of.rows && cut.across == tiles && of.is_small();
            for (cut.images = 1; cut.images <= (whole ? of.images : 1); cut.images *= 2) {
                cut.pairs = pairs;
                cut.copy = 0;
                complete(cut, of, depth);
                for (; cut.copy;) {
                    const int deep = (of.images + cut.images - 1) / cut.images
                        * ((pairs + cut.pairs - 1) / cut.pairs);
                    const std::int64_t items = std::int64_t{(tiles + cut.across - 1) / cut.across}
                        * ((of.rows + cut.down - 1) / cut.down) * deep;
                    std::int64_t most = (items + threads - 1) / threads * 100;
                    if (most < items * 100 / threads + 25) most = items * 100 / threads + 25;
                    if (!least || most * cut.item() < least) {
                        least = most * cut.item();
                        best = cut;
                        best_deep = deep;
                    }
                    if (cut.pairs == 1) break;
                    cut.pairs = (cut.pairs + 1) / 2;
                }
            }
            if (cut.down > 1)
                cut.down = (cut.down + 1) / 2;
            else if (cut.across > 1)
                cut.across = (cut.across + 1) / 2;
            else
                break;
        }
    }
    if (!least) return;
    tactic made;
    made.label.append(best.flat ? "amx_flat" : "amx").append(best.tile).append('x').append(depth);
    made.label.append("_of").append(best.across).append('x').append(best.down);
    made.label.append('x').append(best.pairs);
    if (best.images > 1) made.label.append('x').append(best.images);
    made.defines.append("#define TILES 1\n#define TW ").append(best.tile);
    made.defines.append("\n#define KT ").append(depth).append('\n');
    if (best.flat) made.defines.append("#define FLAT 1\n");
    if (best.images > 1) made.defines.append("#define IMAGES ").append(best.images).append('\n');
    made.tile[0] = best.flat ? of.columns : best.across * best.tile;
    made.tile[1] = best.down;
    // The extent is that of other tactics: of blocks, or of several together.
    made.tile[2] = (b.out.extents[2] + best_deep - 1) / best_deep;
    made.needs = ability::amx;
    made.cost = item_cost::of(best.item());
    b.tactic_of(made);
}

/// Puts tactics with tiles before the launch's others, for two threads and for many. Set out.extents first.
constexpr void prefer_tiles(launch_builder& b, const tiled_images& of) {
    const std::size_t others = b.tactics.size();
    tiled_tactic(b, of, 2);
    if (b.tactics.size() > others) tiled_tactic(b, of, 16);
    if (b.tactics.size() == others + 2 && b.tactics[others] == b.tactics[others + 1])
        b.tactics.pop_back();
    b.put_first(others);
}

/// The same for a linear layer.
constexpr void prefer_tiles(launch_builder& b, int rows, int words, int panels) {
    const int depth = tile_words(words);
    if (rows < 4 || !depth) return;
    std::int64_t time = 0;
    const int height = tile_rows(rows, words / depth * 2, false, time);
    const std::size_t others = b.tactics.size();
    const int tiles = (rows + height - 1) / height;
    // Work-items for two threads: about eight, of all rows.
    int wide = (panels + 7) / 8;
    tactic made;
    made.label.append("amx").append(height).append('x').append(depth).append("_of");
    made.label.append(tiles).append('x').append(wide);
    made.defines.append("#define TILES 1\n#define TW ").append(height);
    made.defines.append("\n#define KT ").append(depth).append('\n');
    made.tile[0] = tiles * height;
    made.tile[1] = wide;
    made.needs = ability::amx;
    const int steps = words / depth;
    made.cost = item_cost::divisible(1, steps * depth * 4,
        steps * tiled_step(height, steps * 2) / (2 * height) + 2 * finish_cycles, height, 1);
    b.tactic_of(made);
    b.put_first(others);
}

}  // namespace lamina::planner
