// SPDX-License-Identifier: Apache-2.0
// Makers of the nodes that more than one layer lowers to: pointwise, binary, reshape, permute.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// A tensor and its source line, made by the conversion of an operator's left operand: an operator itself
/// cannot have a default argument.
struct located {
    tensor x;
    std::source_location where;
    constexpr located(const tensor& t, std::source_location w = std::source_location::current())
        : x(t), where(w) {}
};

/// A node of a function of one value; a and b are its scalars, `type` is its output's.
constexpr tensor make_function(const tensor& x, const subject& who, function kind, float a = 0,
    float b = 0, dtype type = dtype::f32) {
    node made;
    made.kind = op::pointwise;
    made.type = type;
    made.dims = x.dims;
    made.inputs = {x.id};
    made.attr.kind = static_cast<int>(kind);
    made.attr.scalars[0] = a;
    made.attr.scalars[1] = b;
    return network_of(x).add(who, made);
}

/// Replaces a node that would run over no elements: every element of its output is that number.
constexpr tensor fill(network& net, const subject& who, const node& over_nothing, float value) {
    node made;
    made.kind = op::fill;
    made.type = over_nothing.type;
    made.dims = over_nothing.dims;
    made.inputs = over_nothing.inputs;
    made.attr.scalars[0] = value;
    return net.add(who, made);
}

/// Applies a function of one value to every element; a and b are its scalars.
/// Errors   LAM-08 a scalar is not finite; LAM-16 the tensor holds indices.
constexpr tensor apply_function(
    const tensor& x, const subject& who, function kind, float a = 0, float b = 0) {
    network& net = network_of(x);
    needs_values(net, who, x);
    if (!needs_finite(net, who, "an argument", a) || !needs_finite(net, who, "an argument", b))
        a = b = 1;
    return make_function(x, who, kind, a, b);
}

/// NumPy's rule: shapes are aligned at the end, an extent of 1 stretches. The last `left_out` axes
/// are not looked at (matmul's two). False if the shapes do not broadcast.
constexpr bool broadcast(const shape& a, const shape& b, shape& out, int left_out = 0) {
    const int rank = a.rank > b.rank ? a.rank : b.rank;
    bool fits = true;
    out = {};
    for (int i = 0; i < rank - left_out; ++i) {
        const int x = i < rank - a.rank ? 1 : a[i - (rank - a.rank)];
        const int y = i < rank - b.rank ? 1 : b[i - (rank - b.rank)];
        fits = fits && (x == y || x == 1 || y == 1);
        out.push(x == 1 ? y : x);
    }
    return fits;
}

/// The broadcast shape of two operands. Errors   LAM-04 with both shapes; it is that of `a` then.
constexpr void settle_broadcast(
    network& net, const subject& who, const tensor& a, const tensor& b, shape& out) {
    if (broadcast(a.dims, b.dims, out)) return;
    net.report(problem_id::operands, who, "operands ", to_text(a.dims), " (",
        maker_text(net, a, who), ") and ", to_text(b.dims), " (", maker_text(net, b, who),
        ") do not broadcast; check stride and channel count of each branch");
    out = a.dims;
}

/// A node of a function of two values, broadcast; a number is its scalar, `type` is its output's. `types`
/// checks the operands' element types.
/// Errors   LAM-04 with both shapes; LAM-17 a tensor of another network; those of `types`.
template <class Types>
constexpr tensor make_binary(const tensor& a, const tensor& b, const subject& who, function kind,
    dtype type, const Types& types, float number = 0) {
    network& net = network_of(a);
    if (!needs_owned(net, who, b, 2)) return a;
    node made;
    settle_broadcast(net, who, a, b, made.dims);
    types(net);
    made.kind = op::binary;
    made.type = type;
    made.inputs = {a.id, b.id};
    made.attr.kind = static_cast<int>(kind);
    made.attr.scalars[0] = number;
    return net.add(who, made);
}

/// Applies a function of two values, broadcast.
/// Errors   LAM-04 with both shapes; LAM-16 indices; LAM-17 a tensor of another network.
constexpr tensor apply_binary(const tensor& a, const tensor& b, const subject& who, function kind) {
    return make_binary(a, b, who, kind, dtype::f32, [&](network& net) {
        if (needs_values(net, who, a)) needs_values(net, who, b);
    });
}

/// Applies a function of two values of any one element type, broadcast, whose output is boolean.
/// Errors   LAM-04 with both shapes; LAM-16 the types differ; LAM-17 a tensor of another network.
constexpr tensor apply_truth(const tensor& a, const tensor& b, const subject& who, function kind) {
    return make_binary(
        a, b, who, kind, dtype::boolean, [&](network& net) { needs_one_type(net, who, a, b); });
}
/// The same of one value of any element type and a number.
constexpr tensor apply_truth(const tensor& x, const subject& who, function kind, float number = 0) {
    return make_function(x, who, kind, number, 0, dtype::boolean);
}

/// The same elements under another shape of the same count (the caller has checked).
constexpr tensor reshape_to(const tensor& x, const subject& who, const shape& dims) {
    if (dims == x.dims) return x;
    node made;
    made.kind = op::reshape;
    made.type = x.type;
    made.dims = dims;
    made.inputs = {x.id};
    return network_of(x).add(who, made);
}

/// A shape with one more axis, of extent 1, before axis `at`, or behind the last (the caller has checked).
constexpr shape with_axis(const shape& dims, int at) {
    shape out;
    for (int axis = 0; axis <= dims.rank; ++axis) {
        if (axis == at) out.push(1);
        if (axis < dims.rank) out.push(dims[axis]);
    }
    return out;
}

/// Axes in another order (a permutation; the caller has checked).
constexpr tensor permute_to(const tensor& x, const subject& who, const int_list& order) {
    node made;
    made.kind = op::permute;
    made.type = x.type;
    made.inputs = {x.id};
    for (int axis = 0; axis < order.count; ++axis) {
        made.attr.order[axis] = order.at[axis];
        made.dims.push(x.dims[order.at[axis]]);
    }
    return network_of(x).add(who, made);
}

/// The axes in mask in reverse order (the caller has checked).
constexpr tensor apply_flip(const tensor& x, const subject& who, unsigned mask) {
    for (int axis = 0; axis < x.dims.rank; ++axis)
        if (x.dims[axis] == 1) mask &= ~(1u << axis);
    if (!mask) return x;
    node made;
    made.kind = op::flip;
    made.type = x.type;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.attr.mask = mask;
    return network_of(x).add(who, made);
}

/// out[i] = x[(starts + i) mod the extent], of the shape `dims` (the caller has checked).
constexpr tensor apply_wrap(
    const tensor& x, const subject& who, const int (&starts)[max_rank], const shape& dims) {
    bool moves = false;
    for (const int start : starts) moves = moves || start;
    if (dims == x.dims && !moves) return x;
    node made;
    made.kind = saturated_count(dims) > 1073741824 ? op::fill : op::wrap;  // add() reports it
    made.type = x.type;
    made.inputs = {x.id};
    made.dims = dims;
    for (int axis = 0; axis < max_rank; ++axis) made.attr.starts[axis] = starts[axis];
    return network_of(x).add(who, made);
}

}  // namespace lamina
