// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding: pairs of columns turned by angles that grow with a row's position.
#pragma once
#include <lamina/graph/constant_math.hpp>
#include <lamina/layers/activation.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/cast.hpp>
#include <lamina/layers/range.hpp>

namespace lamina {

/// What rotary_angles makes: cosines and sines, [rows, dims / 2], or one such for each of a batch.
struct rotary_table {
    tensor cos, sin;
};

struct rotary_options {
    float theta = 10000;   ///< the base of the frequencies
    tensor position = {};  ///< i32: of the first row; none: 0
    float factor = 1;      ///< positions are divided by it (linear scaling for longer texts)
};

struct rotary_form {
    bool interleaved = false;  ///< pairs are neighbours (GPT-J), not columns i and i + dims / 2
};

/// The angles for `rows` rows of heads of which `dims` columns turn, made once for all layers:
/// `const rotary_table turns = rotary_angles(net, 1, 64, {.position = at});`. Pair i of the row at
/// position p turns by p / theta^(2 i / dims).
///
/// Shapes   position: one number, or [N] with one for each index of axis 0 of what turns.
/// Errors   LAM-04 the position; LAM-08 rows, dims (even, at most 65536), theta, factor; LAM-16 it is not i32.
/// Cost     four steps of a few numbers a run. They are floats in plans of 16 bits too.
/// Source   Su et al. 2021, "RoFormer"; LlamaRotaryEmbedding of transformers.
constexpr rotary_table rotary_angles(network& net, whole rows, whole dims, rotary_options o = {},
    std::source_location where = std::source_location::current()) {
    const subject who{"rotary_angles", {}, where};
    int count = rows, columns = dims;
    if (count < 1 || columns < 2 || columns % 2 || columns > 65536) {
        net.report(problem_id::option_range, who, "rows ", count, ", dims ", columns,
            "; rows are at least 1, dims an even number up to 65536");
        count = 1;
        columns = 2;
    }
    if (!needs_finite(net, who, "theta", o.theta) || !needs_finite(net, who, "factor", o.factor)
        || o.theta <= 0 || o.factor <= 0) {
        net.report(problem_id::option_range, who, "theta and factor must be above 0");
        o.theta = o.factor = 1;
    }
    std::vector<float> frequencies;
    const double theta = static_cast<double>(o.theta), factor = static_cast<double>(o.factor);
    for (int i = 0; i < columns / 2; ++i)
        frequencies.push_back(static_cast<float>(power_of(theta, -2.0 * i / columns) / factor));
    tensor at = arange(net, 0, count, 1, where);
    shape places{count, 1};
    if (o.position.net && needs_owned(net, who, o.position, 1)) {
        const tensor& from = o.position;
        if (from.type != dtype::i32) {
            net.report(problem_id::dtype_mismatch, who, "position ", to_text(from.dims), " is ",
                to_text(from.type), ", i32 is needed; declare the input with dtype::i32");
        } else if (from.dims.count() != 1 && from.dims.rank != 1) {
            net.report(problem_id::operands, who, "position ", to_text(from.dims),
                "; it is one number, or one for each index of axis 0");
        } else {
            const int batch = static_cast<int>(from.dims.count());
            at = add(reshape_to(from, who, batch == 1 ? shape{1} : shape{batch, 1}), at, where);
            if (batch > 1) places = {batch, count, 1};
        }
    }
    const tensor angles = mul(cast(reshape_to(at, who, places), dtype::f32, where),
        net.constant(frequencies, where), where);
    const rotary_table out{
        make_function(angles, who, function::cos), make_function(angles, who, function::sin)};
    for (const tensor& t : {angles, out.cos, out.sin}) net.keep(t, dtype::f32, where);
    return out;
}

/// Turns the first columns of each row, as many as the table has angles for twice; the others stay:
/// `q = rotary(q, turns)`.
///
/// Shapes   x ...xLxD, L the table's rows (or 1), D at least its dims; same shape out. A table of several
///          positions is for axis 0.
/// Errors   LAM-01 rank; LAM-04 rows, columns or the batch do not fit; LAM-16; LAM-17.
/// Cost     one step, which reads x where another layer left it (transposed heads) and ends in the functions
///          of single elements behind it.
/// Source   apply_rotary_pos_emb of transformers' Llama (halves) and GPT-J (interleaved, as torchtune's
///          RotaryPositionalEmbeddings); partial_rotary_factor: a table of fewer dims.
constexpr tensor rotary(const tensor& x, const rotary_table& by, rotary_form form = {},
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"rotary", {}, where};
    if (!needs_owned(net, who, by.cos, 2) || !needs_owned(net, who, by.sin, 2)) return x;
    if (!needs_values(net, who, x)) return x;
    const shape& table = by.cos.dims;
    const int rank = x.dims.rank;
    if (rank < 2) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims),
            "; 2 to 6 axes are needed, the last two rows and columns");
        return x;
    }
    // Both are tables of one shape: someone's own may differ.
    if (!(by.sin.dims == table) || table.rank < 2 || table.rank > 3) {
        net.report(problem_id::operands, who, "cosines ", to_text(table), " and sines ",
            to_text(by.sin.dims), "; both are rows x pairs, or batch x rows x pairs");
        return x;
    }
    for (const tensor& t : {by.cos, by.sin})
        if (!needs_values(net, who, t)) return x;
    const int half = table[table.rank - 1], rows = table[table.rank - 2];
    if (x.dims[rank - 1] < 2 * half || x.dims[rank - 2] != rows
        || (table.rank == 3 && (rank < 3 || x.dims.n != table.n))) {
        net.report(problem_id::operands, who, "input ", to_text(x.dims), " (",
            maker_text(net, x, who), ") does not fit angles ", to_text(table),
            "; it has as many rows, at least twice the columns",
            table.rank == 3 ? ", and one batch" : "");
        return x;
    }
    if (x.dims.is_empty()) return x;
    node made;
    made.kind = op::rotary;
    made.attr.kind = static_cast<int>(form.interleaved ? pair_kind::neighbours : pair_kind::halves);
    made.inputs = {x.id, by.cos.id, by.sin.id};
    made.dims = x.dims;
    return net.add(who, made);
}

}  // namespace lamina
