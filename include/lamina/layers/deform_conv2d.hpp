// SPDX-License-Identifier: Apache-2.0
// Deformable convolution: each tap reads where an offset says.
#pragma once
#include <lamina/graph/convolution_rule.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

struct deform_conv2d_options {
    whole out = 0;  ///< output channels; must be given
    pair kernel = 1;
    pair stride = 1;
    /// Zeros: one number, {h, w} or {top, left, bottom, right}; `same` for TensorFlow's rule.
    padding pad = 0;
    pair dilation = 1;
    whole groups = 1;
    bool bias = false;
    tensor mask;  ///< version 2: a factor of each tap, [N, G kh kw, H', W']; none by default
};

/// Convolution whose taps are moved by offsets, which other layers compute:
/// `x | deform_conv2d{"dcn", offsets, {.out = 64, .kernel = 3, .pad = 1, .mask = mask}}`.
///
/// Shapes   NxCxHxW and offsets [N, 2 G kh kw, H', W'] -> NxOUTxH'xW' as conv2d; offset group g of G has
///          channels g C / G to (g + 1) C / G, and of tap t the offsets along height and width are channels
///          2 (g kh kw + t) and that + 1. Places between pixels are interpolated, outside is 0.
/// Weights  weight [out, C / groups, kernel_h, kernel_w]; bias [out] if `.bias`.
/// Errors   LAM-01 not an image; LAM-02 the kernel does not fit; LAM-03 groups do not divide the channels, or
///          G does not; LAM-04 offsets or mask have another shape; LAM-06, LAM-07 names; LAM-08 options;
///          LAM-16 indices; LAM-17 a tensor of another network.
/// Fuses with   batch_norm after it (folded into the weights), then pointwise ops and residuals.
/// Cost     the sampled taps are stored, kh kw times the input; then a convolution of their channels.
/// Source   torchvision.ops.deform_conv2d, DeformConv2d; Dai 2017, Zhu 2019 (mask). Differs: bias is off unless
///          asked for, as in conv2d.
struct deform_conv2d {
    subject who;
    tensor offsets;
    deform_conv2d_options options;

    constexpr deform_conv2d(name at, const tensor& o, deform_conv2d_options all,
        std::source_location where = std::source_location::current())
        : who{"deform_conv2d", at, where}, offsets(o), options(all) {}
};

/// True if an operand of a deformable convolution has the shape [N, channels, H', W']. Errors   LAM-04.
constexpr bool is_of_taps(network& net, const subject& who, const char* what, const tensor& x,
    const shape& out, std::int64_t channels) {
    if (x.dims.rank == 4 && x.dims.n == out.n && x.dims.h == out.h && x.dims.w == out.w
        && x.dims.c == channels)
        return true;
    net.report(problem_id::operands, who, what, " ", to_text(x.dims),
        " do not fit; for an output of ", out.h, "x", out.w, " they are ", out.n, "x", channels,
        "x", out.h, "x", out.w, "; check the layer that makes them");
    return false;
}

constexpr tensor operator|(const tensor& x, const deform_conv2d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    deform_conv2d_options o = layer.options;
    const tensor& offsets = layer.offsets;
    const bool has_mask = o.mask.net != nullptr;
    if (!needs_owned(net, who, offsets, 2) || (has_mask && !needs_owned(net, who, o.mask, 3))
        || !needs_image(net, who, x.dims))
        return x;
    bool floats = needs_values(net, who, x) && needs_values(net, who, offsets);
    floats = floats && (!has_mask || needs_values(net, who, o.mask));
    settle_channels(net, who, x.dims.c, o.out, o.groups);
    const window win = make_window(net, who, x.dims, o.kernel, o.stride, o.pad, o.dilation);
    shape dims = slide(net, who, x.dims, win);
    dims.c = o.out;
    const std::int64_t taps = std::int64_t{win.kernel_h} * win.kernel_w;
    std::int64_t groups = offsets.dims.rank == 4 ? offsets.dims.c / (2 * taps) : 1;
    if (groups < 1) groups = 1;
    bool fits = is_of_taps(net, who, "offsets", offsets, dims, groups * 2 * taps);
    if (has_mask)
        fits = is_of_taps(net, who, "the factors of mask", o.mask, dims, groups * taps) && fits;
    if (fits && x.dims.c % groups) {
        net.report(problem_id::channels, who, "offsets of ", groups,
            " groups do not divide input channels ", x.dims.c, "; check the offsets' channels");
        fits = false;
    }
    node sampled;
    sampled.kind = op::deform;
    sampled.inputs = {x.id, offsets.id};
    if (has_mask) sampled.inputs.push_back(o.mask.id);
    sampled.attr.win = win;
    sampled.attr.groups = static_cast<int>(groups);
    sampled.dims = {dims.n, x.dims.c, whole(taps), dims.h, dims.w};
    // Taps are slices of a volume, and the weights a window that sees all of them.
    window all;
    all.kernel_d = static_cast<int>(taps);
    const shape weight{o.out, x.dims.c / o.groups, win.kernel_h, win.kernel_w};
    const tensor columns = fits && floats ? net.add(who, sampled) : x;
    return add_convolution(
        columns, who, op::conv2d, fits && floats ? all : win, o.groups, dims, weight, o.bias);
}

}  // namespace lamina
