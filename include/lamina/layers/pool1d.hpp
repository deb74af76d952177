// SPDX-License-Identifier: Apache-2.0
// Pools over sequences: sliding windows and adaptive bins.
#pragma once
#include <lamina/graph/line_window.hpp>
#include <lamina/graph/rules.hpp>

namespace lamina {

struct max_pool1d_options {
    whole kernel = 0;      ///< must be given
    whole stride = 0;      ///< 0: the kernel
    line_padding pad = 0;  ///< never wins over an element; `same` for TensorFlow's rule
    whole dilation = 1;
    bool ceil_mode = false;  ///< a last window may hang over the end, be it the only one
};

struct avg_pool1d_options {
    whole kernel = 0;      ///< must be given
    whole stride = 0;      ///< 0: the kernel
    line_padding pad = 0;  ///< zeros; `same` for TensorFlow's rule
    whole dilation = 1;
    bool ceil_mode = false;         ///< a last window may hang over the end, be it the only one
    bool count_include_pad = true;  ///< padding counts in the divisor; TensorFlow: false
};

/// The largest element of each window; NaN where the window holds one.
///
/// Shapes   NxCxL -> NxCxL', L' = floor or ceil((L + left + right - dilation (kernel - 1) - 1) / stride)
///          + 1; with ceil_mode the last window must start inside the input or its leading padding.
/// Errors   LAM-01 not a sequence; LAM-02 the kernel does not fit; LAM-08 options; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.MaxPool1d. Differs: padding may be more than half the kernel, as in max_pool.
struct max_pool1d {
    subject who;
    max_pool1d_options options;
    constexpr max_pool1d(
        max_pool1d_options o, std::source_location where = std::source_location::current())
        : who{"max_pool1d", {}, where}, options(o) {}
};

/// The mean of each window.
///
/// Shapes   NxCxL -> NxCxL', as max_pool1d.
/// Errors   LAM-01 not a sequence; LAM-02 the kernel does not fit; LAM-08 options; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.AvgPool1d. Differs: dilation exists and padding may be more than half the kernel,
///          as in avg_pool.
struct avg_pool1d {
    subject who;
    avg_pool1d_options options;
    constexpr avg_pool1d(
        avg_pool1d_options o, std::source_location where = std::source_location::current())
        : who{"avg_pool1d", {}, where}, options(o) {}
};

/// Means over bins, so that the output has the given length: `adaptive_avg_pool1d{7}`.
///
/// Shapes   NxCxL -> NxCxl; bin i covers floor(i L / l) to ceil((i + 1) L / l).
/// Errors   LAM-01 not a sequence; LAM-08 the length is below 1; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.AdaptiveAvgPool1d.
struct adaptive_avg_pool1d {
    subject who;
    whole length;
    constexpr adaptive_avg_pool1d(
        whole l, std::source_location where = std::source_location::current())
        : who{"adaptive_avg_pool1d", {}, where}, length(l) {}
};

/// Maxima over bins. As adaptive_avg_pool1d. Source   torch.nn.AdaptiveMaxPool1d.
struct adaptive_max_pool1d {
    subject who;
    whole length;
    constexpr adaptive_max_pool1d(
        whole l, std::source_location where = std::source_location::current())
        : who{"adaptive_max_pool1d", {}, where}, length(l) {}
};

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
    return net.add(who, made);
}

constexpr tensor operator|(const tensor& x, const max_pool1d& layer) {
    node made;
    made.attr.kind = static_cast<int>(pool_kind::max);
    return pool_line(x, layer.who, made, layer.options);
}

constexpr tensor operator|(const tensor& x, const avg_pool1d& layer) {
    node made;
    made.attr.kind = static_cast<int>(pool_kind::average);
    made.attr.count_include_pad = layer.options.count_include_pad;
    return pool_line(x, layer.who, made, layer.options);
}

constexpr tensor operator|(const tensor& x, const adaptive_avg_pool1d& layer) {
    return pool_to_length(x, layer.who, layer.length, false);
}

constexpr tensor operator|(const tensor& x, const adaptive_max_pool1d& layer) {
    return pool_to_length(x, layer.who, layer.length, true);
}

}  // namespace lamina
