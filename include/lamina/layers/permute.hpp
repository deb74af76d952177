// SPDX-License-Identifier: Apache-2.0
// Axes in another order: permute, transpose.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// Axes in another order: `permute{{0, 2, 3, 1}}` makes NxHxWxC of NxCxHxW.
///
/// Shapes   output axis i is input axis order[i].
/// Errors   LAM-11 the order does not name every axis once.
/// Fuses with   its neighbours, as index arithmetic where the layout allows.
/// Cost     often none.
/// Source   torch.permute.
struct permute {
    subject who;
    int_list order;
    constexpr permute(int_list o, std::source_location where = std::source_location::current())
        : who{"permute", {}, where}, order(o) {}
};

constexpr tensor operator|(const tensor& x, const permute& layer) {
    network& net = network_of(x);
    int_list order = layer.order;
    unsigned seen = 0;
    for (int i = 0; i < order.count && i < max_rank; ++i) {
        if (order.at[i] < 0) order.at[i] += x.dims.rank;
        if (order.at[i] >= 0 && order.at[i] < x.dims.rank) seen |= 1u << order.at[i];
    }
    if (order.count != x.dims.rank || seen != (1u << x.dims.rank) - 1) {
        net.report(problem_id::axis_range, layer.who, "order ", to_text(layer.order),
            " does not name each of the ", x.dims.rank, " axes of input ", to_text(x.dims),
            " once; write every axis");
        return x;
    }
    return permute_to(x, layer.who, order);
}

/// Swaps two axes. Errors   LAM-11 an axis. Cost   often none. Source   torch.transpose.
struct transpose {
    subject who;
    whole a, b;
    constexpr transpose(
        whole first, whole second, std::source_location where = std::source_location::current())
        : who{"transpose", {}, where}, a(first), b(second) {}
};

constexpr tensor operator|(const tensor& x, const transpose& layer) {
    network& net = network_of(x);
    const int a = axis_of(net, layer.who, x.dims, layer.a);
    const int b = axis_of(net, layer.who, x.dims, layer.b);
    if (a == b) return x;
    int_list order;
    order.count = x.dims.rank;
    for (int axis = 0; axis < x.dims.rank; ++axis)
        order.at[axis] = axis == a ? b : axis == b ? a : axis;
    return permute_to(x, layer.who, order);
}

}  // namespace lamina
