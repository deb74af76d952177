// SPDX-License-Identifier: Apache-2.0
// Average over a sliding window.
#pragma once
#include <lamina/graph/pool_rule.hpp>

namespace lamina {

struct avg_pool_options {
    pair kernel = 0;  ///< must be given
    pair stride = 0;  ///< 0: the kernel
    padding pad = 0;  ///< zeros; `same` for TensorFlow's rule
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
    node made;
    made.attr.kind = static_cast<int>(pool_kind::average);
    made.attr.count_include_pad = o.count_include_pad;
    made.attr.scalars[0] = static_cast<float>(o.divisor_override);
    if (o.divisor_override < 0) {
        network_of(x).report(problem_id::option_range, layer.who, "divisor_override ",
            o.divisor_override, " is negative; 0 divides by the window");
        made.attr.scalars[0] = 0;
    }
    return apply_pool(x, layer.who, made, o.kernel, o.stride, o.pad, o.dilation, o.ceil_mode);
}

}  // namespace lamina
