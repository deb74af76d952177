// SPDX-License-Identifier: Apache-2.0
// Transposed 2-D convolution (also called deconvolution).
#pragma once
#include <lamina/graph/convolution_rule.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

struct conv_transpose2d_options {
    whole out = 0;  ///< output channels; must be given
    pair kernel = 1;
    pair stride = 1;
    /// Rows and columns cut from the result, as in PyTorch: one number, {h, w} or {top, left, bottom, right};
    /// `same`: cut as TensorFlow does, the output is input times stride.
    padding pad = 0;
    pair output_padding = 0;  ///< rows and columns added at the bottom and the right
    pair dilation = 1;
    whole groups = 1;
    bool bias = false;
};

/// The gradient of a convolution over an image, used to enlarge it.
///
/// Shapes   NxCxHxW -> NxOUTxH'xW', H' = (H - 1) stride - top - bottom + dilation (kernel - 1) +
///          output_padding + 1.
/// Weights  weight [C, out / groups, kernel_h, kernel_w]; bias [out] if `.bias`.
/// Errors   LAM-01 not an image; LAM-02 nothing is left of the output; LAM-03 groups do not divide
///          the channels; LAM-06, LAM-07 names; LAM-08 options, or output_padding is not smaller
///          than stride or dilation; LAM-16 indices.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Source   torch.nn.ConvTranspose2d. Differs: bias is off unless asked for, as in conv2d.
struct conv_transpose2d {
    subject who;
    conv_transpose2d_options options;
    constexpr conv_transpose2d(name at, conv_transpose2d_options o,
        std::source_location where = std::source_location::current())
        : who{"conv_transpose2d", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const conv_transpose2d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    conv_transpose2d_options o = layer.options;
    if (!needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    settle_channels(net, who, x.dims.c, o.out, o.groups);
    if (o.pad.is_same) {
        const int rows = beyond_stride(o.kernel.h, o.stride.h, o.dilation.h);
        const int columns = beyond_stride(o.kernel.w, o.stride.w, o.dilation.w);
        const int cut_h = rows > 0 ? rows : 0, cut_w = columns > 0 ? columns : 0;
        o.pad = padding(cut_h / 2, cut_w / 2, cut_h - cut_h / 2, cut_w - cut_w / 2);
        o.output_padding = pair(rows < 0 ? -rows : 0, columns < 0 ? -columns : 0);
    }
    const window win = make_window(net, who, x.dims, o.kernel, o.stride, o.pad, o.dilation);
    const int most_h = win.stride_h > win.dilation_h ? win.stride_h : win.dilation_h;
    const int most_w = win.stride_w > win.dilation_w ? win.stride_w : win.dilation_w;
    if (o.output_padding.h < 0 || o.output_padding.w < 0 || o.output_padding.h >= most_h
        || o.output_padding.w >= most_w) {
        net.report(problem_id::option_range, who, "output_padding ", o.output_padding.h, "x",
            o.output_padding.w, " is not 0 to below stride ", win.stride_h, "x", win.stride_w,
            " or dilation ", win.dilation_h, "x", win.dilation_w, "; use a smaller one");
        o.output_padding = 0;
    }
    shape dims{x.dims.n, o.out,
        transposed_extent(x.dims.h, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom,
            win.dilation_h, o.output_padding.h),
        transposed_extent(x.dims.w, win.kernel_w, win.stride_w, win.pad_left, win.pad_right,
            win.dilation_w, o.output_padding.w)};
    if (dims.h < 1 || dims.w < 1) {
        net.report(problem_id::kernel_fit, who, "pad ", win.pad_top, ",", win.pad_left, ",",
            win.pad_bottom, ",", win.pad_right, " cuts all of the output of input ",
            to_text(x.dims), " with kernel ", win.kernel_h, "x", win.kernel_w,
            "; use less padding or a larger kernel");
        dims.h = dims.w = 1;
    }
    return add_convolution(x, who, op::conv_transpose2d, win, o.groups, dims,
        {x.dims.c, o.out / o.groups, win.kernel_h, win.kernel_w}, o.bias);
}

}  // namespace lamina
