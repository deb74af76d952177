// SPDX-License-Identifier: Apache-2.0
// Average over a sliding window.
#pragma once
#include <lamina/graph/pool_rule.hpp>

namespace lamina {

struct avg_pool_options {
    pair kernel = 0;  ///< must be given
    pair stride = 0;  ///< 0: the kernel
    /// Zeros: one number, {h, w} or {top, left, bottom, right}; `same` for TensorFlow's rule.
    padding pad = 0;
    pair dilation = 1;
    bool ceil_mode = false;         ///< a last window may hang over the edge, be it the only one
    bool count_include_pad = true;  ///< padding counts in the divisor; TensorFlow: false
    whole divisor_override = 0;     ///< 0: the number of places
};

/// The mean of each window.
///
/// Shapes   NxCxHxW -> NxCxH'xW', as max_pool.
/// Errors   LAM-01 not an image; LAM-02 the kernel does not fit; LAM-08 options; LAM-16 indices.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.AvgPool2d; places beyond the padding (ceil_mode) never count. Differs: dilation
///          exists and padding may be more than half the kernel, as in ONNX (AveragePool). A window
///          that covers no element, only padding, gives 0; NaN (0 / 0) where padding does not count.
struct avg_pool {
    subject who;
    avg_pool_options options;
    constexpr avg_pool(
        avg_pool_options o, std::source_location where = std::source_location::current())
        : who{"avg_pool", {}, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const avg_pool& layer) {
    const avg_pool_options& o = layer.options;
    return apply_pool(x, layer.who, average_of(x, layer.who, o), o.kernel, o.stride, o.pad,
        o.dilation, o.ceil_mode);
}

}  // namespace lamina
