// SPDX-License-Identifier: Apache-2.0
// The next token on the device: random numbers from a counter, sampling, a penalty on repetition.
#pragma once
#include <lamina/layers/argmax.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/cast.hpp>
#include <lamina/layers/compare.hpp>
#include <lamina/layers/cumsum.hpp>
#include <lamina/layers/gather.hpp>
#include <lamina/layers/reduce.hpp>
#include <lamina/layers/scatter.hpp>
#include <lamina/layers/softmax.hpp>
#include <lamina/layers/topk.hpp>
#include <lamina/layers/where.hpp>

namespace lamina {

/// Uniform numbers in [0, 1) from a seed and the number of the draw: `random_uniform(seed, draw, {2, 8})`. The
/// same in every run and on every device; two draws of one seed are independent.
///
/// Shapes   dims as given. seed: one or two i32 numbers (64 bits); draw: one i32 number.
/// Units    multiples of 2^-24; in plans of 16 bits rounded to these, so that 1 is possible.
/// Errors   LAM-04 the seed or the draw; LAM-16 they are not i32; LAM-17.
/// Source   Philox4x32-10 of Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; element e is
///          word e % 4 of the counter (e / 4, draw, 0, 0). Differs from torch.rand: other numbers.
constexpr tensor random_uniform(const tensor& seed, const tensor& draw, const shape& dims,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(seed);
    const subject who{"random_uniform", {}, where};
    if (!needs_owned(net, who, draw, 2)) return seed;
    node made;
    made.kind = op::random;
    made.dims = dims;
    for (const tensor& x : {seed, draw})
        if (x.type != dtype::i32)
            net.report(problem_id::dtype_mismatch, who, "seed ", to_text(seed.dims), " and draw ",
                to_text(draw.dims), " are ", to_text(seed.type), " and ", to_text(draw.type),
                "; i32 is needed, declare the inputs with dtype::i32");
    const std::int64_t numbers = seed.dims.count();
    if (numbers < 1 || numbers > 2 || draw.dims.count() != 1) {
        net.report(problem_id::operands, who, "seed ", to_text(seed.dims), " and draw ",
            to_text(draw.dims), "; the seed is one or two numbers, the draw one");
        return seed;
    }
    made.inputs
        = {reshape_to(seed, who, {static_cast<int>(numbers)}).id, reshape_to(draw, who, {1}).id};
    return net.add(who, made);
}

struct sample_options {
    float temperature = 1;  ///< scores are divided by it; 0: the largest is taken
    whole top_k = 0;        ///< only the k largest are candidates; 0: all
    float top_p = 1;        ///< only the fewest whose probabilities reach p together
};

/// A token for each row of scores, drawn by their softmax: `sample(logits, seed, draw, {.temperature = 0.8f,
/// .top_k = 40, .top_p = 0.95f})`. `draw` counts the tokens, so that each has its own random numbers; a state
/// can count them.
///
/// Shapes   logits ...xV -> ... of i32. seed, draw: as random_uniform takes them.
/// Units    the random number is the same on every device; a choice differs only where it lies within
///          rounding of the border between two tokens.
/// Errors   LAM-08 an option; those of random_uniform.
/// Cost     with top_k or top_p a sort of each row; all in floats, in plans of 16 bits too.
/// Source   generate() of transformers with do_sample: temperature, TopKLogitsWarper, TopPLogitsWarper, then
///          torch.multinomial.
constexpr tensor sample(const tensor& logits, const tensor& seed, const tensor& draw,
    sample_options o = {}, std::source_location where = std::source_location::current()) {
    network& net = network_of(logits);
    const subject who{"sample", {}, where};
    if (!needs_owned(net, who, seed, 2) || !needs_owned(net, who, draw, 3)
        || !needs_values(net, who, logits))
        return logits;
    const int rank = logits.dims.rank, tokens = rank ? logits.dims[rank - 1] : 0;
    if (tokens < 1) {
        net.report(problem_id::shape_rank, who, "logits ", to_text(logits.dims),
            " have no axis of tokens");
        return logits;
    }
    if (!needs_finite(net, who, "the temperature", o.temperature)) return logits;
    if (o.temperature < 0) {
        net.report(problem_id::option_range, who,
            "the temperature is below 0; write 0 for the largest score, or more");
        o.temperature = 1;
    }
    if (o.top_k < 0 || o.top_k > tokens) {
        net.report(problem_id::option_range, who, "top_k ", o.top_k.value, " of ", tokens,
            " tokens; use 0 (all) to ", tokens);
        o.top_k = 0;
    }
    if (!(o.top_p > 0 && o.top_p <= 1)) {
        net.report(problem_id::option_range, who, "top_p is a share: above 0, at most 1");
        o.top_p = 1;
    }
    if (o.temperature == 0) return logits | argmax{.axis = -1, .where = where};
    const auto floats = [&](const tensor& t) {
        net.keep(t, dtype::f32, where);
        return t;
    };
    tensor scores = logits, index;
    const bool sorts = o.top_k > 0 || o.top_p < 1;
    if (sorts) {
        const topk_result largest = o.top_k > 0
            ? logits | topk{.k = o.top_k, .where = where}
            : logits | sort{.axis = -1, .descending = true, .where = where};
        scores = largest.values;
        index = largest.indices;
    }
    if (o.temperature != 1) scores = floats(mul(scores, 1 / o.temperature, where));
    tensor shares = floats(scores | softmax{.axis = -1, .where = where});
    tensor sums = floats(shares | cumsum{-1, {}, where});
    tensor candidates;
    if (o.top_p < 1) {
        // Those before which less than p was reached: the first is always one.
        const tensor is_one = lt(sub(sums, shares, where), o.top_p, where);
        candidates = floats(cast(is_one, dtype::f32, where));
        shares = floats(mul(shares, candidates, where));
        sums = floats(shares | cumsum{-1, {}, where});
    }
    shape one = logits.dims;
    one.at(rank - 1) = 1;
    const tensor all = floats(shares | reduce_sum{-1, keep_dims, where});
    const tensor point = floats(mul(all, floats(random_uniform(seed, draw, one, where)), where));
    // The first token whose sum lies above the point; rounding must not lead behind the last candidate.
    const tensor below = floats(cast(le(sums, point, where), dtype::f32, where));
    tensor place = floats(below | reduce_sum{-1, keep_dims, where});
    if (candidates.net) {
        const tensor last
            = floats(sub(floats(candidates | reduce_sum{-1, keep_dims, where}), 1, where));
        place = floats(min(place, last, where));
    } else {
        place = floats(min(place, static_cast<float>(scores.dims[rank - 1] - 1), where));
    }
    tensor token = cast(place, dtype::i32, where);
    if (sorts) token = gather_elements(index, token, -1, where);
    shape out;
    for (int axis = 0; axis < rank - 1; ++axis) out.push(logits.dims[axis]);
    return reshape_to(token, who, out);
}

/// Scores with those of tokens that occurred made less likely: divided by the penalty above 0, multiplied
/// with it below: `repetition_penalty(logits, tokens, 1.2f)`.
///
/// Shapes   logits NxV, tokens NxL of i32.
/// Units    tokens of V or more are left out: what is not filled yet.
/// Errors   LAM-04 shapes; LAM-08 the penalty is not above 0; LAM-16 tokens are not i32.
/// Source   Keskar et al. 2019, "CTRL"; RepetitionPenaltyLogitsProcessor of transformers.
constexpr tensor repetition_penalty(const tensor& logits, const tensor& tokens, float penalty,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(logits);
    const subject who{"repetition_penalty", {}, where};
    if (!needs_owned(net, who, tokens, 2)) return logits;
    if (!needs_finite(net, who, "the penalty", penalty) || penalty <= 0) {
        net.report(problem_id::option_range, who, "the penalty must be above 0; 1 changes nothing");
        penalty = 1;
    }
    if (logits.dims.rank != 2 || tokens.dims.rank != 2 || tokens.dims.n != logits.dims.n) {
        net.report(problem_id::operands, who, "tokens ", to_text(tokens.dims), " for logits ",
            to_text(logits.dims), "; NxL and NxV are needed");
        return logits;
    }
    const tensor seen = gather_elements(logits, tokens, 1, where);
    const tensor less = lamina::where(
        lt(seen, 0, where), mul(seen, penalty, where), mul(seen, 1 / penalty, where), where);
    return scatter_elements(logits, tokens, less, {.axis = 1}, where);
}

}  // namespace lamina
