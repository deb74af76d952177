// SPDX-License-Identifier: Apache-2.0
// Maximum over a sliding window.
#pragma once
#include <lamina/graph/pool_rule.hpp>

namespace lamina {

struct max_pool_options {
    pair kernel = 0;  ///< must be given
    pair stride = 0;  ///< 0: the kernel
    padding pad = 0;  ///< never wins over an element; `same` for TensorFlow's rule
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
///          return_indices is a layer of its own, max_pool_indices.
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

/// Where max_pool with the same options finds the elements: `x | max_pool_indices{{.kernel = 2}}`.
///
/// Shapes   as max_pool.
/// Units    i32, elements of a channel's image (row * W + column); with index_space::tensor of the
///          whole input, as ONNX's MaxPool counts them. The first of equal elements, the last NaN.
/// Errors   as max_pool.
/// Cost     the windows are read once more than max_pool does.
/// Source   torch.nn.MaxPool2d(return_indices=True). Differs: i32, where PyTorch gives int64; a window
///          that covers no element gives -1.
struct max_pool_indices {
    subject who;
    max_pool_options options;
    index_space counted;
    constexpr max_pool_indices(max_pool_options o, index_space c = index_space::plane,
        std::source_location where = std::source_location::current())
        : who{"max_pool_indices", {}, where}, options(o), counted(c) {}
};

constexpr tensor operator|(const tensor& x, const max_pool_indices& layer) {
    const max_pool_options& o = layer.options;
    node made;
    made.type = dtype::i32;
    made.attr.kind = static_cast<int>(layer.counted);
    return apply_pool(
        x, layer.who, made, o.kernel, o.stride, o.pad, o.dilation, o.ceil_mode, op::pool_index);
}

}  // namespace lamina
