// SPDX-License-Identifier: Apache-2.0
// Shared by the pools over sequences: the creation of the node.
#pragma once
#include <lamina/graph/line_window.hpp>
#include <lamina/graph/rules.hpp>

namespace lamina {

/// A pool's node over windows of a sequence. Errors   LAM-01, LAM-02, LAM-08, LAM-16.
template <class Options>
constexpr tensor pool_line(const tensor& x, const subject& who, node made, const Options& o) {
    network& net = network_of(x);
    if (!needs_sequence(net, who, x.dims)) return x;
    needs_values(net, who, x);
    made.kind = op::pool;
    made.inputs = {x.id};
    const int stride = o.stride == 0 ? o.kernel : o.stride;
    made.attr.win = make_line_window(net, who, x.dims, o.kernel, stride, o.pad, o.dilation);
    made.dims = slide_line(net, who, x.dims, made.attr.win, o.ceil_mode);
    return net.add(who, made);
}

/// A pool's node to a given length. Errors   LAM-01, LAM-08, LAM-16.
constexpr tensor pool_to_length(const tensor& x, const subject& who, int length, bool is_max) {
    network& net = network_of(x);
    if (!needs_sequence(net, who, x.dims)) return x;
    needs_values(net, who, x);
    if (length < 1) {
        net.report(
            problem_id::option_range, who, "output length ", length, "; it must be at least 1");
        length = 1;
    }
    node made;
    made.kind = op::pool;
    made.inputs = {x.id};
    made.dims = {x.dims.n, x.dims.c, length};
    pool_kind kind = is_max ? pool_kind::adaptive_max : pool_kind::adaptive_average;
    if (x.dims.h % length == 0) {  // the bins are plain windows
        kind = is_max ? pool_kind::max : pool_kind::average;
        made.attr.win.kernel_h = made.attr.win.stride_h = x.dims.h / length;
    }
    made.attr.kind = static_cast<int>(kind);
    made.attr.adapts = true;
    return net.add(who, made);
}

}  // namespace lamina
