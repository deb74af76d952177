// SPDX-License-Identifier: Apache-2.0
// Shared by all pools: the padding rule and the creation of the node.
#pragma once
#include <lamina/graph/rules.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

/// What max_pool_with_indices gives: `const auto [values, indices] = x | max_pool_with_indices{...};`
struct max_pool_result {
    tensor values;   ///< f32
    tensor indices;  ///< i32, of the same shape
};

/// What an average pool of any rank is besides its window. Errors   LAM-08 the divisor.
template <class Options>
constexpr node average_of(const tensor& x, const subject& who, const Options& o) {
    node made;
    made.attr.kind = static_cast<int>(pool_kind::average);
    made.attr.count_include_pad = o.count_include_pad;
    made.attr.scalars[0] = static_cast<float>(o.divisor_override);
    if (o.divisor_override < 0) {
        network_of(x).report(problem_id::option_range, who, "divisor_override ", o.divisor_override,
            " is negative; 0 divides by the window");
        made.attr.scalars[0] = 0;
    }
    return made;
}

/// A pool over windows. Errors   LAM-01, LAM-02, LAM-08, LAM-16.
constexpr tensor apply_pool(const tensor& x, const subject& who, node made, pair kernel,
    pair stride, padding pad, pair dilation, bool ceil_mode) {
    network& net = network_of(x);
    if (!needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    if (stride.h == 0 && stride.w == 0) stride = kernel;
    made.kind = op::pool;
    made.inputs = {x.id};
    made.attr.win = make_window(net, who, x.dims, kernel, stride, pad, dilation);
    made.dims = slide(net, who, x.dims, made.attr.win, ceil_mode);
    return net.add(who, made);
}

/// A pool node to a given height and width. Errors   LAM-01, LAM-08, LAM-16.
constexpr tensor apply_adaptive_pool(const tensor& x, const subject& who, pair size, bool is_max) {
    network& net = network_of(x);
    if (!needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    if (size.h < 1 || size.w < 1) {
        net.report(problem_id::option_range, who, "output size ", size.h, "x", size.w,
            "; both must be at least 1");
        size = 1;
    }
    node made;
    made.kind = op::pool;
    made.inputs = {x.id};
    made.dims = {x.dims.n, x.dims.c, size.h, size.w};
    pool_kind kind = is_max ? pool_kind::adaptive_max : pool_kind::adaptive_average;
    // If the extents divide, the bins are plain windows, which the fast kernels support.
    if (x.dims.h % size.h == 0 && x.dims.w % size.w == 0) {
        kind = is_max ? pool_kind::max : pool_kind::average;
        made.attr.win.kernel_h = made.attr.win.stride_h = x.dims.h / size.h;
        made.attr.win.kernel_w = made.attr.win.stride_w = x.dims.w / size.w;
    }
    made.attr.kind = static_cast<int>(kind);
    made.attr.adapts = true;
    return net.add(who, made);
}

}  // namespace lamina
