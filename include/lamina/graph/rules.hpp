// SPDX-License-Identifier: Apache-2.0
// Checks shared by many layers: axes, element types, the origin of a tensor. Each reports its problem and
// returns a value with which building can continue.
#pragma once
#include <lamina/graph/network.hpp>

#include <concepts>
#include <initializer_list>

namespace lamina {

/// Up to six numbers, one per axis or a list of axes: `{0, 2, 3, 1}`. More leave a count of 7, which every
/// check rejects.
struct int_list {
    int at[max_rank] = {};
    int count = 0;

    constexpr int_list() = default;
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr int_list(Number one) : at{whole(one)}, count(1) {}
    constexpr int_list(std::initializer_list<whole> all) {
        for (const whole& one : all) {
            if (count < max_rank) at[count] = one.value;
            if (count <= max_rank) ++count;
        }
    }
};

/// "{0, 2, 3, 1}"
constexpr text<80> to_text(const int_list& list) {
    text<80> out("{");
    for (int i = 0; i < list.count && i < max_rank; ++i)
        out.append(i ? ", " : "").append(list.at[i]);
    return out.append('}');
}

/// For reduce_*: leave a reduced axis in the shape with extent 1.
inline constexpr bool keep_dims = true;

/// A bool without conversion from int: in `reduce_mean{{2, 3}}` the 3 is an axis, not `true`.
struct strict_bool {
    bool value = false;
    constexpr strict_bool() = default;
    template <std::same_as<bool> Bool> constexpr strict_bool(Bool b) : value(b) {}
};

/// An axis, where -1 is the last one. Errors   LAM-11, and 0 is taken.
constexpr int axis_of(network& net, const subject& who, const shape& dims, int axis) {
    const int from_start = axis < 0 ? axis + dims.rank : axis;
    if (from_start >= 0 && from_start < dims.rank) return from_start;
    if (dims.rank == 0) {
        net.report(problem_id::axis_range, who, "axis ", axis,
            " is outside of the input, a scalar, which has none; unsqueeze it first");
        return 0;
    }
    net.report(problem_id::axis_range, who, "axis ", axis, " is outside of input ", to_text(dims),
        "; use ", -dims.rank, " to ", dims.rank - 1);
    return 0;
}

/// A list of axes as bits. Errors   LAM-11 an axis is outside, named twice, or one of more than 6.
constexpr unsigned mask_of(
    network& net, const subject& who, const shape& dims, const int_list& axes) {
    unsigned mask = 0;
    for (int i = 0; i < axes.count && i < max_rank; ++i) {
        const unsigned bit = 1u << axis_of(net, who, dims, axes.at[i]);
        if (mask & bit)
            net.report(problem_id::axis_range, who, "axes ", to_text(axes), " of input ",
                to_text(dims), " name an axis twice; name each once");
        mask |= bit;
    }
    if (axes.count > max_rank)
        net.report(
            problem_id::axis_range, who, "more than 6 axes are named; a tensor has at most 6");
    return mask;
}

/// True if the tensor holds f32 values. Errors   LAM-16 it holds indices or other whole numbers.
constexpr bool needs_values(network& net, const subject& who, const tensor& x) {
    if (x.type == dtype::f32) return true;
    if (x.type == dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "input ", to_text(x.dims),
            " holds i32 indices, f32 values are needed; feed indices to embedding, or cast them");
    else
        net.report(problem_id::dtype_mismatch, who, "input ", to_text(x.dims), " is ",
            to_text(x.type), ", f32 values are needed; write cast(x, dtype::f32)");
    return false;
}

/// True if the tensor holds truth values. Errors   LAM-16.
constexpr bool needs_truths(network& net, const subject& who, const tensor& x) {
    if (x.type == dtype::boolean) return true;
    net.report(problem_id::dtype_mismatch, who, "the condition ", to_text(x.dims), " is ",
        to_text(x.type), ", boolean is needed; compare it (ne(x, 0)), or cast it to boolean");
    return false;
}

/// True if both tensors have one element type. Errors   LAM-16 with both types.
constexpr bool needs_one_type(network& net, const subject& who, const tensor& a, const tensor& b) {
    if (a.type == b.type) return true;
    net.report(problem_id::dtype_mismatch, who, "operands ", to_text(a.dims), " (",
        maker_text(net, a, who), ") and ", to_text(b.dims), " (", maker_text(net, b, who), ") are ",
        to_text(a.type), " and ", to_text(b.type), "; cast one to the other's type");
    return false;
}

/// True if an operand belongs to the network of the others. Errors   LAM-17.
constexpr bool needs_owned(network& net, const subject& who, const tensor& x, int position) {
    if (net.owns(x)) return true;
    net.report(problem_id::foreign_tensor, who, "operand ", position,
        " is not a tensor of this network; pass one that input() or a layer of this define "
        "made");
    return false;
}

/// True if a number is finite. Errors   LAM-08 NaN or infinity.
constexpr bool needs_finite(network& net, const subject& who, const char* what, double value) {
    if (value >= -3.4028234663852886e38 && value <= 3.4028234663852886e38) return true;
    net.report(problem_id::option_range, who, what,
        " is not a finite 32-bit number; write one within 3.4e38");
    return false;
}

/// Checks a convolution's channels; wrong values become 1, so that building can continue.
/// Errors   LAM-08 out or groups below 1; LAM-03 groups do not divide the channels.
constexpr void settle_channels(
    network& net, const subject& who, int in, whole& out, whole& groups) {
    if (out < 1 || groups < 1) {
        net.report(problem_id::option_range, who, "out ", out, ", groups ", groups,
            "; both must be at least 1 (write .out = channels)");
        out = groups = 1;
    }
    if (in % groups || out % groups) {
        net.report(problem_id::channels, who, "groups ", groups, " do not divide input channels ",
            in, " and output channels ", out, "; check groups and out");
        groups = 1;
    }
}

/// An extent computed with 64 bits, clamped to int; add() rejects what is too large.
constexpr int to_extent(std::int64_t value) {
    constexpr std::int64_t most = 2147483647;
    return static_cast<int>(value > most ? most : value < -most ? -most : value);
}

/// The number of elements, clamped to 2^62 so that no extents (of a user's reshape) overflow.
constexpr std::int64_t saturated_count(const shape& dims) {
    std::int64_t count = 1;
    for (int axis = 0; axis < dims.rank; ++axis) {
        const std::int64_t extent = dims[axis] < 0 ? 0 : dims[axis];
        count = extent && count > (std::int64_t{1} << 62) / extent ? std::int64_t{1} << 62
                                                                   : count * extent;
    }
    return count;
}

/// True if a tensor is a map of image features: made by a convolution, pool or resize, possibly followed by
/// ops that keep the axes. linear rejects it, and softmax{} uses its axis 1.
constexpr bool is_feature_map(const network& net, const tensor& x) {
    if (x.dims.rank != 4 || !net.owns(x)) return false;
    for (int id = x.id;;) {
        const node& made = net.nodes[static_cast<std::size_t>(id)];
        if (is_spatial(made.kind)) return true;
        if (!traits_of(made).keeps_features) return false;
        int next = made.inputs[0];
        if (made.inputs.size() > 1
            && net.nodes[static_cast<std::size_t>(next)].dims.rank < 4)  // scale * image
            next = made.inputs[1];
        id = next;
    }
}

}  // namespace lamina
