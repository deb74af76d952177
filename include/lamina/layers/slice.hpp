// SPDX-License-Identifier: Apache-2.0
// A range of one axis, with a step.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/slice_rule.hpp>

#include <concepts>

namespace lamina {

/// Where a slice begins or stops: an index, or nothing, which is the end of the axis that the step
/// comes from or goes to.
struct slice_end {
    std::int64_t at = 0;
    bool is_given = false;
    constexpr slice_end() = default;
    template <std::integral Int>
        requires(!std::same_as<Int, bool>)
    constexpr slice_end(Int index) : at(static_cast<std::int64_t>(index)), is_given(true) {}
};

struct slice_range {
    slice_end start = {};  ///< the first element, the last one with a negative step
    slice_end stop = {};   ///< one past the last one taken
    whole step = 1;        ///< below 0: backwards
};

/// Elements start, start + step, ... before stop of one axis: `slice{1, {.start = 2, .stop = -1}}`,
/// backwards `slice{1, {.step = -1}}`.
///
/// Shapes   the axis becomes ceil((stop - start) / step), others stay.
/// Units    elements; negative start and stop count from the end, both are cut to the axis.
/// Errors   LAM-08 the step is 0; LAM-11 the axis.
/// Fuses with   what reads it, as index arithmetic where the layout allows.
/// Cost     often none; one copy where the step is negative.
/// Source   x[..., start:stop:step] in NumPy, and in PyTorch where the step is positive; ONNX's
///          Slice.
struct slice {
    subject who;
    whole axis;
    slice_range range;
    constexpr slice(
        whole a, slice_range r, std::source_location where = std::source_location::current())
        : who{"slice", {}, where}, axis(a), range(r) {}
};

constexpr tensor operator|(const tensor& x, const slice& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const int axis = axis_of(net, who, x.dims, layer.axis);
    const std::int64_t extent = x.dims[axis];
    std::int64_t step = layer.range.step;
    if (step == 0) {
        net.report(problem_id::option_range, who,
            "step is 0; write 1 or more, or a negative step to go backwards");
        step = 1;
    }
    // Indices as far as the place before the first element, where a slice backwards stops.
    const std::int64_t low = step < 0 ? -1 : 0, high = step < 0 ? extent - 1 : extent;
    const auto cut = [&](const slice_end& end, std::int64_t otherwise) {
        if (!end.is_given) return otherwise;
        const std::int64_t at = end.at < 0 ? end.at + extent : end.at;
        return at < low ? low : at > high ? high : at;
    };
    const std::int64_t start = cut(layer.range.start, step < 0 ? high : low);
    const std::int64_t stop = cut(layer.range.stop, step < 0 ? low : high);
    const std::int64_t way = step < 0 ? start - stop : stop - start;
    const std::int64_t pace = step < 0 ? -step : step;
    if (way <= 0) return apply_slice(x, who, axis, 0, 0);
    const std::int64_t count = (way - 1) / pace + 1;
    const std::int64_t first = step < 0 ? start - (count - 1) * pace : start;
    const tensor part = apply_slice(x, who, axis, static_cast<int>(first), static_cast<int>(count),
        count == 1 ? 1 : static_cast<int>(pace));
    return step < 0 ? apply_flip(part, who, 1u << axis) : part;
}

}  // namespace lamina
