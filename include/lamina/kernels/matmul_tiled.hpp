// SPDX-License-Identifier: Apache-2.0
// Selects linear layers and (batched) matrix products on the gpu class: matvec for linear with few
// rows, matmul_tiled for the others.
#pragma once
#include <lamina/kernels/gemm.hpp>
#include <lamina/kernels/mma.hpp>
#include <lamina/planner/indexing.hpp>
#include <lamina/planner/packing_guide.hpp>
#include <lamina/planner/tile_cost.hpp>

namespace lamina::planner {

/// Rows up to which a linear layer is limited by reading its weights once.
inline constexpr int matvec_rows = 8;

constexpr void matvec_tactics(launch_builder& b, int columns, int depth) {
    // 256 work-items, as many to a column as have four numbers to read, while the device is full.
    int wanted = 32;
    while (wanted < 256 && wanted * 8 <= depth && columns / (256 / wanted) < 2 * tile_units)
        wanted *= 2;
    for (int pass = 0; pass < (b.shares_shapes() ? 1 : 2);
        ++pass)  // columns are the same at all shapes
        for (int lanes : {32, 64, 128, 256}) {
            if ((lanes == wanted) != (pass == 0)) continue;
            tactic t;
            t.label.append("lanes").append(lanes);
            t.defines.append("#define KL ")
                .append(lanes)
                .append("\n#define CG ")
                .append(256 / lanes)
                .append('\n');
            t.tile[0] = 256 / lanes;
            t.local[0] = 256;
            t.local_bytes = matvec_rows * 256 * 4;
            b.tactic_of(t);
        }
    b.out.extents[0] = columns;
}

constexpr bool select_linear_tiled(launch_builder& b) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    const view& x = b.s.inputs[0];  // rows x depth, by as_matrix
    const view& y = b.s.output;
    const int last = y.dims.rank - 1;
    const int rows = x.dims.n, depth = x.dims[1], columns = y.dims[last];
    int y_row = 0;
    if (x.dims.rank != 2 || b.is_wide(x) || !merged_rows(y.lay, y.dims, y_row)
        || (columns > 1 && y.lay.stride[last] != 1))
        return false;
    // Other shapes keep to the packing that opt's plan chose: [column][k] for a few rows, which tiles read too.
    const packing_choice* const known = b.shares_shapes() ? guided(b.m, b.s.anchor) : nullptr;
    const bool along_columns = known ? known->inner == 1 && known->depth == 4 : rows <= matvec_rows;
    const bool few = along_columns && rows <= matvec_rows;

    weight_recipe r;
    r.source = n.parameters[weight_slot];
    r.dims = {columns, depth};
    const int chunk = chunk_elements(b.target);
    const int pad = b.target.may_use_matrix_units() ? chunk : 4;
    // Matrix units turn halves on their way; floats must lie along the depth.
    const bool along_depth
        = !along_columns && b.target.may_use_matrix_units() && b.target.stores_floats();
    r.inner[along_columns || along_depth ? 1 : 0] = along_columns ? 4
        : along_depth                                             ? depth_slice
                                                                  : pad;
    r.type = b.target.numbers.storage;
    r.folds = b.folds();
    r.tf32 = along_depth;
    if (along_depth)
        r.set_order({2, 0, 1, 3});
    else if (!along_columns)
        r.set_order({2, 3, 0, 1});
    const int b_k = along_depth || along_columns ? 1 : (columns + pad - 1) / pad * pad;
    const int b_n = along_depth ? depth_slice : along_columns ? (depth + 3) / 4 * 4 : 1;
    b.out.arguments.reserve(8);
    weighted_buffers(b, x, r, columns, 4, y);
    if (!few || b.shares_shapes())
        b.number("ROWS", rows);
    else
        b.define("ROWS", rows);
    b.define("COLUMNS", columns);
    b.define("DEPTH", depth);
    b.out.flops = 2 * std::int64_t{rows} * columns * depth;
    if (!b.has_constant_sizes()) b.define("SIZES_VARY", 1);
    if (few) {
        int room = b.shares_shapes() ? 1 : rows;
        while (room < rows) room *= 2;
        b.define("ROOM", room);
        b.define("ALIGNED_X", depth % 4 == 0 && is_aligned(b.m, x, 1));
        b.number("X_M", x.lay.stride[0]);
        b.number("Y_M", y_row);
        b.define("VW", 1);
        b.epilogue(epilogue_coordinates::rows, 1);
        matvec_tactics(b, columns, depth);
        b.finish("matvec");
        return true;
    }
    const int a_copies = depth % chunk == 0 && is_aligned(b.m, x, 1, chunk) ? 0 : 2;
    const int b_copies = along_columns ? (depth % chunk ? 2 : 0) : along_depth ? 0 : 1;
    const mma_ways ways
        = find_mma_ways(b, rows, columns, depth, 1, b_copies, !along_columns, reads_rounded(b));
    pass_mma(b, ways, a_copies, b_copies);
    const bool by_four = depth % 4 == 0 && x.lay.stride[1] == 1;
    b.define("A_WAY", by_four ? 0 : 2);
    b.define("ALIGNED_A", by_four && is_aligned(b.m, x, 1));
    b.define("B_WAY", along_depth || along_columns ? 0 : 1);
    b.define("SLICED", along_depth);
    define_asking(b, ways, rows, columns);
    b.define("ALIGNED_B", 1);
    b.define("A_M", x.lay.stride[0]);
    b.define("A_K", x.lay.stride[1]);
    b.define("B_K", b_k);
    b.define("B_N", b_n);
    b.define("Y_M", y_row);
    b.define("Y_N", 1);
    for (int axis = 0; axis < 4; ++axis) {
        text<8> key;
        for (const char* letter : {"N", "A", "B", "Y"}) {
            key = {};
            key.append(letter).append(axis);
            b.define(key.c_str(), letter[0] == 'N' ? 1 : 0);
        }
    }
    const int lanes = tile_lanes(columns, 1);
    b.define("VW", lanes);
    if (lanes == 4) define_alignment(b, last);
    b.epilogue(epilogue_coordinates::rows, lanes);
    mma_tactics(b, ways);
    tile_tactics(b, rows, columns, depth, 1);
    const bool has_bias = b.has_shift();
    if (!along_depth && !along_columns)
        gemm_tactic(b,
            {rows, columns, depth, {1, 1, 1, 1}, {x.lay.stride[0], x.lay.stride[1]}, {b_k, b_n},
                {y_row, 1}, has_bias ? 3 : 2, false, has_bias || !b.s.epilogue.empty()});
    b.finish("matmul_tiled");
    return true;
}

/// How the tiled kernel may fetch an operand: along the depth (0), along the tile (1), singly (2).
constexpr int tile_way(const view& v, int depth_axis, int tile_axis) {
    if (v.lay.stride[depth_axis] == 1 && v.dims[depth_axis] % 4 == 0) return 0;
    if (v.lay.stride[tile_axis] == 1 && v.dims[tile_axis] % 4 == 0) return 1;
    return 2;
}

constexpr bool select_matmul_tiled(launch_builder& b) {
    const attributes& attr = b.m.net->nodes[at(b.s.anchor)].attr;
    const view& a = b.s.inputs[0];
    const view& c = b.s.inputs[1];
    const view& y = b.s.output;
    for (const view* v : {&a, &c})
        if (b.is_wide(*v)) return false;
    const int am = a.dims.rank - (attr.transpose_a ? 1 : 2), ak = 2 * a.dims.rank - 3 - am;
    const int bk = c.dims.rank - (attr.transpose_b ? 1 : 2), bn = 2 * c.dims.rank - 3 - bk;
    const int rank = y.dims.rank, last = rank - 1;
    const int rows = y.dims[last - 1], columns = y.dims[last], depth = a.dims[ak];

    b.out.arguments.reserve(8);
    b.input(a);
    b.input(c);
    b.output(y);
    int batches = 1;
    for (int axis = 0; axis < rank - 2; ++axis) batches *= y.dims[axis];
    const int chunk = chunk_elements(b.target);
    const auto copies = [&](const view& v, int dense) {
        return v.dims[dense] % chunk == 0 && is_aligned(b.m, v, dense, chunk);
    };
    const int a_copies = copies(a, ak) ? 0 : 2;
    const int b_copies = copies(c, bk) ? 0 : copies(c, bn) ? 1 : 2;
    const mma_ways ways
        = find_mma_ways(b, rows, columns, depth, batches, b_copies, false, false, true);
    pass_mma(b, ways, a_copies, b_copies);
    b.define("SLICED", 0);
    b.define("ASKS", 0);
    b.define("BIAS", 0);
    if (!b.has_constant_sizes()) b.define("SIZES_VARY", 1);
    b.number("ROWS", rows);
    b.number("COLUMNS", columns);
    b.number("DEPTH", depth);
    const int a_way = tile_way(a, ak, am), b_way = tile_way(c, bk, bn);
    b.define("A_WAY", a_way);
    b.define("B_WAY", b_way);
    b.define("ALIGNED_A", a_way < 2 && is_aligned(b.m, a, a_way ? am : ak));
    b.define("ALIGNED_B", b_way < 2 && is_aligned(b.m, c, b_way ? bn : bk));
    b.number("A_M", a.lay.stride[am]);
    b.number("A_K", a.lay.stride[ak]);
    b.number("B_K", c.lay.stride[bk]);
    b.number("B_N", c.lay.stride[bn]);
    b.number("Y_M", y.lay.stride[last - 1]);
    b.number("Y_N", y.lay.stride[last]);
    gemm_product product{rows, columns, depth, {1, 1, 1, 1}, {a.lay.stride[am], a.lay.stride[ak]},
        {c.lay.stride[bk], c.lay.stride[bn]}, {y.lay.stride[last - 1], y.lay.stride[last]}, 2,
        false, !b.s.epilogue.empty()};
    // Batch axes are aligned at the end of 4; missing and stretched ones do not move.
    for (int axis = 0; axis < 4; ++axis) {
        const auto define = [&](const char* letter, int value) {
            text<8> key;
            key.append(letter).append(axis);
            b.number(key.c_str(), value);
        };
        const auto stride = [&](const view& v) {
            const int own = axis - 4 + v.dims.rank - 2;
            return own < 0 || v.dims[own] == 1 ? 0 : v.lay.stride[own];
        };
        const int own = axis - 4 + rank - 2;
        product.extents[axis] = own < 0 ? 1 : y.dims[own];
        product.a.batch[axis] = stride(a);
        product.b.batch[axis] = stride(c);
        product.y.batch[axis] = stride(y);
        define("N", product.extents[axis]);
        define("A", product.a.batch[axis]);
        define("B", product.b.batch[axis]);
        define("Y", product.y.batch[axis]);
    }
    const int lanes = tile_lanes(columns, y.lay.stride[last]);
    b.define("VW", lanes);
    if (lanes == 4) define_alignment(b, last);
    b.epilogue(epilogue_coordinates::rows, lanes);
    b.out.flops = 2 * std::int64_t{batches} * rows * columns * depth;
    mma_tactics(b, ways);
    tile_tactics(b, rows, columns, depth, batches, true);
    gemm_tactic(b, product);
    b.finish("matmul_tiled");
    return true;
}

inline constexpr family_row linear_tiled_family{.kind = op::linear,
    .select = select_linear_tiled,
    .rank = 20,
    .reads = input_form::matrix,
    .on = family_targets::channels_last,
    .outputs = real_or_bytes};
inline constexpr family_row matmul_tiled_family{.kind = op::matmul,
    .select = select_matmul_tiled,
    .rank = 20,
    .reads = input_form::strided,
    .on = family_targets::channels_last};

}  // namespace lamina::planner
