// SPDX-License-Identifier: Apache-2.0
// Pools over sequences: sliding windows and adaptive bins.
#pragma once
#include <lamina/graph/line_pool.hpp>
#include <lamina/graph/pool_rule.hpp>

namespace lamina {

struct max_pool1d_options {
    whole kernel = 0;  ///< must be given
    whole stride = 0;  ///< 0: the kernel
    /// Never wins over an element. One number or {left, right}; `same` for TensorFlow's rule.
    line_padding pad = 0;
    whole dilation = 1;
    bool ceil_mode = false;  ///< a last window may hang over the end, be it the only one
};

struct avg_pool1d_options {
    whole kernel = 0;  ///< must be given
    whole stride = 0;  ///< 0: the kernel
    /// Zeros: one number or {left, right}; `same` for TensorFlow's rule.
    line_padding pad = 0;
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

/// max_pool1d, and where it finds the elements: `x | max_pool1d_with_indices{{.kernel = 2}}`.
///
/// Shapes   as max_pool1d, both outputs. One of the two may stay unused.
/// Units    indices: i32, elements of a channel's sequence; with index_space::tensor of the whole input. The
///          first of equal elements, the last NaN.
/// Errors   as max_pool1d.
/// Fuses with   pointwise ops after the values.
/// Source   torch.nn.MaxPool1d(return_indices=True). Differs: as max_pool_with_indices.
struct max_pool1d_with_indices {
    subject who;
    max_pool1d_options options;
    index_space counted;
    constexpr max_pool1d_with_indices(max_pool1d_options o, index_space c = index_space::plane,
        std::source_location where = std::source_location::current())
        : who{"max_pool1d_with_indices", {}, where}, options(o), counted(c) {}
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

constexpr tensor operator|(const tensor& x, const max_pool1d& layer) {
    node made;
    made.attr.kind = static_cast<int>(pool_kind::max);
    return pool_line(x, layer.who, made, layer.options);
}

constexpr max_pool_result operator|(const tensor& x, const max_pool1d_with_indices& layer) {
    node made;
    made.attr.kind = static_cast<int>(pool_kind::max);
    made.attr.indices = layer.counted;
    const tensor values = pool_line(x, layer.who, made, layer.options);
    return {values, network_of(x).add_further(layer.who, values, values.dims, dtype::i32)};
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
