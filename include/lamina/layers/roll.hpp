// SPDX-License-Identifier: Apache-2.0
// Axes turned around.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// Moves elements along axes, those beyond the end to the beginning: `roll{{-3, -3}, {1, 2}}`, the shifted
/// windows of Swin.
///
/// Shapes   any, any element type; same shape out. One shift for each axis.
/// Units    elements; below 0 towards the beginning.
/// Errors   LAM-08 as many shifts as axes are needed; LAM-11 an axis is outside or named twice.
/// Cost     one copy.
/// Source   torch.roll. Differs: axes must be written.
struct roll {
    subject who;
    int_list shifts, axes;
    constexpr roll(
        int_list s, int_list a, std::source_location where = std::source_location::current())
        : who{"roll", {}, where}, shifts(s), axes(a) {}
};

constexpr tensor operator|(const tensor& x, const roll& layer) {
    network& net = network_of(x);
    mask_of(net, layer.who, x.dims, layer.axes);
    if (layer.shifts.count != layer.axes.count || !layer.axes.count) {
        net.report(problem_id::option_range, layer.who, "shifts ", to_text(layer.shifts),
            " for axes ", to_text(layer.axes), "; write one for each, as in roll{{-3, 2}, {1, 2}}");
        return x;
    }
    int starts[max_rank] = {};
    for (int i = 0; i < layer.axes.count && i < max_rank && x.dims.rank; ++i) {
        const int named = layer.axes.at[i];
        const int axis = named < 0 ? named + x.dims.rank : named;
        if (axis < 0 || axis >= x.dims.rank) continue;
        const std::int64_t extent = x.dims[axis] > 0 ? x.dims[axis] : 1;
        const std::int64_t start = -std::int64_t{layer.shifts.at[i]} % extent;
        starts[axis] = static_cast<int>(start < 0 ? start + extent : start);
    }
    return apply_wrap(x, layer.who, starts, x.dims);
}

}  // namespace lamina
