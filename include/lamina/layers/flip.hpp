// SPDX-License-Identifier: Apache-2.0
// Axes in reverse order.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// Reverses axes: `flip{3}` mirrors an image left to right, `flip{{2, 3}}` turns it by 180 degrees.
///
/// Shapes   any, any element type; same shape out.
/// Errors   LAM-08 no axis is named; LAM-11 an axis is outside or named twice.
/// Cost     one copy.
/// Source   torch.flip. Differs: at least one axis must be written.
struct flip {
    subject who;
    int_list axes;
    constexpr flip(int_list a, std::source_location where = std::source_location::current())
        : who{"flip", {}, where}, axes(a) {}
};

constexpr tensor operator|(const tensor& x, const flip& layer) {
    network& net = network_of(x);
    if (layer.axes.count == 0)
        net.report(problem_id::option_range, layer.who,
            "names no axis; write those to reverse, as in flip{3} or flip{{2, 3}}");
    return apply_flip(x, layer.who, mask_of(net, layer.who, x.dims, layer.axes));
}

}  // namespace lamina
