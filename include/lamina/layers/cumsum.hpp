// SPDX-License-Identifier: Apache-2.0
// Running sums and products along an axis.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

struct scan_options {
    bool exclusive = false;  ///< without the element itself
    bool reverse = false;    ///< from the last element on
};

constexpr tensor apply_scan(
    const tensor& x, const subject& who, scan_kind kind, int axis, const scan_options& options) {
    network& net = network_of(x);
    if (x.type != dtype::f32 && x.type != dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "input ", to_text(x.dims), " is ",
            to_text(x.type), ", f32 or i32 is needed; cast it");
    node made;
    made.kind = op::scan;
    made.type = x.type;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.attr.kind = static_cast<int>(kind);
    made.attr.axis = axis_of(net, who, x.dims, axis);
    made.attr.exclusive = options.exclusive;
    made.attr.backwards = options.reverse;
    return net.add(who, made);
}

/// The sum of each element and all before it along an axis: `cumsum{1}`,
/// `cumsum{-1, {.exclusive = true, .reverse = true}}`.
///
/// Shapes   f32 or i32; same shape out.
/// Errors   LAM-11 the axis; LAM-16 another element type.
/// Cost     reads the input twice on GPUs, once on CPUs; sums are added in order.
/// Source   torch.cumsum; exclusive and reverse as in ONNX CumSum.
struct cumsum {
    subject who;
    whole axis;
    scan_options options;
    constexpr cumsum(
        whole a, scan_options o = {}, std::source_location where = std::source_location::current())
        : who{"cumsum", {}, where}, axis(a), options(o) {}
};
constexpr tensor operator|(const tensor& x, const cumsum& layer) {
    return apply_scan(x, layer.who, scan_kind::sum, layer.axis, layer.options);
}

/// The product of each element and all before it along an axis. As cumsum.
/// Source   torch.cumprod; ONNX CumProd.
struct cumprod {
    subject who;
    whole axis;
    scan_options options;
    constexpr cumprod(
        whole a, scan_options o = {}, std::source_location where = std::source_location::current())
        : who{"cumprod", {}, where}, axis(a), options(o) {}
};
constexpr tensor operator|(const tensor& x, const cumprod& layer) {
    return apply_scan(x, layer.who, scan_kind::product, layer.axis, layer.options);
}

}  // namespace lamina
