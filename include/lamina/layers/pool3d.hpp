// SPDX-License-Identifier: Apache-2.0
// Pools over volumes: sliding windows and adaptive bins.
#pragma once
#include <lamina/graph/pool_rule.hpp>
#include <lamina/graph/volume_pool.hpp>

namespace lamina {

struct max_pool3d_options {
    triple kernel = 0;  ///< must be given
    triple stride = 0;  ///< 0: the kernel
    /// Never wins over an element. One number, {d, h, w} or {front, top, left, back, bottom, right}; `same`
    /// for TensorFlow's rule.
    volume_padding pad = 0;
    triple dilation = 1;
    bool ceil_mode = false;  ///< a last window may hang over the edge, be it the only one
};

struct avg_pool3d_options {
    triple kernel = 0;  ///< must be given
    triple stride = 0;  ///< 0: the kernel
    /// Zeros: one number, {d, h, w} or {front, top, left, back, bottom, right}; `same` for TensorFlow's
    /// rule.
    volume_padding pad = 0;
    triple dilation = 1;
    bool ceil_mode = false;         ///< a last window may hang over the edge, be it the only one
    bool count_include_pad = true;  ///< padding counts in the divisor; TensorFlow: false
    whole divisor_override = 0;     ///< 0: the number of places
};

/// The largest element of each window; NaN where the window holds one.
///
/// Shapes   NxCxDxHxW -> NxCxD'xH'xW', D' = floor or ceil((D + front + back - dilation (kernel - 1) - 1) /
///          stride) + 1, height and width likewise; with ceil_mode the last window must start inside the
///          input or its leading padding.
/// Errors   LAM-01 not a volume; LAM-02 the kernel does not fit; LAM-08 options; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.MaxPool3d. Differs: padding may be more than half the kernel, as in max_pool.
struct max_pool3d {
    subject who;
    max_pool3d_options options;
    constexpr max_pool3d(
        max_pool3d_options o, std::source_location where = std::source_location::current())
        : who{"max_pool3d", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const max_pool3d& layer) {
    node made;
    made.attr.kind = static_cast<int>(pool_kind::max);
    return pool_volume(x, layer.who, made, layer.options);
}

/// max_pool3d, and where it finds the elements: `x | max_pool3d_with_indices{{.kernel = 2}}`.
///
/// Shapes   as max_pool3d, both outputs. One of the two may stay unused.
/// Units    indices: i32, elements of a channel's volume ((slice * H + row) * W + column); with
///          index_space::tensor of the whole input. The first of equal elements, the last NaN.
/// Errors   as max_pool3d.
/// Fuses with   pointwise ops after the values.
/// Source   torch.nn.MaxPool3d(return_indices=True). Differs: as max_pool_with_indices.
struct max_pool3d_with_indices {
    subject who;
    max_pool3d_options options;
    index_space counted;
    constexpr max_pool3d_with_indices(max_pool3d_options o, index_space c = index_space::plane,
        std::source_location where = std::source_location::current())
        : who{"max_pool3d_with_indices", {}, where}, options(o), counted(c) {}
};
constexpr max_pool_result operator|(const tensor& x, const max_pool3d_with_indices& layer) {
    node made;
    made.attr.kind = static_cast<int>(pool_kind::max);
    made.attr.indices = layer.counted;
    const tensor values = pool_volume(x, layer.who, made, layer.options);
    return {values, network_of(x).add_further(layer.who, values, values.dims, dtype::i32)};
}

/// The mean of each window.
///
/// Shapes   NxCxDxHxW -> NxCxD'xH'xW', as max_pool3d.
/// Errors   LAM-01 not a volume; LAM-02 the kernel does not fit; LAM-08 options; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.AvgPool3d. Differs: dilation exists and padding may be more than half the kernel,
///          as in avg_pool.
struct avg_pool3d {
    subject who;
    avg_pool3d_options options;
    constexpr avg_pool3d(
        avg_pool3d_options o, std::source_location where = std::source_location::current())
        : who{"avg_pool3d", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const avg_pool3d& layer) {
    return pool_volume(x, layer.who, average_of(x, layer.who, layer.options), layer.options);
}

/// Means over bins, so that the output has the given size: `adaptive_avg_pool3d{{1, 7, 7}}`.
///
/// Shapes   NxCxDxHxW -> NxCxdxhxw; bin i covers floor(i D / d) to ceil((i + 1) D / d), height and width
///          likewise.
/// Errors   LAM-01 not a volume; LAM-08 the size is below 1; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.AdaptiveAvgPool3d. Extents that divide become a plain window.
struct adaptive_avg_pool3d {
    subject who;
    triple size;
    constexpr adaptive_avg_pool3d(
        triple s, std::source_location where = std::source_location::current())
        : who{"adaptive_avg_pool3d", {}, where}, size(s) {}
};
constexpr tensor operator|(const tensor& x, const adaptive_avg_pool3d& layer) {
    return pool_to_volume(x, layer.who, layer.size, false);
}

/// Maxima over bins. As adaptive_avg_pool3d. Source   torch.nn.AdaptiveMaxPool3d.
struct adaptive_max_pool3d {
    subject who;
    triple size;
    constexpr adaptive_max_pool3d(
        triple s, std::source_location where = std::source_location::current())
        : who{"adaptive_max_pool3d", {}, where}, size(s) {}
};
constexpr tensor operator|(const tensor& x, const adaptive_max_pool3d& layer) {
    return pool_to_volume(x, layer.who, layer.size, true);
}

}  // namespace lamina
