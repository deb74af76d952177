// SPDX-License-Identifier: Apache-2.0
// The rule for images and sequences of few channels on the `cpu` classes: rows where blocks would be mostly
// padding.
#pragma once
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

namespace lamina::planner {

/// The most channels that count as few: 4, or half a block where that is less. Above that, products whose
/// lanes are channels are as quick, padding included (docs/design/0005-layout-algebra.md has the times).
/// None on a GPU.
constexpr int few_channels(const lamina::target& target) {
    if (!target.blocks_channels()) return 0;
    return target.channel_block < 8 ? target.channel_block / 2 : 4;
}

/// The most channels of rows that pools and resizes take, one channel at a time: a quarter of a block.
constexpr int few_channels_of_windows(const lamina::target& target) {
    return target.blocks_channels() ? target.channel_block / 4 : 0;
}

/// True for 3x3 with stride 1, which Winograd's filtering can compute where the target allows it.
constexpr bool fits_winograd(const node& n, const lamina::target& target) {
    const window win = window_of(n);
    return n.kind == op::conv2d && target.largest_winograd && n.attr.groups == 1
        && win.kernel_h == 3 && win.kernel_w == 3 && win.stride_h == 1 && win.stride_w == 1
        && win.dilation_h == 1 && win.dilation_w == 1 && is_flat(win);
}

/// The most channels of a convolution's result in rows: fewer than few_channels() where Winograd's filtering
/// of many input channels is quicker, padding included.
constexpr int few_results(const network& net, const node& n, const lamina::target& target) {
    const int few = few_channels(target), quarter = target.channel_block / 4;
    if (!fits_winograd(n, target) || net.nodes[at(n.inputs[0])].dims.c <= 32) return few;
    const int most = quarter < 2 ? 2 : quarter > 3 ? 3 : quarter;
    return few < most ? few : most;
}

/// True if an op on images can write its result as rows: few channels, and where it is a convolution,
/// transposed or not (the family conv_rows), a row holds a vector of pixels and the window sees an image, not the
/// taps of deform_conv2d.
constexpr bool may_write_rows(const network& net, const node& n, const lamina::target& target) {
    if (is_volume(n.dims) || !is_flat(n.attr.win)) return false;
    if (image_use_of(n) == image_use::takes) return n.dims.c <= few_channels_of_windows(target);
    const int apart = n.kind == op::conv_transpose2d ? window_of(n).stride_w : 1;
    return n.dims.c <= few_results(net, n, target)
        && row_length(n.dims) / apart >= target.channel_block;
}

/// True if an op on images reads an input of `channels` channels as rows without loss.
constexpr bool may_read_rows(
    const network& net, const node& n, int channels, const lamina::target& target) {
    return has_channels(n.dims) && channels <= few_channels(target)
        && ((n.kind == op::conv2d && n.attr.groups == 1) || may_write_rows(net, n, target));
}

}  // namespace lamina::planner
