// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention as one layer.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/concat_rule.hpp>
#include <lamina/graph/constant_math.hpp>

namespace lamina {

struct attention_options {
    bool causal = false;  ///< query i sees keys up to its own place, position + i
    float scale = 0;      ///< 0: 1 / sqrt(D)
    /// f32: added to the scores, float in fp16 plans too; boolean: keys that are seen. Broadcasts to ...xLxS.
    tensor mask = {};
    tensor position = {};  ///< i32: the first query's place among the keys; none: 0
    tensor length = {};    ///< i32: keys from this index on are not seen; none: S
    whole window_left = -1, window_right = -1;  ///< keys before and behind that are seen; -1: all
    bool enable_gqa = false;                    ///< k and v may have fewer heads than q
};

/// A mask for queries whose heads were merged into rows: the rows of `heads` heads of k, each with those
/// of `group` heads of q, one behind the other.
constexpr tensor merge_mask(
    const tensor& mask, const subject& who, const shape& q, int heads, int group) {
    const int rank = q.rank, rows = q[rank - 2];
    shape full;
    for (int axis = 0; axis < rank; ++axis) {
        const int own = axis - (rank - mask.dims.rank);
        full.push(own < 0 ? 1 : mask.dims[own]);
    }
    const tensor seen = reshape_to(mask, who, full);
    const bool by_head = full[rank - 3] > 1, by_row = full[rank - 2] > 1;
    if (!by_head && !by_row) return seen;
    // [..., heads or 1, group, rows, keys or 1]
    shape parts, merged;
    for (int axis = 0; axis < rank - 3; ++axis) parts.push(full[axis]), merged.push(full[axis]);
    parts.push(by_head ? heads : 1).push(by_head ? group : 1).push(full[rank - 2]);
    merged.push(by_head ? heads : 1).push(group * rows);
    parts.push(full[rank - 1]);
    merged.push(full[rank - 1]);
    if (parts.rank > max_rank) return seen;  // reported by the caller
    tensor apart = reshape_to(seen, who, parts);
    const auto again = [&](int times, int axis) {
        const std::vector<tensor> copies(static_cast<std::size_t>(times), apart);
        return apply_concat(copies.data(), copies.size(), axis, who);
    };
    const int at = rank - 3;
    if (!by_head && group > 1) apart = again(group, at + 1);
    if (!by_row && rows > 1) apart = again(rows, at + 2);
    return reshape_to(apart, who, merged);
}

/// One of attention's inputs of whole numbers. Errors   LAM-04 neither one number nor one each; LAM-16.
constexpr void add_place(network& net, const subject& who, const char* what, const tensor& x,
    attention_input which, node& to) {
    if (!x.net || !needs_owned(net, who, x, 5)) return;
    if (x.type != dtype::i32) {
        net.report(problem_id::dtype_mismatch, who, what, " ", to_text(x.dims), " is ",
            to_text(x.type), ", i32 is needed; declare the input with dtype::i32");
        return;
    }
    const bool is_each = x.dims.rank == 1 && to.dims.rank > 2 && x.dims.n == to.dims.n;
    if (x.dims.count() != 1 && !is_each) {
        net.report(problem_id::operands, who, what, " ", to_text(x.dims),
            " is for queries of result ", to_text(to.dims),
            "; it is one number, or one for each index of axis 0");
        return;
    }
    to.attr.mask |= which;
    to.inputs.push_back(x.dims.rank ? x.id : reshape_to(x, who, {1}).id);
}

/// 0 where a key is seen and -infinity where it is not.
constexpr tensor add_of_truths(const tensor& seen, const subject& who) {
    network& net = network_of(seen);
    return make_binary(
        net.constant({0.f}, who.where), apply_truth(seen, who, function::logical_not), who,
        function::masked_fill, dtype::f32, [](network&) {}, -__builtin_inff());
}

/// softmax(q k^T scale + mask) v. A query that sees no key, or whose keys are all masked with -infinity,
/// gets 0 (softmax of such a row, written by hand, is NaN); all masked with the same finite number, the
/// mean of v.
///
/// With keys and values in states, position and length say where the queries stand in them:
/// `attention(q, k, v, {.causal = true, .position = at})` sees what was put there up to each query. A
/// sliding window of W keys is `.causal = true, .window_left = W - 1`.
///
/// Shapes   q ...xHxLxD, k ...xSxD, v ...xSxE -> ...xLxE, leading axes equal (batch, heads); with
///          enable_gqa q has a multiple of the heads of k and v, and each of these serves q's in turn.
///          position, length: one number, or one for each index of axis 0.
/// Units    numbers of position and length outside of 0 ... S count as the nearest of these.
/// Errors   LAM-01 ranks; LAM-04 shapes; LAM-08 scale, windows; LAM-16 types; LAM-17 a tensor of
///          another network.
/// Cost     keys that no query of a work-item sees are not read. With position, length, windows or
///          grouped causal queries GPUs take the kernel without tiles.
/// Source   torch.nn.functional.scaled_dot_product_attention (before 2.5 it gave NaN where all is
///          masked), window_size of flash_attn. Differs: leading axes of q, k, v do not
///          broadcast; there is no dropout.
constexpr tensor attention(const tensor& q, const tensor& k, const tensor& v,
    attention_options o = {}, std::source_location where = std::source_location::current()) {
    network& net = network_of(q);
    const subject who{"attention", {}, where};
    if (!needs_owned(net, who, k, 2) || !needs_owned(net, who, v, 3)) return q;
    const int rank = q.dims.rank;
    if (rank < 2 || k.dims.rank != rank || v.dims.rank != rank) {
        net.report(problem_id::shape_rank, who, "q ", to_text(q.dims), " (",
            maker_text(net, q, who), "), k ", to_text(k.dims), " (", maker_text(net, k, who),
            "), v ", to_text(v.dims), " (", maker_text(net, v, who),
            "); all need the same 2 or more axes");
        return q;
    }
    if (needs_values(net, who, q) && needs_values(net, who, k)) needs_values(net, who, v);
    bool fits = q.dims[rank - 1] == k.dims[rank - 1] && k.dims[rank - 2] == v.dims[rank - 2];
    int group = 1;
    for (int axis = 0; axis < rank - 2; ++axis) {
        const int heads = k.dims[axis];
        if (o.enable_gqa && axis == rank - 3 && heads && q.dims[axis] % heads == 0)
            group = q.dims[axis] / heads;
        fits = fits && q.dims[axis] == heads * group && heads == v.dims[axis];
    }
    if (!fits) {
        net.report(problem_id::operands, who, "q ", to_text(q.dims), " (", maker_text(net, q, who),
            "), k ", to_text(k.dims), " (", maker_text(net, k, who), "), v ", to_text(v.dims), " (",
            maker_text(net, v, who), ") do not match; they are ...xLxD, ...xSxD, ...xSxE with ",
            o.enable_gqa ? "equal leading axes, q with a multiple of the heads of k and v"
                         : "equal leading axes (.enable_gqa for fewer heads of k and v)");
        return q;
    }
    for (const int keys : {o.window_left.value, o.window_right.value})
        if (keys < -1)
            net.report(problem_id::option_range, who, "a window of ", keys,
                " keys; write 0 or more, or -1 for all");
    node made;
    made.kind = op::attention;
    made.dims = q.dims;
    made.dims.at(rank - 1) = v.dims[rank - 1];
    const shape result = made.dims;
    const bool merges = group > 1 && q.dims[rank - 2] > 0;
    shape rows = q.dims;
    if (merges) {
        rows.at(rank - 3) = k.dims[rank - 3];
        rows.at(rank - 2) = group * q.dims[rank - 2];
        made.dims.at(rank - 3) = rows[rank - 3];
        made.dims.at(rank - 2) = rows[rank - 2];
        made.attr.groups = group;
    }
    made.attr.reach[0] = o.window_left < 0 ? -1 : o.window_left.value;
    made.attr.reach[1] = o.causal ? 0 : o.window_right < 0 ? -1 : o.window_right.value;
    const int width = q.dims[rank - 1];  // 0 is refused below
    made.attr.scalars[0] = needs_finite(net, who, "scale", o.scale) && o.scale != 0
        ? o.scale
        : static_cast<float>(1 / square_root(width ? width : 1));
    tensor mask = o.mask;
    if (mask.net) {
        shape scores = q.dims, reached;
        scores.at(rank - 1) = k.dims[rank - 2];
        if (!needs_owned(net, who, mask, 4)) return net.add(who, made);
        if (mask.type == dtype::boolean)
            mask = add_of_truths(mask, who);
        else
            needs_values(net, who, mask);
        if (!broadcast(scores, mask.dims, reached) || !(reached == scores)) {
            net.report(problem_id::operands, who, "mask ", to_text(mask.dims), " (",
                maker_text(net, mask, who), ") does not broadcast to the scores ", to_text(scores),
                "; check its last two axes (queries, keys)");
            mask = {};
        } else if (merges && rank == max_rank && mask.dims.rank > 1) {
            net.report(problem_id::shape_rank, who, "q ", to_text(q.dims),
                " has 6 axes, with a mask and fewer heads of k at most 5; reshape into fewer");
            mask = {};
        } else {
            if (mask.dims.rank == 0) mask = reshape_to(mask, who, {1});
            if (merges) mask = merge_mask(mask, who, q.dims, k.dims[rank - 3], group);
        }
    }
    made.inputs = {merges ? reshape_to(q, who, rows).id : q.id, k.id, v.id};
    if (mask.net) {
        made.inputs.push_back(mask.id);
        made.attr.mask = with_mask;
    }
    add_place(net, who, "position", o.position, with_position, made);
    add_place(net, who, "length", o.length, with_length, made);
    const bool has_keys = k.dims[rank - 2] || !q.dims[rank - 1];
    const tensor out = has_keys ? net.add(who, made) : fill(net, who, made, 0);
    return reshape_to(out, who, result);
}

}  // namespace lamina
