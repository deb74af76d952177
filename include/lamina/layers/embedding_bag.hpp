// SPDX-License-Identifier: Apache-2.0
// Sums, means or maxima of rows of a table: bags of words.
#pragma once
#include <lamina/layers/binary.hpp>
#include <lamina/layers/cast.hpp>
#include <lamina/layers/compare.hpp>
#include <lamina/layers/concat.hpp>
#include <lamina/layers/embedding.hpp>
#include <lamina/layers/logical.hpp>
#include <lamina/layers/matmul.hpp>
#include <lamina/layers/range.hpp>
#include <lamina/layers/reduce.hpp>
#include <lamina/layers/slice.hpp>
#include <lamina/layers/where.hpp>

namespace lamina {

enum class bag_mode : unsigned char { sum, mean, max };

struct embedding_bag_options {
    whole rows = 0, width = 0;       ///< of the table; must be given
    bag_mode mode = bag_mode::mean;  ///< PyTorch's default
    whole padding_idx = -1;          ///< this index counts nowhere; -1: each counts
    tensor offsets = {};             ///< i32: where each bag begins in a line of indices
    tensor per_sample_weights = {};  ///< factors of the rows, of the indices' shape; sum only
};

/// `words | embedding_bag{"embedding", {.rows = 95811, .width = 64}}`: a bag a row. With offsets the
/// indices are one line, and bag b has those from offsets[b] to below offsets[b + 1].
///
/// Shapes   NxL, or L with offsets N -> Nxwidth.
/// Weights  weight [rows, width].
/// Units    indices and offsets are i32; an empty bag gives zeros. Offsets rise and begin at 0.
/// Errors   LAM-01 the indices' rank; LAM-04 offsets or weights; LAM-06 to LAM-08; LAM-16 types.
/// Cost     with offsets a product of a table of which indices are in which bag with their rows (max: all
///          pairs of these); bags of one length are cheaper as rows.
/// Source   torch.nn.EmbeddingBag. Differs: an index outside the table counts as a row of zeros.
struct embedding_bag {
    subject who;
    embedding_bag_options options;
    constexpr embedding_bag(name at, embedding_bag_options o,
        std::source_location where = std::source_location::current())
        : who{"embedding_bag", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const embedding_bag& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const embedding_bag_options& o = layer.options;
    const std::source_location where = who.where;
    const bool by_offsets = o.offsets.net;
    const int wanted = by_offsets ? 1 : 2;
    const tensor rows = x | embedding{who.at, {.rows = o.rows, .width = o.width}, where};
    if (x.dims.rank != wanted) {
        net.report(problem_id::shape_rank, who, "indices ", to_text(x.dims), " have ", x.dims.rank,
            " axes, ", wanted, by_offsets ? " is needed with offsets" : " are needed, or .offsets");
        return rows;
    }
    if (by_offsets
        && (!needs_owned(net, who, o.offsets, 2) || o.offsets.dims.rank != 1
            || o.offsets.type != dtype::i32)) {
        net.report(problem_id::operands, who, "offsets ", to_text(o.offsets.dims), ", ",
            to_text(o.offsets.type), "; one axis of i32 is needed, a number for each bag");
        return rows;
    }
    tensor weights = o.per_sample_weights;
    if (weights.net) {
        if (!needs_owned(net, who, weights, 3) || !needs_values(net, who, weights)) return rows;
        if (!(weights.dims == x.dims) || o.mode != bag_mode::sum) {
            net.report(problem_id::operands, who, "per_sample_weights ", to_text(weights.dims),
                " for indices ", to_text(x.dims), "; they have one shape, and mode is sum");
            return rows;
        }
    }
    if (x.dims.is_empty()) return rows;
    // Which index counts in which bag: [N, L].
    const int length = x.dims[x.dims.rank - 1];
    tensor counts;
    if (by_offsets) {
        const int bags = o.offsets.dims.n;
        const tensor end = net.constant({length}, where);
        const tensor behind
            = bags > 1 ? concat({o.offsets | slice{0, {.start = 1}, where}, end}, 0, where) : end;
        const tensor index = arange(net, 0, length, 1, where);
        counts = logical_and(ge(index, reshape_to(o.offsets, who, {bags, 1}), where),
            lt(index, reshape_to(behind, who, {bags, 1}), where), where);
    }
    if (o.padding_idx >= 0) {
        const tensor real = ne(x, static_cast<float>(o.padding_idx.value), where);
        counts = counts.net ? logical_and(counts, real, where) : real;
    }
    const bool is_max = o.mode == bag_mode::max;
    if (!counts.net) {
        if (is_max) return rows | reduce_max{1, {}, where};
        if (o.mode == bag_mode::mean) return rows | reduce_mean{1, {}, where};
        if (!weights.net) return rows | reduce_sum{1, {}, where};
        const tensor share = reshape_to(weights, who, {x.dims.n, 1, length});
        return reshape_to(matmul(share, rows, {}, where), who, {x.dims.n, o.width});
    }
    const int bags = counts.dims.n;
    if (is_max) {
        const tensor any = counts | reduce_any{1, keep_dims, where};
        const tensor each = by_offsets ? reshape_to(rows, who, {1, length, o.width}) : rows;
        const tensor hidden = logical_not(reshape_to(counts, who, {bags, length, 1}), where);
        const tensor most
            = masked_fill(each, hidden, -3.4028234663852886e38f, where) | reduce_max{1, {}, where};
        return masked_fill(most, logical_not(any, where), 0, where);
    }
    const tensor ones = cast(counts, dtype::f32, where);
    tensor share = ones;
    if (weights.net) share = mul(ones, weights, where);
    tensor sum;
    if (by_offsets) {
        sum = matmul(share, rows, {}, where);
    } else {
        sum = reshape_to(matmul(reshape_to(share, who, {bags, 1, length}), rows, {}, where), who,
            {bags, o.width});
    }
    if (o.mode == bag_mode::sum) return sum;
    return div(sum, max(ones | reduce_sum{1, keep_dims, where}, 1, where), where);
}

}  // namespace lamina
