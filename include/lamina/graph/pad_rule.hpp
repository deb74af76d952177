// SPDX-License-Identifier: Apache-2.0
// The node of a padding, for the layer pad and for layers that need one.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// Elements before and after each axis; fewer amounts than axes are those of the first axes.
/// Errors   LAM-08 amounts are negative, too large for reflect or circular, or more than there are axes.
constexpr tensor apply_pad(const tensor& x, const subject& who, const int_list& before,
    const int_list& after, pad_kind mode, float value) {
    network& net = network_of(x);
    if (before.count > x.dims.rank || after.count > x.dims.rank) {
        net.report(problem_id::option_range, who, "before has ", before.count, " and after ",
            after.count, " amounts, input ", to_text(x.dims), " has ", x.dims.rank,
            " axes; write at most one amount per axis");
        return x;
    }
    if (!needs_finite(net, who, "value", value)) return x;
    node made;
    made.kind = op::pad;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.attr.kind = static_cast<int>(mode);
    made.attr.scalars[0] = value;
    for (int axis = 0; axis < x.dims.rank; ++axis) {
        const int extent = x.dims[axis];
        const bool mirrors = mode == pad_kind::reflect, goes_round = mode == pad_kind::circular;
        const bool copies_nothing = mode != pad_kind::constant && extent == 0;
        if (before.at[axis] < 0 || after.at[axis] < 0
            || (copies_nothing && (before.at[axis] || after.at[axis]))
            || (mirrors && extent && (before.at[axis] >= extent || after.at[axis] >= extent))
            || (goes_round && (before.at[axis] > extent || after.at[axis] > extent))) {
            net.report(problem_id::option_range, who, before.at[axis], " before and ",
                after.at[axis], " after axis ", axis, " of input ", to_text(x.dims),
                copies_nothing   ? "; there is no element to repeat"
                    : mirrors    ? "; reflect needs 0 to below the extent"
                    : goes_round ? "; circular needs 0 to the extent"
                                 : "; amounts are 0 or more, use slice to crop");
            return x;
        }
        made.attr.starts[axis] = before.at[axis];
        made.dims.at(axis) = to_extent(std::int64_t{extent} + before.at[axis] + after.at[axis]);
    }
    if (mode == pad_kind::circular) {
        int starts[max_rank] = {};
        for (int axis = 0; axis < x.dims.rank; ++axis)
            if (const int extent = x.dims[axis]) starts[axis] = (extent - before.at[axis]) % extent;
        return apply_wrap(x, who, starts, made.dims);
    }
    if (x.dims.is_empty() && !made.dims.is_empty()) return fill(net, who, made, value);
    return net.add(who, made);
}

}  // namespace lamina
