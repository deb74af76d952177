// SPDX-License-Identifier: Apache-2.0
// The same elements under another shape: reshape, flatten, squeeze, unsqueeze.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// Another shape for the same elements in row-major order: `reshape{{1, -1, 4}}`.
///
/// Shapes   as given; one extent may be -1 and follows from the others. `reshape{{}}` is a scalar.
/// Errors   LAM-08 an extent is negative, two are -1, or one is beside a 0; LAM-10 the number of elements
///          would change.
/// Fuses with   its neighbours, as index arithmetic where the layout allows.
/// Cost     often none.
/// Source   torch.reshape.
struct reshape {
    subject who;
    shape dims;
    constexpr reshape(shape d, std::source_location where = std::source_location::current())
        : who{"reshape", {}, where}, dims(d) {}
};

constexpr tensor operator|(const tensor& x, const reshape& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    shape out = layer.dims;
    if (out.rank > max_rank) {
        net.report(
            problem_id::shape_rank, who, "more than 6 extents are given; a tensor has at most 6");
        return x;
    }
    int open = -1;
    for (int axis = 0; axis < out.rank; ++axis) {
        if (out[axis] < -1 || (out[axis] == -1 && open >= 0)) {
            net.report(problem_id::option_range, who, "extents ", to_text(layer.dims),
                ": each must be at least 0, one of them may be -1");
            return x;
        }
        if (out[axis] == -1) {
            open = axis;
            out.at(axis) = 1;
        }
    }
    const std::int64_t have = x.dims.count();
    const std::int64_t want = saturated_count(out);
    if (open >= 0 && want == 0) {
        net.report(problem_id::option_range, who, "extents ", to_text(layer.dims),
            ": with an extent of 0, -1 could be any number; write it");
        return x;
    }
    if (open >= 0 ? have % want != 0 : have != want) {
        net.report(problem_id::element_count, who, "input ", to_text(x.dims), " has ", have,
            " elements, ", to_text(layer.dims), " needs ", open >= 0 ? "a multiple of " : "", want,
            "; check the extents");
        return x;
    }
    if (open >= 0) out.at(open) = to_extent(have / want);
    return reshape_to(x, who, out);
}

/// Joins axes start to end into one: `flatten{}` makes NxF.
///
/// Shapes   axes start ... end become one with all their elements; others stay. A scalar becomes 1.
/// Errors   LAM-11 an axis is outside, or start is after end.
/// Cost     often none.
/// Source   torch.flatten. Differs: start is 1 unless said, as in torch.nn.Flatten.
struct flatten {
    subject who;
    whole start, end;
    constexpr flatten(
        whole s = 1, whole e = -1, std::source_location where = std::source_location::current())
        : who{"flatten", {}, where}, start(s), end(e) {}
};

constexpr tensor operator|(const tensor& x, const flatten& layer) {
    network& net = network_of(x);
    if (x.dims.rank == 1 && layer.start == 1 && layer.end == -1) return x;
    if (x.dims.rank == 0) return reshape_to(x, layer.who, {1});
    const int start = axis_of(net, layer.who, x.dims, layer.start);
    const int end = axis_of(net, layer.who, x.dims, layer.end);
    if (start > end) {
        net.report(problem_id::axis_range, layer.who, "start axis ", start, " is after end axis ",
            end, " of input ", to_text(x.dims), "; swap them");
        return x;
    }
    shape out;
    std::int64_t joined = 1;
    for (int axis = 0; axis < x.dims.rank; ++axis) {
        if (axis >= start && axis <= end) joined *= x.dims[axis];
        if (axis == end)
            out.push(to_extent(joined));
        else if (axis < start || axis > end)
            out.push(x.dims[axis]);
    }
    return reshape_to(x, layer.who, out);
}

/// Removes axes of extent 1: all of them, or the one given.
///
/// Errors   LAM-08 the axis has another extent; LAM-11 the axis.
/// Cost     often none.
/// Source   torch.squeeze. Differs: an axis that is not 1 is an error, PyTorch does nothing then.
struct squeeze {
    subject who;
    whole axis = 0;
    bool all = true;
    constexpr squeeze(std::source_location where = std::source_location::current())
        : who{"squeeze", {}, where} {}
    constexpr squeeze(whole a, std::source_location where = std::source_location::current())
        : who{"squeeze", {}, where}, axis(a), all(false) {}
};

constexpr tensor operator|(const tensor& x, const squeeze& layer) {
    network& net = network_of(x);
    const int only = layer.all ? -1 : axis_of(net, layer.who, x.dims, layer.axis);
    if (only >= 0 && x.dims[only] != 1) {
        net.report(problem_id::option_range, layer.who, "axis ", layer.axis, " of input ",
            to_text(x.dims), " has extent ", x.dims[only], "; only an extent of 1 can be removed");
        return x;
    }
    shape out;
    for (int axis = 0; axis < x.dims.rank; ++axis)
        if (layer.all ? x.dims[axis] != 1 : axis != only) out.push(x.dims[axis]);
    return reshape_to(x, layer.who, out);
}

/// Adds an axis of extent 1 before the given one (-1: at the end).
///
/// Errors   LAM-01 the tensor has 6 axes; LAM-11 the axis.
/// Cost     often none.
/// Source   torch.unsqueeze.
struct unsqueeze {
    subject who;
    whole axis;
    constexpr unsqueeze(whole a, std::source_location where = std::source_location::current())
        : who{"unsqueeze", {}, where}, axis(a) {}
};

constexpr tensor operator|(const tensor& x, const unsqueeze& layer) {
    network& net = network_of(x);
    const int rank = x.dims.rank;
    const int at = layer.axis < 0 ? layer.axis + rank + 1 : layer.axis.value;
    if (at < 0 || at > rank) {
        net.report(problem_id::axis_range, layer.who, "axis ", layer.axis,
            " cannot be added to input ", to_text(x.dims), "; use ", -rank - 1, " to ", rank);
        return x;
    }
    if (rank >= max_rank) {
        net.report(problem_id::shape_rank, layer.who, "input ", to_text(x.dims),
            " has 6 axes; the limit is 6, reshape into fewer");
        return x;
    }
    return reshape_to(x, layer.who, with_axis(x.dims, at));
}

}  // namespace lamina
