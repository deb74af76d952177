// SPDX-License-Identifier: Apache-2.0
// Transposed 3-D convolution (also called deconvolution).
#pragma once
#include <lamina/graph/convolution_rule.hpp>
#include <lamina/graph/volume_window.hpp>

namespace lamina {

struct conv_transpose3d_options {
    whole out = 0;  ///< output channels; must be given
    triple kernel = 1;
    triple stride = 1;
    /// Slices, rows and columns cut from the result, as in PyTorch: one number, {d, h, w} or
    /// {front, top, left, back, bottom, right}; `same`: cut as TensorFlow does, the output is input times
    /// stride.
    volume_padding pad = 0;
    triple output_padding = 0;  ///< added at the back, the bottom and the right
    triple dilation = 1;
    whole groups = 1;
    bool bias = false;
};

/// The gradient of a convolution over a volume, used to enlarge it.
///
/// Shapes   NxCxDxHxW -> NxOUTxD'xH'xW', D' = (D - 1) stride - front - back + dilation (kernel - 1) +
///          output_padding + 1, height and width likewise.
/// Weights  weight [C, out / groups, kernel_d, kernel_h, kernel_w]; bias [out] if `.bias`.
/// Errors   LAM-01 not a volume; LAM-02 nothing is left of the output; LAM-03 groups do not divide
///          the channels; LAM-06, LAM-07 names; LAM-08 options, or output_padding is not smaller
///          than stride or dilation; LAM-16 indices.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Source   torch.nn.ConvTranspose3d. Differs: bias is off unless asked for, as in conv2d.
struct conv_transpose3d {
    subject who;
    conv_transpose3d_options options;
    constexpr conv_transpose3d(name at, conv_transpose3d_options o,
        std::source_location where = std::source_location::current())
        : who{"conv_transpose3d", at, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const conv_transpose3d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    conv_transpose3d_options o = layer.options;
    if (!needs_volume(net, who, x.dims)) return x;
    needs_values(net, who, x);
    settle_channels(net, who, x.dims.c, o.out, o.groups);
    if (o.pad.is_same) {
        const triple beyond(beyond_stride(o.kernel.d, o.stride.d, o.dilation.d),
            beyond_stride(o.kernel.h, o.stride.h, o.dilation.h),
            beyond_stride(o.kernel.w, o.stride.w, o.dilation.w));
        const auto cut = [](int extent) { return extent > 0 ? extent : 0; };
        const auto added = [](int extent) { return extent < 0 ? -extent : 0; };
        const triple all(cut(beyond.d), cut(beyond.h), cut(beyond.w));
        o.pad = {all.d / 2, all.h / 2, all.w / 2, all.d - all.d / 2, all.h - all.h / 2,
            all.w - all.w / 2};
        o.output_padding = {added(beyond.d), added(beyond.h), added(beyond.w)};
    }
    const window win = make_volume_window(net, who, x.dims, o.kernel, o.stride, o.pad, o.dilation);
    const triple stride(win.stride_d, win.stride_h, win.stride_w);
    const triple dilation(win.dilation_d, win.dilation_h, win.dilation_w);
    const auto greater = [](int a, int b) { return a > b ? a : b; };
    if (!o.output_padding.all_in(0, window_limit)
        || o.output_padding.d >= greater(stride.d, dilation.d)
        || o.output_padding.h >= greater(stride.h, dilation.h)
        || o.output_padding.w >= greater(stride.w, dilation.w)) {
        net.report(problem_id::option_range, who, "output_padding ", to_text(o.output_padding),
            " is not 0 to below stride ", to_text(stride), " or dilation ", to_text(dilation),
            "; use a smaller one");
        o.output_padding = 0;
    }
    shape dims{x.dims.n, o.out,
        transposed_extent(x.dims.h, win.kernel_d, win.stride_d, win.pad_front, win.pad_back,
            win.dilation_d, o.output_padding.d),
        transposed_extent(x.dims.w, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom,
            win.dilation_h, o.output_padding.h),
        transposed_extent(x.dims.d4, win.kernel_w, win.stride_w, win.pad_left, win.pad_right,
            win.dilation_w, o.output_padding.w)};
    if (dims.h < 1 || dims.w < 1 || dims.d4 < 1) {
        net.report(problem_id::kernel_fit, who, "pad ", to_text(padding_of(win)),
            " cuts all of the output of input ", to_text(x.dims), " with kernel ",
            to_text(triple(win.kernel_d, win.kernel_h, win.kernel_w)),
            "; use less padding or a larger kernel");
        dims.h = dims.w = dims.d4 = 1;
    }
    return add_convolution(x, who, op::conv_transpose2d, win, o.groups, dims,
        {x.dims.c, o.out / o.groups, win.kernel_d, win.kernel_h, win.kernel_w}, o.bias);
}

}  // namespace lamina
