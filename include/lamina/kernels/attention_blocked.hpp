// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention on the `cpu` class: 16 queries a vector.
#pragma once
#include <lamina/kernels/attention_limits.hpp>
#include <lamina/kernels/pairs.hpp>

namespace lamina::planner {

/// Strides of a view under names that begin with `key`: NAME_S0 ... of the axes before the last
/// two, aligned with those of `out`, then NAME_ROW and NAME_COLUMN. A stretched axis has stride 0.
constexpr void matrix_strides(launch_builder& b, const char* key, const view& v, const shape& out) {
    const auto named = [&](const char* what) {
        text<16> all;
        all.append(key).append(what);
        return all;
    };
    const auto stride
        = [&](int axis) { return axis < 0 || v.dims[axis] == 1 ? 0 : v.lay.stride[axis]; };
    const int rank = v.dims.rank, missing = out.rank - rank;
    for (int axis = 0; axis < 4; ++axis)
        b.number(named("_S"), axis, axis < out.rank - 2 ? stride(axis - missing) : 0);
    b.number(named("_ROW"), stride(rank - 2));
    b.number(named("_COLUMN"), v.lay.stride[rank - 1]);
}

/// The extents of the axes before the last two, L_0 ... L_3; their product.
constexpr int leading_extents(launch_builder& b, const shape& out) {
    int count = 1;
    for (int axis = 0; axis < 4; ++axis) {
        const int extent = axis < out.rank - 2 ? out[axis] : 1;
        b.number("L_", axis, extent);
        count *= extent;
    }
    return count;
}

/// Vectors of queries that a work-item takes, those first that are done soonest: few where more would be beyond the last
/// query, many where that leaves fewer copies of keys and values. `others`: work-items along the leading axes.
constexpr void attention_tactics(launch_builder& b, int width, int queries, int others) {
    struct way {
        int vectors = 0, columns = 0, keys = 0;
        std::int64_t cost = 0, time = 0;
    };
    way ways[3];
    int count = 0;
    for (int vectors : {2, 1, 3}) {
        way made{vectors, vectors == 1 ? 16 : vectors == 2 ? 12 : 8, vectors == 3 ? 8 : 12};
        if (b.target.channel_block != 16) {  // a vector of 16 takes several registers
            made.columns = made.keys = 6;
            if (vectors > 1) continue;
        }
        while (width % made.columns) --made.columns;
        // What a register of sums costs: their products (2 a cycle) or the loads that feed them; and the copies.
        const int sums = vectors * made.columns, loads = vectors + made.columns;
        made.cost = 1000 * vectors * (sums > loads ? sums : loads) / sums + 125;
        const std::int64_t items
            = std::int64_t{(queries + 16 * vectors - 1) / (16 * vectors)} * others;
        made.time = (items + 1) / 2 * made.cost;  // of plans, which are made for two threads
        int place = count++;
        for (; place > 0 && ways[place - 1].time > made.time; --place)
            ways[place] = ways[place - 1];
        ways[place] = made;
    }
    for (int i = 0; i < count; ++i) {
        const way& w = ways[i];
        tactic made;
        made.label.append("queries").append(16 * w.vectors).append("_keys").append(w.keys);
        made.defines.append("#define QV ").append(w.vectors).append("\n#define TK ").append(w.keys);
        made.defines.append("\n#define TE ").append(w.columns).append('\n');
        made.tile[0] = 16 * w.vectors;
        made.cost = item_cost::of(w.cost);
        b.tactic_of(made);
    }
}

/// Puts a tactic with AMX's tiles before the others, where tiles are full.
constexpr void prefer_attention_tiles(launch_builder& b, int width, int depth, int queries) {
    if (width % 32 || depth % 32 || width > 128 || depth > 128 || queries <= 16) return;
    const std::size_t others = b.tactics.size();
    tactic made;
    made.label.append("amx_queries32");
    made.defines.append(
        "#define TILES 1\n#define TW 16\n#define KT 16\n#define QV 2\n#define TK 16\n#define TE 16\n");
    made.tile[0] = 32;
    made.needs = ability::amx;
    made.cost = item_cost::of(600);
    b.tactic_of(made);
    b.put_first(others);
}

constexpr bool select_attention_blocked(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &q = s.inputs[0], &k = s.inputs[1], &v = s.inputs[2], &y = s.output;
    const int rank = y.dims.rank, last = rank - 1;
    const int width = y.dims[last], length = k.dims[last - 1], depth = q.dims[last],
              queries = q.dims[last - 1];
    // Three arrays of registers' overflow lie on the stack of the thread.
    if (width > 512 || depth > 512 || y.lay.block > 1) return false;
    for (std::size_t k = 0; k < s.inputs.size(); ++k)
        if (s.inputs[k].lay.block > 1 || (k < 3 && s.inputs[k].type != b.target.numbers.storage))
            return false;
    const bool has_mask = attr.mask & with_mask;
    for (std::size_t i = 0; i < (has_mask ? 4 : 3); ++i) b.input(s.inputs[i]);
    define_limits(b, queries, length);
    b.output(y);
    b.define("VW", 16);
    const view& mask = s.inputs[has_mask ? 3 : 0];
    const bool is_row = mask.dims.rank < 2 || mask.dims[mask.dims.rank - 2] == 1;
    b.define("MASK", !has_mask ? 0 : is_row ? 1 : 2);
    if (has_mask && mask.type != b.target.numbers.storage) b.define("MASK_FLOAT", 1);
    const bool pairs = packs_pairs(b.target);
    if (pairs) b.define("PAIRS", 1);
    b.define("WIDTH", width);
    b.define("DEPTH", depth);
    b.define("TURNS", q.lay.stride[last] == 1);
    b.define("TURNS_OUT", y.lay.stride[last] == 1);
    constexpr int most_keys = 144;
    b.define("KEYS", most_keys);
    const int blocks = (length + most_keys - 1) / most_keys;
    const int share = (length + blocks - 1) / blocks;
    b.number("BLOCK", (share + 11) / 12 * 12);
    b.number("LENGTH", length);
    b.number("QUERIES", queries);
    b.define("SCALE", bits_of(attr.scalars[0]));
    matrix_strides(b, "Q", q, y.dims);
    matrix_strides(b, "K", k, y.dims);
    matrix_strides(b, "V", v, y.dims);
    if (has_mask) matrix_strides(b, "M", mask, y.dims);
    matrix_strides(b, "Y", y, y.dims);
    b.out.extents[0] = queries;
    b.out.extents[1] = leading_extents(b, y.dims);
    b.out.flops = 2 * y.dims.count() / width * length * (depth + width);
    attention_tactics(b, width, queries, b.out.extents[1]);
    if (pairs) {
        prefer_dots(b);
        prefer_attention_tiles(b, width, depth, queries);
    }
    b.finish("attention_blocked");
    return true;
}

inline constexpr family_row attention_blocked_family{.kind = op::attention,
    .select = select_attention_blocked,
    .rank = 10,
    .reads = input_form::strided,
    .writes = output_form::strided,
    .on = family_targets::cpu,
    .inputs = stored_types};

}  // namespace lamina::planner
