// SPDX-License-Identifier: Apache-2.0
// The tactic of the tiled families that gives the product to a library (CLBlast): which products it
// takes, and how they are told to it. It is the last of a kernel's tactics, so that only a measurement
// (tune(), tuning rows) chooses it, and needs the ability "clblast". Of floats alone: CLBlast sums
// products of halves in half precision, and sums are float here whatever the storage is.
#pragma once
#include <lamina/planner/builder.hpp>

namespace lamina::planner {

/// Bytes of patches and sums that such a tactic may take beside the arena.
inline constexpr std::int64_t most_gemm_scratch = std::int64_t{256} << 20;

/// A matrix in memory: elements from one row, column and batch to the next. The batches are those of
/// the output's leading axes, 0 where all of an axis share the matrix.
struct gemm_matrix {
    int row = 0, column = 0;
    int batch[4] = {};
};

/// A factor's rows for a library: from one to the next, and whether they are its columns.
struct gemm_rows {
    int row = 0;
    bool transposed = false, good = false;
};
constexpr gemm_rows rows_of(const gemm_matrix& m, int rows, int columns) {
    if ((m.column == 1 || columns == 1) && (rows == 1 || m.row >= columns))
        return {rows == 1 ? columns : m.row, false, true};
    if ((m.row == 1 || rows == 1) && (columns == 1 || m.column >= rows))
        return {columns == 1 ? rows : m.column, true, true};
    return {};
}

/// A product of a step: arguments 0 and 1 are its factors, number `output` is the step's output.
struct gemm_product {
    int rows, columns, depth;
    int extents[4];  ///< of the batches
    gemm_matrix a, b, y;
    int output;
    bool patches;   ///< A is an image that must be unrolled first
    bool finishes;  ///< there is a bias or an epilogue
};

/// Adds the tactic if a library can take the product. Call it behind the other tactics, with the
/// extents set as tile_tactics does.
constexpr void gemm_tactic(launch_builder& b, const gemm_product& p) {
    if (!b.target.stores_floats() || b.m.storages[at(b.s.output.storage)].tf32) return;
    gemm_call g;
    g.present = true;
    g.rows = p.rows;
    g.columns = p.columns;
    g.depth = p.depth;
    std::int64_t batches = 1;
    for (int extent : p.extents) batches *= extent;
    if (batches > gemm_call::most_elements) return;
    g.batches = static_cast<int>(batches);
    const gemm_rows a = p.patches ? gemm_rows{p.depth, false, true} : rows_of(p.a, p.rows, p.depth);
    const gemm_rows c = rows_of(p.b, p.depth, p.columns);
    gemm_rows y = rows_of(p.y, p.rows, p.columns);
    g.a_batch = p.patches ? 0 : merged_stride(p.extents, p.a.batch);
    g.b_batch = merged_stride(p.extents, p.b.batch);
    g.c_batch = merged_stride(p.extents, p.y.batch);
    const bool direct = !p.finishes && y.good && !y.transposed && g.c_batch >= 0;
    if (!a.good || !c.good || g.a_batch < 0 || g.b_batch < 0) return;
    g.a = p.patches ? -1 : 0;
    g.b = 1;
    g.c = direct ? p.output : -1;
    g.a_row = a.row;
    g.b_row = c.row;
    g.a_transposed = a.transposed;
    g.b_transposed = c.transposed;
    g.c_row = direct ? y.row : p.columns;
    if (!direct) {
        const std::int64_t whole = std::int64_t{p.rows} * p.columns;
        if (whole > most_gemm_scratch) return;
        g.c_batch = g.batches > 1 ? static_cast<int>(whole) : 0;
    }
    // Batches that share B are rows of one product, where they follow one another.
    const std::int64_t all_rows = std::int64_t{g.rows} * g.batches;
    if (g.batches > 1 && g.b_batch == 0 && !g.a_transposed
        && g.a_batch == std::int64_t{g.rows} * g.a_row
        && g.c_batch == std::int64_t{g.rows} * g.c_row && all_rows <= gemm_call::most_elements) {
        g.rows = static_cast<int>(all_rows);
        g.batches = 1;
        g.a_batch = g.c_batch = 0;
    }
    if (!g.is_sound() || g.scratch_bytes() > most_gemm_scratch) return;

    tactic t;
    t.label.append("clblast_gemm");
    t.defines.append("#define GEMM 1\n#define PATCHES ")
        .append(p.patches ? 1 : 0)
        .append("\n#define FINISHES ")
        .append(direct ? 0 : 1)
        .append("\n#define BK 4\n#define BN 4\n");
    t.tile[0] = 64;
    t.tile[1] = t.local[0] = t.local[1] = 16;
    t.needs = ability::clblast;
    for (int i = 0; i < static_cast<int>(b.m.gemms.size()) && t.gemm < 0; ++i)
        if (b.m.gemms[at(i)] == g) t.gemm = i;
    if (t.gemm < 0) {
        t.gemm = static_cast<int>(b.m.gemms.size());
        b.m.gemms.push_back(g);
    }
    b.tactic_of(t);
}

}  // namespace lamina::planner
