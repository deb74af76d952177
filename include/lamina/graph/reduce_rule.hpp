// SPDX-License-Identifier: Apache-2.0
// The nodes of reductions, and of layers that have one among others.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// The node that reduces x over axes, and whether that is over no elements.
struct reduction {
    node made;
    bool over_nothing = false;
};

/// `axes` empty means all; `type` is the output's. Errors   LAM-11 an axis is outside or named twice.
constexpr reduction reduction_of(const tensor& x, const subject& who, reduce_kind kind,
    const int_list& axes, bool keep, dtype type) {
    const unsigned mask
        = axes.count ? mask_of(network_of(x), who, x.dims, axes) : (1u << x.dims.rank) - 1;
    reduction out;
    out.made.kind = op::reduce;
    out.made.type = type;
    out.made.inputs = {x.id};
    out.made.attr.kind = static_cast<int>(kind);
    out.made.attr.mask = mask;
    for (int axis = 0; axis < x.dims.rank; ++axis) {
        const bool gone = mask >> axis & 1u;
        if (!gone || keep) out.made.dims.push(gone ? 1 : x.dims[axis]);
        out.over_nothing = out.over_nothing || (gone && x.dims[axis] == 0);
    }
    return out;
}

/// What reduce_* lower to: `axes` empty means all.
///
/// Shapes   reduced axes are removed, or become 1 with keep_dims; without any left it is a scalar.
/// Errors   LAM-08 the maximum or minimum of nothing, over an extent of 0 (a sum is 0 then, a product
///          1, a mean NaN); LAM-11 an axis is outside or named twice; LAM-16 indices.
/// Fuses with   pointwise ops after it.
constexpr tensor apply_reduce(
    const tensor& x, const subject& who, reduce_kind kind, const int_list& axes, bool keep) {
    network& net = network_of(x);
    needs_values(net, who, x);
    const reduction all = reduction_of(x, who, kind, axes, keep, dtype::f32);
    if (!all.over_nothing) return net.add(who, all.made);
    if (kind == reduce_kind::max || kind == reduce_kind::min)
        net.report(problem_id::option_range, who, "input ", to_text(x.dims),
            " is empty along a reduced axis, so it has no largest or smallest element; reduce other "
            "axes");
    return fill(net, who, all.made,
        kind == reduce_kind::mean          ? __builtin_nanf("")
            : kind == reduce_kind::product ? 1.f
                                           : 0.f);
}

}  // namespace lamina
