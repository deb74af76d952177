// SPDX-License-Identifier: Apache-2.0
// Maximum over a sliding window.
#pragma once
#include <lamina/graph/pool_rule.hpp>

namespace lamina {

struct max_pool_options {
    pair kernel = 0;  ///< must be given
    pair stride = 0;  ///< 0: the kernel
    /// Never wins over an element. One number, {h, w} or {top, left, bottom, right}; `same` for TensorFlow's
    /// rule.
    padding pad = 0;
    pair dilation = 1;
    bool ceil_mode = false;  ///< a last window may hang over the edge, be it the only one
};

/// The largest element of each window; NaN where the window holds one.
///
/// Shapes   NxCxHxW -> NxCxH'xW', H' = floor or ceil((H + top + bottom - dilation (kernel - 1) - 1)
///          / stride) + 1; with ceil_mode the last window must start inside the input or its
///          leading padding.
/// Errors   LAM-01 not an image; LAM-02 the kernel does not fit; LAM-08 options; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.MaxPool2d. Differs: padding may be more than half the kernel, as in ONNX
///          (MaxPool); a window that covers only padding gives -infinity.
///          return_indices is max_pool_with_indices.
struct max_pool {
    subject who;
    max_pool_options options;
    constexpr max_pool(
        max_pool_options o, std::source_location where = std::source_location::current())
        : who{"max_pool", {}, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const max_pool& layer) {
    const max_pool_options& o = layer.options;
    node made;
    made.attr.kind = static_cast<int>(pool_kind::max);
    return apply_pool(x, layer.who, made, o.kernel, o.stride, o.pad, o.dilation, o.ceil_mode);
}

/// max_pool, and where it finds the elements: `x | max_pool_with_indices{{.kernel = 2}}`. One kernel
/// writes both.
///
/// Shapes   as max_pool, both outputs. One of the two may stay unused.
/// Units    indices: i32, elements of a channel's image (row * W + column); with index_space::tensor of
///          the whole input, as ONNX's MaxPool counts them. The first of equal elements, the last NaN.
/// Errors   as max_pool.
/// Fuses with   pointwise ops after the values.
/// Source   torch.nn.MaxPool2d(return_indices=True). Differs: i32, where PyTorch gives int64; a window
///          that covers no element gives -1.
struct max_pool_with_indices {
    subject who;
    max_pool_options options;
    index_space counted;
    constexpr max_pool_with_indices(max_pool_options o, index_space c = index_space::plane,
        std::source_location where = std::source_location::current())
        : who{"max_pool_with_indices", {}, where}, options(o), counted(c) {}
};

constexpr max_pool_result operator|(const tensor& x, const max_pool_with_indices& layer) {
    const max_pool_options& o = layer.options;
    node made;
    made.attr.kind = static_cast<int>(pool_kind::max);
    made.attr.indices = layer.counted;
    const tensor values
        = apply_pool(x, layer.who, made, o.kernel, o.stride, o.pad, o.dilation, o.ceil_mode);
    return {values, network_of(x).add_further(layer.who, values, values.dims, dtype::i32)};
}

}  // namespace lamina
