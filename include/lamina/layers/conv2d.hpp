// SPDX-License-Identifier: Apache-2.0
// 2-D convolution, with groups and depthwise.
#pragma once
#include <lamina/graph/convolution_rule.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

struct conv2d_options {
    whole out = 0;  ///< output channels; must be given
    pair kernel = 1;
    pair stride = 1;
    /// Zeros: one number, {h, w} or {top, left, bottom, right}; `same` for TensorFlow's rule.
    padding pad = 0;
    pair dilation = 1;
    whole groups = 1;  ///< groups == in == out is a depthwise convolution
    bool bias = false;
};

/// Convolution (cross-correlation) over an image.
///
/// Shapes   NxCxHxW -> NxOUTxH'xW', H' = floor((H + top + bottom - dilation (kernel - 1) - 1) /
///          stride) + 1.
/// Weights  weight [out, C / groups, kernel_h, kernel_w]; bias [out] if `.bias`.
/// Errors   LAM-01 not an image; LAM-02 the kernel does not fit; LAM-03 groups do not divide the
///          channels; LAM-06, LAM-07 names; LAM-08 options; LAM-16 indices.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Source   torch.nn.Conv2d. Differs: bias is off unless asked for, since most convolutions stand
///          before a batch_norm; an unread bias in the file is an error at load.
struct conv2d {
    subject who;
    conv2d_options options;

    constexpr conv2d(
        name at, conv2d_options o, std::source_location where = std::source_location::current())
        : who{"conv2d", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const conv2d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    conv2d_options o = layer.options;
    if (!needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    settle_channels(net, who, x.dims.c, o.out, o.groups);
    const window win = make_window(net, who, x.dims, o.kernel, o.stride, o.pad, o.dilation);
    shape dims = slide(net, who, x.dims, win);
    dims.c = o.out;
    return add_convolution(x, who, op::conv2d, win, o.groups, dims,
        {o.out, x.dims.c / o.groups, o.kernel.h, o.kernel.w}, o.bias);
}

}  // namespace lamina
