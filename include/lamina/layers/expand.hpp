// SPDX-License-Identifier: Apache-2.0
// Elements again and again: expand, tile, repeat_interleave, stack.
// Shapes   any element type. Cost   one copy of the output's size; functions of two values broadcast
// without it.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/concat_rule.hpp>

namespace lamina {

/// Stretches extents of 1, and adds axes before the first: `expand{{2, 8, -1}}`. -1 leaves an extent.
///
/// Shapes   aligned at the end.
/// Errors   LAM-04 an extent that is not 1 would change.
/// Source   torch.Tensor.expand. Differs: it is a copy.
struct expand {
    subject who;
    shape dims;
    constexpr expand(shape d, std::source_location where = std::source_location::current())
        : who{"expand", {}, where}, dims(d) {}
};
constexpr tensor operator|(const tensor& x, const expand& layer) {
    network& net = network_of(x);
    shape own, out = layer.dims;
    const int before = out.rank - x.dims.rank;
    bool fits = before >= 0 && out.rank <= max_rank;
    for (int axis = 0; axis < out.rank && fits; ++axis) {
        own.push(axis < before ? 1 : x.dims[axis - before]);
        if (out[axis] == -1 && axis >= before) out.at(axis) = own[axis];
        fits = out[axis] >= 0 && (own[axis] == 1 || own[axis] == out[axis]);
    }
    if (!fits) {
        net.report(problem_id::operands, layer.who, "input ", to_text(x.dims),
            " does not stretch to ", to_text(layer.dims),
            "; only extents of 1 do, -1 leaves one as it is");
        return x;
    }
    return apply_wrap(reshape_to(x, layer.who, own), layer.who, {}, out);
}

/// The whole tensor several times along each axis: `tile{{2, 1, 3}}`.
///
/// Shapes   counts are aligned at the end, those left out are 1; more counts than axes add axes before.
/// Errors   LAM-01 more than six; LAM-08 a count below 1.
/// Source   torch.tile; torch.Tensor.repeat; ONNX Tile.
struct tile {
    subject who;
    int_list counts;
    constexpr tile(int_list c, std::source_location where = std::source_location::current())
        : who{"tile", {}, where}, counts(c) {}
};
constexpr tensor operator|(const tensor& x, const tile& layer) {
    network& net = network_of(x);
    const int given = layer.counts.count, rank = x.dims.rank;
    if (given > max_rank) {
        net.report(problem_id::shape_rank, layer.who,
            "has more than 6 counts; a tensor has at most 6 axes");
        return x;
    }
    shape own, out;
    for (int axis = 0; axis < (given > rank ? given : rank); ++axis) {
        const int before = given - rank, missing = rank - given;
        own.push(axis < before ? 1 : x.dims[before > 0 ? axis - before : axis]);
        const int count = axis < missing ? 1 : layer.counts.at[missing > 0 ? axis - missing : axis];
        if (count < 1) {
            net.report(problem_id::option_range, layer.who, "counts ", to_text(layer.counts),
                " for input ", to_text(x.dims), "; each is at least 1");
            return x;
        }
        out.push(to_extent(std::int64_t{own[axis]} * count));
    }
    return apply_wrap(reshape_to(x, layer.who, own), layer.who, {}, out);
}

/// Another name of tile, PyTorch's for a count for each axis.
using repeat = tile;

/// Each element of an axis several times in a row: `repeat_interleave{4, 1}`, the heads of
/// grouped queries.
///
/// Shapes   the axis becomes count times as long.
/// Errors   LAM-01 six axes; LAM-08 a count below 1; LAM-11 the axis.
/// Source   torch.repeat_interleave.
struct repeat_interleave {
    subject who;
    whole count, axis;
    constexpr repeat_interleave(
        whole c, whole a, std::source_location where = std::source_location::current())
        : who{"repeat_interleave", {}, where}, count(c), axis(a) {}
};
constexpr tensor operator|(const tensor& x, const repeat_interleave& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const int axis = axis_of(net, who, x.dims, layer.axis);
    if (layer.count < 1) {
        net.report(problem_id::option_range, who, "count ", layer.count, "; write at least 1");
        return x;
    }
    if (x.dims.rank >= max_rank) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims),
            " has 6 axes; the limit is 5, reshape into fewer");
        return x;
    }
    if (!x.dims.rank) return x;
    const shape apart = with_axis(x.dims, axis + 1);
    shape wide = apart, out = x.dims;
    wide.at(axis + 1) = layer.count;
    out.at(axis) = to_extent(std::int64_t{x.dims[axis]} * layer.count);
    const tensor both = apply_wrap(reshape_to(x, who, apart), who, {}, wide);
    return both.dims == wide ? reshape_to(both, who, out) : x;
}

/// Tensors of one shape side by side along a new axis: `stack({a, b, c})`, `stack({a, b}, -1)`.
///
/// Errors   LAM-01 six axes; LAM-09 shapes differ; LAM-11 the axis; LAM-16 element types differ; LAM-17.
/// Source   torch.stack.
constexpr tensor stack(const std::vector<tensor>& parts, whole axis = 0,
    std::source_location where = std::source_location::current()) {
    const subject who{"stack", {}, where};
    std::vector<tensor> all;
    for (const tensor& part : parts) {
        network& net = network_of(part);
        const int rank = part.dims.rank, at = axis < 0 ? axis + rank + 1 : axis.value;
        if (rank >= max_rank)
            net.report(problem_id::shape_rank, who, "operand ", to_text(part.dims),
                " has 6 axes; the limit is 5, reshape into fewer");
        else if (at < 0 || at > rank)
            net.report(problem_id::axis_range, who, "axis ", axis, " cannot be added to operand ",
                to_text(part.dims), "; use ", -rank - 1, " to ", rank);
        if (rank >= max_rank || at < 0 || at > rank) return part;
        all.push_back(reshape_to(part, who, with_axis(part.dims, at)));
    }
    const int rank = all.empty() ? 1 : all[0].dims.rank;
    return apply_concat(all.data(), all.size(), axis < 0 ? axis + rank : axis.value, who);
}
constexpr tensor stack(std::initializer_list<tensor> parts, whole axis = 0,
    std::source_location where = std::source_location::current()) {
    return stack(std::vector<tensor>(parts), axis, where);
}

}  // namespace lamina
