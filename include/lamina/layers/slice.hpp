// SPDX-License-Identifier: Apache-2.0
// A range of one axis, with a step.
#pragma once
#include <lamina/graph/slice_rule.hpp>

namespace lamina {

struct slice_range {
    int start = 0;
    int stop = 2147483647;  ///< behind the last one; the end unless said
    int step = 1;
};

/// Elements start, start + step, ... below stop of one axis: `slice{1, {.start = 2, .stop = -1}}`.
///
/// Shapes   the axis becomes ceil((stop - start) / step), others stay.
/// Units    elements; negative start and stop count from the end, both are cut to the axis.
/// Errors   LAM-08 the step is below 1 or nothing is left; LAM-11 the axis.
/// Fuses with   what reads it, as index arithmetic where the layout allows.
/// Cost     often none.
/// Source   x[..., start:stop:step] in PyTorch and NumPy. Differs: an empty result is an error.
struct slice {
    subject who;
    int axis;
    slice_range range;
    constexpr slice(
        int a, slice_range r, std::source_location where = std::source_location::current())
        : who{"slice", {}, where}, axis(a), range(r) {}
};

constexpr tensor operator|(const tensor& x, const slice& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const int axis = axis_of(net, who, x.dims, layer.axis);
    const int extent = x.dims[axis];
    const auto cut = [extent](int at) {
        at = at < 0 ? at + extent : at;
        return at < 0 ? 0 : at > extent ? extent : at;
    };
    int step = layer.range.step;
    if (step < 1) {
        net.report(problem_id::option_range, who, "step ", step,
            " is not at least 1; reversing is not possible");
        step = 1;
    }
    const int first = cut(layer.range.start);
    const int stop = cut(layer.range.stop);
    if (stop <= first) {
        net.report(problem_id::option_range, who, "range ", layer.range.start, " to ",
            layer.range.stop, " takes nothing of axis ", axis, " of input ", to_text(x.dims),
            "; check start and stop");
        return x;
    }
    return apply_slice(x, who, axis, first, (stop - first - 1) / step + 1, step);
}

}  // namespace lamina
