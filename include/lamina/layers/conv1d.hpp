// SPDX-License-Identifier: Apache-2.0
// 1-D convolution, with groups and depthwise.
#pragma once
#include <lamina/graph/convolution_rule.hpp>
#include <lamina/graph/line_window.hpp>

namespace lamina {

struct conv1d_options {
    whole out = 0;  ///< output channels; must be given
    whole kernel = 1;
    whole stride = 1;
    /// Zeros: one number or {left, right}; `same` for TensorFlow's rule.
    line_padding pad = 0;
    whole dilation = 1;
    whole groups = 1;  ///< groups == in == out is a depthwise convolution
    bool bias = false;
};

/// Convolution (cross-correlation) over a sequence.
///
/// Shapes   NxCxL -> NxOUTxL', L' = floor((L + left + right - dilation (kernel - 1) - 1) / stride) + 1.
/// Weights  weight [out, C / groups, kernel]; bias [out] if `.bias`.
/// Errors   LAM-01 not a sequence; LAM-02 the kernel does not fit; LAM-03 groups do not divide the
///          channels; LAM-06, LAM-07 names; LAM-08 options; LAM-16 indices.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Source   torch.nn.Conv1d. Differs: bias is off unless asked for, as in conv2d; an input without a
///          batch axis needs unsqueeze{0}.
struct conv1d {
    subject who;
    conv1d_options options;

    constexpr conv1d(
        name at, conv1d_options o, std::source_location where = std::source_location::current())
        : who{"conv1d", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const conv1d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    conv1d_options o = layer.options;
    if (!needs_sequence(net, who, x.dims)) return x;
    needs_values(net, who, x);
    settle_channels(net, who, x.dims.c, o.out, o.groups);
    const window win = make_line_window(net, who, x.dims, o.kernel, o.stride, o.pad, o.dilation);
    shape dims = slide_line(net, who, x.dims, win);
    dims.c = o.out;
    return add_convolution(x, who, op::conv2d, win, o.groups, dims,
        {o.out, x.dims.c / o.groups, win.kernel_h}, o.bias);
}

}  // namespace lamina
