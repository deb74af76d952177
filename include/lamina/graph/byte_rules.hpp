// SPDX-License-Identifier: Apache-2.0
// Which layers can compute from numbers of 8 bits: the rules that networks for int8 plans are made by, with ranges
// of the weights file (quantized.hpp) or with quantize and dequantize layers (quantize_pairs.hpp).
#pragma once
#include <lamina/graph/walk.hpp>

namespace lamina::detail {

/// Channels below which blocks of channels would be mostly padding, or lie in rows.
inline constexpr int least_byte_channels = 16;

/// The reach of a depthwise window and its taps, up to which kernels take it in bytes: sums of up to 512 products
/// of 8 bits are exact in floats.
inline constexpr int most_depthwise_reach = 1024, most_depthwise_taps = 512;

/// True for a pool whose windows see places of the input alone, so that the mean or maximum of numbers of 8 bits
/// stands for that of the values. `further`: whether something reads where the maxima lie.
constexpr bool pools_bytes(const node& n, bool further) {
    if (n.kind != op::pool || n.dims.rank != 4 || further) return false;
    const auto kind = static_cast<pool_kind>(n.attr.kind);
    if (kind != pool_kind::average) return true;
    const window& win = n.attr.win;
    const bool pads = win.pad_top || win.pad_left || win.pad_bottom || win.pad_right;
    return n.attr.scalars[0] == 0 && !(pads && n.attr.count_include_pad);
}
/// True for a resize that only repeats elements.
constexpr bool repeats_bytes(const node& n) {
    return n.kind == op::resize && n.dims.rank == 4
        && static_cast<resize_kind>(n.attr.kind) == resize_kind::nearest
        && n.attr.coordinates != coordinate_mode::crop_and_resize;
}

/// True for a convolution that multiplies each channel alone, with a window that kernels take in bytes.
constexpr bool is_byte_depthwise(const node& n, const node& x) {
    const window& win = n.attr.win;
    return n.attr.groups == n.dims.c && x.dims.c == n.dims.c
        && win.kernel_h * win.kernel_w <= most_depthwise_taps
        && std::int64_t{(win.kernel_h - 1) * win.dilation_h + 1}
            * ((win.kernel_w - 1) * win.dilation_w + 1)
        <= most_depthwise_reach;
}

/// True for a layer with weights that network::keep and quantize_weights say nothing about.
constexpr bool may_multiply_bytes(const node& n) {
    return (n.kind == op::conv2d || n.kind == op::linear) && !n.dims.is_empty()
        && n.kept == dtype::other && !n.rounded.bits;
}
/// True for a dense convolution of the picture `x`, whose pixels are quads.
constexpr bool multiplies_pixels(const network& net, const node& n, int x) {
    const node& picture = net.nodes[static_cast<std::size_t>(x)];
    return n.kind == op::conv2d && n.dims.rank == 4 && n.attr.groups == 1
        && n.dims.c >= least_byte_channels && is_picture(net, x) && picture.type == dtype::f32
        && picture.dims.rank == 4;
}
/// True for a dense or depthwise convolution of images or a linear layer, of and to enough channels.
constexpr bool multiplies_channels(const node& n, const node& x) {
    const int last = x.dims.rank - 1;
    if (n.kind == op::linear)
        return x.dims[last] >= least_byte_channels
            && n.dims[n.dims.rank - 1] >= least_byte_channels;
    return n.dims.rank == 4 && x.dims.rank == 4 && (n.attr.groups == 1 || is_byte_depthwise(n, x))
        && n.dims.c >= least_byte_channels && x.dims.c >= least_byte_channels;
}

}  // namespace lamina::detail
