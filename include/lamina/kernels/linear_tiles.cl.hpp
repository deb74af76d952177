// SPDX-License-Identifier: Apache-2.0
// Linear layers on AMX's tiles: the way of linear_quads and linear_blocked where a tactic has TILES.
#pragma once
#include <lamina/kernels/tiles.cl.hpp>

#include <string_view>

namespace lamina::kernels {

// Weights are those of the family, w[panel][word][32 columns]: two tiles side by side. Rows are read where they lie.
// One work-item computes tiles of TW rows times panels; the last tile overlaps those before it and stores only its own
// rows. KT divides the words of a row. The end of the step takes the sums of a block, a few rows at a time, beside the
// products of the next one, and the next panel's weights are fetched beside those of this one.
// Launch   global (rows, panels, 1), any number of work-items along both: tiles and panels are shared evenly.
inline constexpr std::string_view linear_tiles_text = R"CLC(
#if TILES
#define A_SPACE __global
#define B_SPACE __global
#if PAIRS
#define TILED_FAMILY linear_blocked
#define OPEN_TILED OPEN(x); OPEN(w); OPEN(y); BIAS_OPEN(b)
#define WORDS (K / 2)
#define WORD_NUMBERS 2
#if BIAS
#define OPEN_LANES(column) const VEC start = LOADF(b, column);
#define FINISHED(sums) ((sums) + start)
#else
#define OPEN_LANES(column)
#define FINISHED(sums) (sums)
#endif
#else
#define TILED_FAMILY linear_quads
#define OPEN_TILED OPEN(x); OPEN(w); OPEN(factor); OPEN(shift); OPEN(y);
#define PANELS (PANELS_AND_1 - 1)
#define WORDS QUADS
#define WORD_NUMBERS 4
#define OPEN_LANES(column) \
    const VEC by = LOADF(factor, column), start = LOADF(shift, column);
#define FINISHED(sums) fma(SUMS_AS_FLOATS(sums), by, start)
#endif
#define TILE_LINE (32 * WORD_NUMBERS) /* weights of a word of a panel */

GROUP_OF(1) KERNEL(TILED_FAMILY) {
    OPEN_TILED
    EPILOGUE_OPEN
    const int tiles = (R + TW - 1) / TW;
    OWN_RANGE(0, first_tile, end_tile, tiles)
    OWN_RANGE(1, first_panel, end_panel, PANELS)
    const int passes = (end_tile - first_tile + 1) / 2, blocks = passes * (end_panel - first_panel);
    const int steps = WORDS / KT;
    tile_sum sums[2 * 4 * 256] __attribute__((aligned(64)));
    __global const uchar* next = (__global const uchar*)w;
    int ahead = 0, panel = first_panel, tile = first_tile;
    int column0 = 0, rows[2] = {0, 0}, others[2] = {0, 0}, count = 0;
    OPEN_TILES
    for (int block = 0; block <= blocks; ++block) {
        const int row0 = min(tile * TW, R - TW), row1 = min((tile + 1) * TW, R - TW);
        const int one = tile + 1 == end_tile;
        const size_t first = (size_t)panel * (WORDS * TILE_LINE);
        if (tile == first_tile) {
            next = (__global const uchar*)(w + first + WORDS * TILE_LINE);
            ahead = passes && panel + 1 < end_panel ? (2 * KT + passes - 1) / passes : 0;
        }
        const int each = (count + steps - 1) / steps;
        const tile_sum* before = sums + (block + 1) % 2 * (4 * 256);
        int at = 0;
        ZERO_SUMS
        for (int step = 0; step <= steps; ++step) {
            if (step < steps && block < blocks) {
                const int k = step * KT;
                if (one)
                    ADD_TILE_ROW(x + row0 * XS_R + k * WORD_NUMBERS, XS_R * 4 / WORD_NUMBERS,
                        w + first + k * TILE_LINE, w + first + k * TILE_LINE + TILE_LINE / 2, 128)
                else
                    ADD_TILES(x + row0 * XS_R + k * WORD_NUMBERS,
                        x + row1 * XS_R + k * WORD_NUMBERS, XS_R * 4 / WORD_NUMBERS,
                        w + first + k * TILE_LINE, w + first + k * TILE_LINE + TILE_LINE / 2, 128)
                FETCH_AHEAD(next, ahead)
            }
            for (const int end = step < steps ? min(count, at + each) : count; at < end; ++at) {
                const int t = at / (2 * TW), r = at / 2 % TW, column = column0 + at % 2 * 16;
                if (r < others[t] || column >= COLUMNS)
                    continue;
                OPEN_LANES(column)
                VEC v = FINISHED(*(const tile_lanes*)(before + (t * 2 + at % 2) * 256 + r * 16));
                STORE_COLUMNS(v, rows[t] + r, column)
            }
        }
        if (block == blocks)
            break;
        STORE_SUMS(sums + block % 2 * (4 * 256))
        column0 = panel * 32;
        rows[0] = row0;
        rows[1] = row1;
        others[0] = tile * TW - row0;
        others[1] = (tile + 1) * TW - row1;
        count = one ? 2 * TW : 4 * TW;
        tile += 2;
        if (tile >= end_tile) {
            tile = first_tile;
            ++panel;
        }
    }
    CLOSE_TILES
}
#endif
)CLC"sv;

inline constexpr text_names linear_tiles_names{"",
    "A_SPACE B_SPACE PANELS TILED_FAMILY OPEN_TILED WORDS WORD_NUMBERS OPEN_LANES FINISHED TILE_LINE"};

inline constexpr std::string_view linear_tiles_reach = R"CLC(
#if TILES
#if PAIRS
#define WORDS (K / 2)
#define WORD_NUMBERS 2
#else
#define PANELS (PANELS_AND_1 - 1)
#define WORDS QUADS
#define WORD_NUMBERS 4
#endif
REQUIRE(TW >= 1 && TW <= 16 && KT >= 1 && KT <= 16 && R >= TW && VW == 16 && OB == 2);
REQUIRE(WORDS >= KT && WORDS % KT == 0 && TAIL == COLUMNS % 16 && XS_R >= 0 && XS_R <= 268435456);
REQUIRE(COLUMNS <= PANELS * 32);
EACH(panel, 0, PANELS) EACH(word, 0, WORDS)
    READ(w, ((size_t)panel * WORDS + word) * (32 * WORD_NUMBERS), 32 * WORD_NUMBERS);
EACH(block, 0, (COLUMNS + 15) / 16) {
#if PAIRS
#if BIAS
    LOADF(b, block * 16);
#endif
#else
    LOADF(factor, block * 16);
    LOADF(shift, block * 16);
#endif
}
EACH(row, 0, R) {
    READ(x, row * XS_R, WORDS * WORD_NUMBERS);
    STORED_COLUMNS(row)
}
#endif
)CLC"sv;

}  // namespace lamina::kernels
