// SPDX-License-Identifier: Apache-2.0
// Shared by the pools over volumes: the creation of the node.
#pragma once
#include <lamina/graph/rules.hpp>
#include <lamina/graph/volume_window.hpp>

namespace lamina {

/// A pool's node over windows of a volume. Errors   LAM-01, LAM-02, LAM-08, LAM-16.
template <class Options>
constexpr tensor pool_volume(const tensor& x, const subject& who, node made, const Options& o) {
    network& net = network_of(x);
    if (!needs_volume(net, who, x.dims)) return x;
    needs_values(net, who, x);
    const bool is_kernel = o.stride.d == 0 && o.stride.h == 0 && o.stride.w == 0;
    made.kind = op::pool;
    made.inputs = {x.id};
    made.attr.win = make_volume_window(
        net, who, x.dims, o.kernel, is_kernel ? o.kernel : o.stride, o.pad, o.dilation);
    made.dims = slide_volume(net, who, x.dims, made.attr.win, o.ceil_mode);
    return net.add(who, made);
}

/// A pool's node to a given depth, height and width. Errors   LAM-01, LAM-08, LAM-16.
constexpr tensor pool_to_volume(const tensor& x, const subject& who, triple size, bool is_max) {
    network& net = network_of(x);
    if (!needs_volume(net, who, x.dims)) return x;
    needs_values(net, who, x);
    if (!size.all_in(1, 2147483647)) {
        net.report(problem_id::option_range, who, "output size ", to_text(size),
            "; each must be at least 1");
        size = 1;
    }
    node made;
    made.kind = op::pool;
    made.inputs = {x.id};
    made.dims = {x.dims.n, x.dims.c, size.d, size.h, size.w};
    pool_kind kind = is_max ? pool_kind::adaptive_max : pool_kind::adaptive_average;
    // If the extents divide, the bins are plain windows, which the fast kernels support.
    if (x.dims.h % size.d == 0 && x.dims.w % size.h == 0 && x.dims.d4 % size.w == 0) {
        kind = is_max ? pool_kind::max : pool_kind::average;
        window& win = made.attr.win;
        win.kernel_d = win.stride_d = x.dims.h / size.d;
        win.kernel_h = win.stride_h = x.dims.w / size.h;
        win.kernel_w = win.stride_w = x.dims.d4 / size.w;
    }
    made.attr.kind = static_cast<int>(kind);
    made.attr.adapts = true;
    return net.add(who, made);
}

}  // namespace lamina
