// SPDX-License-Identifier: Apache-2.0
// Elements of one tensor or another: where, masked_fill.
// Shapes   NumPy's rule: aligned at the end, extents of 1 stretch. Errors   LAM-04, LAM-08, LAM-16,
// LAM-17. Fuses with   pointwise ops around it. Source   torch.where, torch.Tensor.masked_fill. Differs:
// the tensors have one element type; PyTorch converts.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// x, but `number` where the mask holds: `masked_fill(scores, mask, -1e9f)`. A number may be infinite.
/// Errors   LAM-08 the number is NaN, or x is of whole numbers and it is none; LAM-16 the mask is not
///          boolean.
constexpr tensor masked_fill(const tensor& x, const tensor& mask, float number,
    std::source_location where = std::source_location::current()) {
    const subject who{"masked_fill", {}, where};
    const bool is_small = number > -2147483648.0f && number < 2147483648.0f;
    const bool is_held = number == number
        && (!is_integer(x.type)
            || (is_small && number == static_cast<float>(static_cast<int>(number))));
    return make_binary(
        x, mask, who, function::masked_fill, x.type,
        [&](network& net) {
            needs_truths(net, who, mask);
            if (!is_held)
                net.report(problem_id::option_range, who, "fills ", to_text(x.type),
                    " with a number that this type does not hold; use one that it holds");
        },
        is_held ? number : 0);
}

/// a where the condition holds, b elsewhere.
/// Errors   LAM-16 the condition is not boolean, or a and b are of different types.
constexpr tensor where(const tensor& condition, const tensor& a, const tensor& b,
    std::source_location at = std::source_location::current()) {
    const subject who{"where", {}, at};
    network& net = network_of(condition);
    if (!needs_owned(net, who, a, 2) || !needs_owned(net, who, b, 3)) return condition;
    node made;
    settle_broadcast(net, who, a, b, made.dims);
    tensor both = a;  // for the message only
    both.dims = made.dims;
    settle_broadcast(net, who, both, condition, made.dims);
    needs_truths(net, who, condition);
    needs_one_type(net, who, a, b);
    made.kind = op::where;
    made.type = a.type;
    made.inputs = {condition.id, a.id, b.id};
    return net.add(who, made);
}
constexpr tensor where(const tensor& condition, float number, const tensor& b,
    std::source_location at = std::source_location::current()) {
    return masked_fill(b, condition, number, at);
}
constexpr tensor where(const tensor& condition, const tensor& a, float number,
    std::source_location at = std::source_location::current()) {
    network& net = network_of(condition);
    const subject who{"where", {}, at};
    needs_truths(net, who, condition);
    return masked_fill(a, apply_truth(condition, who, function::logical_not), number, at);
}

}  // namespace lamina
