// SPDX-License-Identifier: Apache-2.0
// Elements put around a tensor: a constant, a reflection, or the edge repeated.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

inline constexpr pad_kind constant = pad_kind::constant;
inline constexpr pad_kind reflect = pad_kind::reflect;
inline constexpr pad_kind replicate = pad_kind::replicate;

struct pad_options {
    whole top = 0, left = 0, bottom = 0, right = 0;  ///< of an image NxCxHxW, or
    int_list before = {}, after = {};                ///< per axis, outermost first
    pad_kind mode = pad_kind::constant;              ///< pad_kind::constant, reflect, replicate
    float value = 0;                                 ///< of pad_kind::constant
};

/// Puts elements before and after axes: `pad{{.top = 1, .left = 1, .mode = reflect}}`, or for any
/// rank `pad{{.before = {0, 0, 2}, .after = {0, 0, 1}}}`.
///
/// Shapes   each axis grows by what is put before and after it.
/// Units    elements.
/// Errors   LAM-01 top ... right on a tensor that is no image; LAM-08 amounts are negative, too
///          large for reflect, or do not match the rank; LAM-16 indices.
/// Fuses with   nothing; a convolution with `.pad` costs no step for its zeros.
/// Source   torch.nn.functional.pad. Differs: axes in the order of the shape, not from the last one
///          backwards; negative amounts are refused (use slice).
struct pad {
    subject who;
    pad_options options;
    constexpr pad(pad_options o, std::source_location where = std::source_location::current())
        : who{"pad", {}, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const pad& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const pad_options& o = layer.options;
    needs_values(net, who, x);
    int_list before = o.before, after = o.after;
    if (o.top || o.left || o.bottom || o.right) {
        if (x.dims.rank != 4 || before.count || after.count) {
            net.report(x.dims.rank != 4 ? problem_id::shape_rank : problem_id::option_range, who,
                "top, left, bottom, right are for images NxCxHxW and not together with before "
                "and after, the input is ",
                to_text(x.dims), "; write .before and .after");
            return x;
        }
        before = {0, 0, o.top, o.left};
        after = {0, 0, o.bottom, o.right};
    }
    if (before.count > x.dims.rank || after.count > x.dims.rank) {
        net.report(problem_id::option_range, who, "before has ", before.count, " and after ",
            after.count, " amounts, input ", to_text(x.dims), " has ", x.dims.rank,
            " axes; write at most one amount per axis");
        return x;
    }
    if (!needs_finite(net, who, "value", o.value)) return x;
    node made;
    made.kind = op::pad;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.attr.kind = static_cast<int>(o.mode);
    made.attr.scalars[0] = o.value;
    for (int axis = 0; axis < x.dims.rank; ++axis) {
        const int extent = x.dims[axis];
        const bool mirrors = o.mode == pad_kind::reflect;
        const bool copies_nothing = o.mode != pad_kind::constant && extent == 0;
        if (before.at[axis] < 0 || after.at[axis] < 0
            || (copies_nothing && (before.at[axis] || after.at[axis]))
            || (mirrors && extent && (before.at[axis] >= extent || after.at[axis] >= extent))) {
            net.report(problem_id::option_range, who, before.at[axis], " before and ",
                after.at[axis], " after axis ", axis, " of input ", to_text(x.dims),
                copies_nothing ? "; there is no element to repeat"
                    : mirrors  ? "; reflect needs 0 to below the extent"
                               : "; amounts are 0 or more, use slice to crop");
            return x;
        }
        made.attr.starts[axis] = before.at[axis];
        made.dims.at(axis) = to_extent(std::int64_t{extent} + before.at[axis] + after.at[axis]);
    }
    if (x.dims.is_empty() && !made.dims.is_empty()) return fill(net, who, made, o.value);
    return net.add(who, made);
}

}  // namespace lamina
