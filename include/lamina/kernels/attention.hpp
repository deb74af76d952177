// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention over strided tensors; on matrix units where the target allows it.
#pragma once
#include <lamina/kernels/attention_limits.hpp>
#include <lamina/kernels/mma.hpp>
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// Defines NAME: the address of one element of a view whose axes stretch over the leading axes of
/// `out` and whose last two coordinates are `row` and `column` ("" for an axis it lacks). AT_BUFFER
/// is defined elsewhere, once.
constexpr void attention_address(launch_builder& b, const char* name, const char* buffer,
    const view& v, const shape& out, std::string_view row, std::string_view column) {
    text<120> place;
    place.append("AT_").append(buffer).append('(');
    const int missing = out.rank - v.dims.rank;
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis) place.append(',');
        if (axis >= v.dims.rank || (v.dims[axis] == 1 && !b.names_all_axes()))
            place.append('0');
        else if (axis == v.dims.rank - 1)
            place.append(column);
        else if (axis == v.dims.rank - 2)
            place.append(row);
        else
            place.append('i').append(axis + missing);
    }
    place.append(')');
    b.define(name, place);
}

/// Tactics on matrix units (kernels/attention_mma.cl.hpp), fastest by estimate first. Times are an
/// H100's, as for products: of a unit's only group, or of each group that a unit has.
constexpr void attention_mma_tactics(
    launch_builder& b, int queries, int leading, int length, int depth, int width) {
    struct way {
        int warps, keys, buffers;
        std::int64_t cost;
    } ways[12] = {};
    int count = 0;
    const int columns = depth > width ? depth : width;
    const int step = 2 * chunk_elements(b.target), chunks = (columns + step - 1) / step * 2 + 1;
    for (int keys : {32, 64, 96, 112})
        for (int warps : {1, 2, 4}) {
            int buffers = 4;
            while (buffers > 2 && buffers * keys * chunks * 16 > 49152) --buffers;
            if (buffers * keys * chunks * 16 > 49152 || (keys > 64 && chunks > 9)) continue;
            const std::int64_t groups
                = std::int64_t{leading} * ((queries + 16 * warps - 1) / (16 * warps));
            const std::int64_t here = (groups + tile_units - 1) / tile_units;
            const int alone = warps == 1 ? 340 : warps == 2 ? 300 : 330;
            const int busy = (warps == 1          ? 142
                                     : warps == 2 ? 172
                                                  : 250)
                + (warps < 4 && keys > 64 ? 20 : 0);
            const int rounds = (length + keys - 1) / keys;
            const int done = b.has_constant_sizes()
                ? length / keys * keys + (length % keys + 15) / 16 * 16
                : rounds * keys;
            const way made{warps, keys, buffers,
                (alone > here * busy ? alone : here * busy) * (done + rounds * 8)};
            int at_ = count++;
            for (; at_ > 0 && ways[at_ - 1].cost > made.cost; --at_) ways[at_] = ways[at_ - 1];
            ways[at_] = made;
        }
    offered_way offered[12];
    for (int i = 0; i < count; ++i)
        offered[i] = {ways[i].warps * 1000 + ways[i].keys, ways[i].cost};
    const int first = choose_shared_way(b, way_kind::attention, width, depth, offered, count);
    for (int k = 0; k < count; ++k) {
        const int i = first_then_others(first, k);
        if (!offered[i].kept) continue;
        tactic t;
        t.label.append("mma").append(ways[i].warps * 16).append('x').append(ways[i].keys);
        t.defines.append("#define MMA 1\n#define WARPS ")
            .append(ways[i].warps)
            .append("\n#define KEY_TILE ")
            .append(ways[i].keys)
            .append("\n#define BUFFERS ")
            .append(ways[i].buffers)
            .append('\n');
        t.tile[1] = ways[i].warps * 16;
        t.local[0] = ways[i].warps * 32;
        t.local_bytes = ways[i].buffers * ways[i].keys * chunks * 16;
        t.needs = ability::mma;
        b.tactic_of(t);
    }
}

/// Tactics through local memory (kernels/attention_tiled.cl.hpp): the most queries a group that
/// still give every unit one.
constexpr void attention_tiled_tactics(
    launch_builder& b, int queries, int leading, int depth, int width) {
    const int keys = depth > 64 || width > 64 ? 16 : 32, across = keys / 4;
    const int row_of_values = (width + keys - 1) / keys * keys;
    const auto bytes = [&](int rows) {
        return 4 * ((depth + keys) * (rows + 4) + keys * (depth + row_of_values) + rows * across);
    };
    const bool many = std::int64_t{leading} * ((queries + 63) / 64) >= tile_units;
    const int wanted = many && bytes(64) <= 49152 ? 64 : 32;
    for (int pass = 0; pass < 2; ++pass)
        for (int rows : {64, 32}) {
            if ((rows == wanted) != (pass == 0) || bytes(rows) > 49152) continue;
            tactic t;
            t.label.append("tile").append(rows).append('x').append(keys);
            t.defines.append("#define TILED 1\n#define QUERY_TILE ")
                .append(rows)
                .append("\n#define KEY_TILE ")
                .append(keys)
                .append("\n#define QUERIES_EACH ")
                .append(rows / 16)
                .append('\n');
            t.tile[1] = rows;
            t.local[0] = across * 16;
            t.local_bytes = bytes(rows);
            b.tactic_of(t);
        }
}

constexpr bool select_attention(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &q = s.inputs[0], &k = s.inputs[1], &v = s.inputs[2], &y = s.output;
    const bool has_mask = n.attr.mask & with_mask;
    const int rank = y.dims.rank;
    if (y.lay.block > 1 || q.lay.block > 1 || k.lay.block > 1 || v.lay.block > 1) return false;
    for (std::size_t i = 0; i < (has_mask ? 4 : 3); ++i) b.input(s.inputs[i]);
    define_limits(b, y.dims[rank - 2], k.dims[rank - 2]);
    b.output(y);
    const int width = y.dims[rank - 1], length = k.dims[rank - 2], depth = q.dims[rank - 1];
    view rows = y;
    rows.dims.at(rank - 1) = 1;
    // Columns of the average live in registers, so their number is a constant.
    int parts = 1;
    if (!b.target.is_cpu()) parts = width > 64 ? 128 : 64;
    b.define("MASK", has_mask);
    if (has_mask && s.inputs[3].type != b.target.numbers.storage) b.define("MASK_FLOAT", 1);
    b.define("CAUSAL", n.attr.reach[1] == 0);
    b.define("WIDTH", width);
    b.define("KEYS", parts == 1 ? 32 : parts);
    const int chunk = chunk_elements(b.target);
    bool tiles = is_plain_or_causal(n.attr) && !b.target.is_cpu() && depth % 4 == 0
        && width % 4 == 0 && depth <= 128 && width <= 128;
    bool units = b.target.may_use_matrix_units() && depth % chunk == 0 && width % chunk == 0
        && n.attr.scalars[0] > 0;
    for (int i = 0; i < 3; ++i) {
        tiles = tiles && s.inputs[at(i)].type == b.target.numbers.storage
            && is_aligned(b.m, s.inputs[at(i)], rank - 1, 4);
        units = units && tiles && is_aligned(b.m, s.inputs[at(i)], rank - 1, chunk);
    }
    if (tiles) {
        b.define("DEPTH", depth);
        b.number("LENGTH", length);
        if (!b.has_constant_sizes()) b.define("SIZES_VARY", 1);
    } else {
        b.number("DEPTH", depth);
        b.number("LENGTH", length);
    }
    b.number("SCALE", bits_of(n.attr.scalars[0]));
    text<8> row;
    row.append('i').append(rank - 2);
    b.define("QUERY", row);
    attention_address(b, "QUERY_AT(d)", "q", q, y.dims, row.view(), "(d)");
    attention_address(b, "KEY_AT(s,d)", "k", k, y.dims, "(s)", "(d)");
    attention_address(b, "VALUE_AT(s,d)", "v", v, y.dims, "(s)", "(d)");
    if (has_mask) {
        attention_address(b, "MASK_AT(s)", "mask", s.inputs[3], y.dims, row.view(), "(s)");
        b.address("mask", s.inputs[3]);
    }
    b.address("q", q);
    b.address("k", k);
    b.address("v", v);
    b.address("y", y);
    line(b, "y", rank - 1);
    if (tiles) {
        b.number("QUERIES", y.dims[rank - 2]);
        b.define(
            "PAIRS_OUT", y.type == b.target.numbers.storage && is_aligned(b.m, y, rank - 1, 2));
        attention_address(b, "QUERY_ROW_AT(r,d)", "q", q, y.dims, "(r)", "(d)");
        attention_address(b, "OUT_ROW_AT(r,d)", "y", y, y.dims, "(r)", "(d)");
        if (has_mask)
            attention_address(b, "MASK_ROW_AT(r,s)", "mask", s.inputs[3], y.dims, "(r)", "(s)");
        int leading = 1;
        for (int axis = 0; axis < rank - 2; ++axis) leading *= y.dims[axis];
        const int queries = y.dims[rank - 2];
        if (units) attention_mma_tactics(b, queries, leading, length, depth, width);
        // A few queries leave most of a tile's rows empty.
        if (queries >= 8) attention_tiled_tactics(b, queries, leading, depth, width);
    }
    lines(b, rows, parts);
    b.out.flops = 2 * y.dims.count() / width * length * (depth + width);
    b.finish("attention");
    return true;
}

inline constexpr family_row attention_family{.kind = op::attention,
    .select = select_attention,
    .reads = input_form::strided,
    .writes = output_form::strided,
    .inputs = stored_types};

}  // namespace lamina::planner
