// SPDX-License-Identifier: Apache-2.0
// Masks that tell attention how far apart a query and a key are: ALiBi, T5's buckets, Swin's table.
#pragma once
#include <lamina/graph/constant_math.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/cast.hpp>
#include <lamina/layers/embedding.hpp>
#include <lamina/layers/gather.hpp>
#include <lamina/layers/permute.hpp>
#include <lamina/layers/range.hpp>

namespace lamina {

/// What ALiBi adds to the scores of `heads` heads and `keys` keys: slope * index of the key. Softmax is the
/// same for all that is added to a row, so it need not know the query: `attention(q, k, v, {.causal = true,
/// .mask = alibi(net, 12, 512), .position = at})`.
///
/// Shapes   [heads, 1, keys].
/// Errors   LAM-08 heads or keys.
/// Source   Press et al. 2022, "Train Short, Test Long"; build_alibi_tensor of transformers' Bloom, with
///          its slopes where heads are no power of two.
constexpr tensor alibi(network& net, whole heads, whole keys,
    std::source_location where = std::source_location::current()) {
    const subject who{"alibi", {}, where};
    int count = heads, length = keys;
    if (count < 1 || length < 1 || count > 65536) {
        net.report(problem_id::option_range, who, "heads ", count, ", keys ", length,
            "; both must be at least 1");
        count = length = 1;
    }
    int whole_power = 1;
    while (whole_power * 2 <= count) whole_power *= 2;
    std::vector<float> slopes;
    for (int i = 0; i < count; ++i) {
        const double exponent = i < whole_power ? -8.0 * (i + 1) / whole_power
                                                : -4.0 * (2 * (i - whole_power) + 1) / whole_power;
        slopes.push_back(static_cast<float>(power_of(2, exponent)));
    }
    const tensor index = cast(arange(net, 0, length, 1, where), dtype::f32, where);
    const tensor out = mul(net.constant(slopes, {count, 1, 1}, where), index, where);
    net.keep(out, dtype::f32, where);
    return out;
}

struct relative_position_options {
    whole heads = 0;            ///< must be given
    whole num_buckets = 32;     ///< relative_attention_num_buckets
    whole max_distance = 128;   ///< relative_attention_max_distance
    bool bidirectional = true;  ///< false: keys behind a query have the bucket of distance 0
    tensor position = {};       ///< i32: the first query's place among the keys; none: 0
};

/// The bucket of a key that lies `distance` behind its query (below 0: before it).
constexpr int relative_bucket(int distance, int buckets, int max_distance, bool bidirectional) {
    int bucket = 0;
    if (bidirectional) {
        buckets /= 2;
        if (distance > 0) bucket = buckets;
        if (distance < 0) distance = -distance;
    } else {
        distance = distance < 0 ? -distance : 0;
    }
    const int exact = buckets / 2;
    if (distance < exact) return bucket + distance;
    const double share = logarithm(static_cast<double>(distance) / exact)
        / logarithm(static_cast<double>(max_distance) / exact);
    const int large = exact + static_cast<int>(share * (buckets - exact) + 1e-9);
    return bucket + (large < buckets ? large : buckets - 1);
}

/// T5's bias for `queries` and `keys`: a number for each head and bucket of distances, as a mask of
/// attention. Made once, for all layers, as T5 has it.
///
/// Shapes   [heads, queries, keys].
/// Weights  relative_attention_bias: weight [num_buckets, heads] at the given name.
/// Errors   LAM-07; LAM-08 an option; LAM-16 the position is not one i32 number.
/// Cost     two steps: the biases of all distances, then those of each pair.
/// Source   T5Attention.compute_bias of transformers.
constexpr tensor relative_position_bias(network& net, name at, whole queries, whole keys,
    relative_position_options o, std::source_location where = std::source_location::current()) {
    const subject who{"relative_position_bias", at, where};
    const int rows = queries.value > 0 ? queries.value : 1,
              columns = keys.value > 0 ? keys.value : 1;
    if (queries < 1 || keys < 1 || o.heads < 1 || o.num_buckets < 4 || o.num_buckets % 2
        || o.max_distance <= o.num_buckets / 2) {
        net.report(problem_id::option_range, who, "queries ", queries.value, ", keys ", keys.value,
            ", heads ", o.heads.value, ", num_buckets ", o.num_buckets.value, ", max_distance ",
            o.max_distance.value,
            "; buckets are even and at least 4, distances reach beyond half of them");
        o.heads = 1;
        o.num_buckets = 32;
        o.max_distance = 128;
    }
    // Distances from -(most) on: key 0 seen from the last row or key.
    const int most = rows > columns ? rows : columns;
    std::vector<int> buckets;
    for (int distance = -(most - 1); distance < columns; ++distance)
        buckets.push_back(
            relative_bucket(distance, o.num_buckets, o.max_distance, o.bidirectional));
    const tensor by_distance = net.constant(buckets, where)
        | embedding{at, {.rows = o.num_buckets, .width = o.heads}, where}
        | permute{{1, 0}, where};
    tensor stands = reshape_to(arange(net, 0, rows, 1, where), who, {rows, 1});
    if (o.position.net && needs_owned(net, who, o.position, 1)) {
        if (o.position.type != dtype::i32 || o.position.dims.count() != 1)
            net.report(problem_id::dtype_mismatch, who, "position ", to_text(o.position.dims),
                " is ", to_text(o.position.type), ", one i32 number is needed");
        else
            stands = add(stands, reshape_to(o.position, who, {1, 1}), where);
    }
    const tensor distance = sub(arange(net, 0, columns, 1, where), stands, where);
    return gather(by_distance, add(distance, static_cast<float>(most - 1), where), 1, where);
}

/// Swin's bias for windows of height x width tokens, as a mask of attention over windows.
///
/// Shapes   [heads, height * width, height * width].
/// Weights  relative_position_bias_table [(2 height - 1) (2 width - 1), heads], by its full name.
/// Errors   LAM-07; LAM-08 an extent.
/// Source   ShiftedWindowAttention of torchvision, timm's WindowAttention.
constexpr tensor window_position_bias(network& net, name at, whole height, whole width, whole heads,
    std::source_location where = std::source_location::current()) {
    const subject who{"window_position_bias", at, where};
    int h = height, w = width, count = heads;
    if (h < 1 || w < 1 || count < 1 || h > 64 || w > 64) {
        net.report(problem_id::option_range, who, "window ", h, "x", w, ", heads ", count,
            "; heads are at least 1, windows 1x1 to 64x64");
        h = w = count = 1;
    }
    const tensor table = net.parameter(at, {(2 * h - 1) * (2 * w - 1), count}, where);
    // Row and column of a token, [tokens, 1] against [tokens].
    std::vector<int> place;
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) place.push_back(y * (2 * w - 1) + x);
    const tensor from = net.constant(place, {h * w, 1}, where),
                 to = net.constant(place, {1, h * w}, where);
    const int middle = (h - 1) * (2 * w - 1) + w - 1;
    const tensor index = add(sub(from, to, where), static_cast<float>(middle), where);
    return gather(table | permute{{1, 0}, where}, index, 1, where);
}

}  // namespace lamina
