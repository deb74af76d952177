// SPDX-License-Identifier: Apache-2.0
// Transposed 1-D convolution (also called deconvolution).
#pragma once
#include <lamina/graph/convolution_rule.hpp>
#include <lamina/graph/line_window.hpp>

namespace lamina {

struct conv_transpose1d_options {
    whole out = 0;  ///< output channels; must be given
    whole kernel = 1;
    whole stride = 1;
    /// Elements cut from the result, as in PyTorch: one number or {left, right}; `same`: cut as TensorFlow
    /// does, the output is input times stride.
    line_padding pad = 0;
    whole output_padding = 0;  ///< elements added at the end
    whole dilation = 1;
    whole groups = 1;
    bool bias = false;
};

/// The gradient of a convolution over a sequence, used to lengthen it.
///
/// Shapes   NxCxL -> NxOUTxL', L' = (L - 1) stride - left - right + dilation (kernel - 1) +
///          output_padding + 1.
/// Weights  weight [C, out / groups, kernel]; bias [out] if `.bias`.
/// Errors   LAM-01 not a sequence; LAM-02 nothing is left of the output; LAM-03 groups do not divide
///          the channels; LAM-06, LAM-07 names; LAM-08 options, or output_padding is not smaller
///          than stride or dilation; LAM-16 indices.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Source   torch.nn.ConvTranspose1d. Differs: bias is off unless asked for, as in conv2d.
struct conv_transpose1d {
    subject who;
    conv_transpose1d_options options;
    constexpr conv_transpose1d(name at, conv_transpose1d_options o,
        std::source_location where = std::source_location::current())
        : who{"conv_transpose1d", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const conv_transpose1d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    conv_transpose1d_options o = layer.options;
    if (!needs_sequence(net, who, x.dims)) return x;
    needs_values(net, who, x);
    settle_channels(net, who, x.dims.c, o.out, o.groups);
    if (o.pad.is_same) {
        const int beyond = beyond_stride(o.kernel, o.stride, o.dilation);
        const int cut = beyond > 0 ? beyond : 0;
        o.pad = {cut / 2, cut - cut / 2};
        o.output_padding = beyond < 0 ? -beyond : 0;
    }
    const window win = make_line_window(net, who, x.dims, o.kernel, o.stride, o.pad, o.dilation);
    const int most = win.stride_h > win.dilation_h ? win.stride_h : win.dilation_h;
    if (o.output_padding < 0 || o.output_padding >= most) {
        net.report(problem_id::option_range, who, "output_padding ", o.output_padding,
            " is not 0 to below stride ", win.stride_h, " or dilation ", win.dilation_h,
            "; use a smaller one");
        o.output_padding = 0;
    }
    shape dims{x.dims.n, o.out,
        transposed_extent(x.dims.h, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom,
            win.dilation_h, o.output_padding)};
    if (dims.h < 1) {
        net.report(problem_id::kernel_fit, who, "pad ", win.pad_top, ",", win.pad_bottom,
            " cuts all of the output of input ", to_text(x.dims), " with kernel ", win.kernel_h,
            "; use less padding or a larger kernel");
        dims.h = 1;
    }
    return add_convolution(x, who, op::conv_transpose2d, win, o.groups, dims,
        {x.dims.c, o.out / o.groups, win.kernel_h}, o.bias);
}

}  // namespace lamina
