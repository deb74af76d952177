// SPDX-License-Identifier: Apache-2.0
// 3-D convolution, with groups and depthwise.
#pragma once
#include <lamina/graph/convolution_rule.hpp>
#include <lamina/graph/volume_window.hpp>

namespace lamina {

struct conv3d_options {
    whole out = 0;  ///< output channels; must be given
    triple kernel = 1;
    triple stride = 1;
    /// Zeros: one number, {d, h, w} or {front, top, left, back, bottom, right}; `same` for TensorFlow's
    /// rule.
    volume_padding pad = 0;
    triple dilation = 1;
    whole groups = 1;  ///< groups == in == out is a depthwise convolution
    bool bias = false;
};

/// Convolution (cross-correlation) over a volume, such as a video or a scan:
/// `conv3d{"stem", {.out = 64, .kernel = {3, 7, 7}, .stride = {1, 2, 2}, .pad = {1, 3, 3}}}`.
///
/// Shapes   NxCxDxHxW -> NxOUTxD'xH'xW', D' = floor((D + front + back - dilation (kernel - 1) - 1) / stride)
///          + 1, height and width likewise.
/// Weights  weight [out, C / groups, kernel_d, kernel_h, kernel_w]; bias [out] if `.bias`.
/// Errors   LAM-01 not a volume; LAM-02 the kernel does not fit; LAM-03 groups do not divide the
///          channels; LAM-06, LAM-07 names; LAM-08 options; LAM-16 indices.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Cost     slices of a volume are images side by side: kernels of height and width alone, {1, 3, 3}, are
///          conv2d's, and each other slice of a kernel costs as much again.
/// Source   torch.nn.Conv3d. Differs: bias is off unless asked for, as in conv2d; an input without a batch
///          axis needs unsqueeze{0}.
struct conv3d {
    subject who;
    conv3d_options options;

    constexpr conv3d(
        name at, conv3d_options o, std::source_location where = std::source_location::current())
        : who{"conv3d", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const conv3d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    conv3d_options o = layer.options;
    if (!needs_volume(net, who, x.dims)) return x;
    needs_values(net, who, x);
    settle_channels(net, who, x.dims.c, o.out, o.groups);
    const window win = make_volume_window(net, who, x.dims, o.kernel, o.stride, o.pad, o.dilation);
    shape dims = slide_volume(net, who, x.dims, win);
    dims.c = o.out;
    return add_convolution(x, who, op::conv2d, win, o.groups, dims,
        {o.out, x.dims.c / o.groups, win.kernel_d, win.kernel_h, win.kernel_w}, o.bias);
}

}  // namespace lamina
