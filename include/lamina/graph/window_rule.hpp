// SPDX-License-Identifier: Apache-2.0
// Sliding-window options and their shape rule, shared by convolutions and pools.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// Height and width: `.kernel = 3` or `.kernel = {3, 5}`.
struct pair {
    int h, w;
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr pair(Number both) : pair(whole(both)) {}
    constexpr pair(whole both) : h(both), w(both) {}
    constexpr pair(whole height, whole width) : h(height), w(width) {}
};

/// Rows and columns added around an image: `.pad = 1`, `{1, 2}` (height, width),
/// `{top, left, bottom, right}`, or `same`.
struct padding {
    int top, left, bottom, right;
    bool is_same = false;
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr padding(Number all) : padding(whole(all)) {}
    constexpr padding(whole all) : top(all), left(all), bottom(all), right(all) {}
    constexpr padding(whole h, whole w) : top(h), left(w), bottom(h), right(w) {}
    constexpr padding(whole t, whole l, whole b, whole r) : top(t), left(l), bottom(b), right(r) {}

    /// What `same` is.
    static constexpr padding as_tensorflow() {
        padding out = 0;
        out.is_same = true;
        return out;
    }
};

/// TensorFlow's SAME: the output is ceil(input / stride), the odd row or column goes to the bottom
/// and the right. PyTorch's padding='same' is this with stride 1.
inline constexpr padding same = padding::as_tensorflow();

/// Total padding that SAME needs along one axis.
constexpr int same_padding(int extent, int kernel, int stride, int dilation) {
    const int out = (extent + stride - 1) / stride;
    const int need = (out - 1) * stride + (kernel - 1) * dilation + 1 - extent;
    return need > 0 ? need : 0;
}

/// Largest window option: keeps every product of two of them inside an int.
inline constexpr int window_limit = 32768;

constexpr bool is_window_option(pair p) {
    return p.h >= 1 && p.w >= 1 && p.h <= window_limit && p.w <= window_limit;
}

/// Checks the options and resolves `same`. Errors   LAM-08.
constexpr window make_window(network& net, const subject& who, const shape& in, pair kernel,
    pair stride, padding pad, pair dilation) {
    if (!is_window_option(kernel) || !is_window_option(stride) || !is_window_option(dilation)) {
        net.report(problem_id::option_range, who, "kernel ", kernel.h, "x", kernel.w, ", stride ",
            stride.h, "x", stride.w, ", dilation ", dilation.h, "x", dilation.w,
            "; each must be 1 to ", window_limit);
        kernel = stride = dilation = 1;
    }
    if (pad.top < 0 || pad.left < 0 || pad.bottom < 0 || pad.right < 0) {
        net.report(problem_id::option_range, who, "pad ", pad.top, ",", pad.left, ",", pad.bottom,
            ",", pad.right, " is negative; use slice to crop");
        pad = 0;
    }
    if (pad.top > window_limit || pad.left > window_limit || pad.bottom > window_limit
        || pad.right > window_limit) {
        net.report(problem_id::option_range, who, "pad ", pad.top, ",", pad.left, ",", pad.bottom,
            ",", pad.right, " is more than ", window_limit, "; use a smaller one");
        pad = 0;
    }
    if (pad.is_same) {
        const int rows = same_padding(in.h, kernel.h, stride.h, dilation.h);
        const int columns = same_padding(in.w, kernel.w, stride.w, dilation.w);
        pad = padding(rows / 2, columns / 2, rows - rows / 2, columns - columns / 2);
    }
    return {kernel.h, kernel.w, stride.h, stride.w, pad.top, pad.left, pad.bottom, pad.right,
        dilation.h, dilation.w};
}

/// Output extent along one axis, floor or ceil as PyTorch defines it: with ceil_mode a last window may
/// exceed the edge by less than a stride, even if it is the only one, and must start inside the input or
/// its leading padding. 0 when the window does not fit.
constexpr int window_extent(
    int in, int kernel, int stride, int before, int after, int dilation, bool ceil_mode = false) {
    const int hangs = ceil_mode ? stride - 1 : 0;
    const int room = in + before + after - (dilation * (kernel - 1) + 1) + hangs;
    if (room < 0) return 0;
    int out = room / stride + 1;
    if (ceil_mode && (out - 1) * stride >= in + before) --out;
    return out;
}

/// Output extent of a transposed window along one axis; at most what an int holds.
constexpr int transposed_extent(
    int in, int kernel, int stride, int before, int after, int dilation, int extra) {
    return to_extent((std::int64_t{in} - 1) * stride - before - after
        + std::int64_t{dilation} * (kernel - 1) + extra + 1);
}

/// Rows that a window reaches beyond its stride: what SAME cuts, or adds where negative.
constexpr int beyond_stride(int kernel, int stride, int dilation) {
    return to_extent(std::int64_t{dilation} * (std::int64_t{kernel} - 1) + 1 - stride);
}

/// Spatial extents of the output, with n and c of `in`. Errors   LAM-02 the window does not fit.
constexpr shape slide(
    network& net, const subject& who, const shape& in, const window& win, bool ceil_mode = false) {
    shape out = in;
    out.h = window_extent(
        in.h, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom, win.dilation_h, ceil_mode);
    out.w = window_extent(
        in.w, win.kernel_w, win.stride_w, win.pad_left, win.pad_right, win.dilation_w, ceil_mode);
    if (out.h < 1 || out.w < 1) {
        net.report(problem_id::kernel_fit, who, "kernel ", win.kernel_h, "x", win.kernel_w,
            win.dilation_h > 1 || win.dilation_w > 1 ? " (dilated)" : "", " does not fit input ",
            to_text(in), " with pad ", win.pad_top, ",", win.pad_left, ",", win.pad_bottom, ",",
            win.pad_right, "; use a smaller kernel, more padding or a larger input");
        out.h = out.h < 1 ? 1 : out.h;
        out.w = out.w < 1 ? 1 : out.w;
    }
    return out;
}

/// True if the tensor has `rank` axes, of which only the first may be 0. `what` it is then is for messages.
/// Errors   LAM-01, LAM-22 otherwise.
constexpr bool needs_batch_of(network& net, const subject& who, const shape& in, int rank,
    const char* whats, const char* what) {
    if (in.rank == rank && in.c && in.h && in.w && in.d4) return true;
    if (in.rank == rank)
        net.report(problem_id::extent_range, who, "input ", to_text(in), " has ", whats,
            " without elements; only the batch may be 0");
    else
        net.report(problem_id::shape_rank, who, "input ", to_text(in), " has ", in.rank, " axes, ",
            what, " has ", rank, "; reshape or unsqueeze before it");
    return false;
}

/// True if the tensor is an image NxCxHxW, of which only N may be 0. Errors   LAM-01, LAM-22 otherwise.
constexpr bool needs_image(network& net, const subject& who, const shape& in) {
    return needs_batch_of(net, who, in, 4, "images", "an image NxCxHxW");
}

}  // namespace lamina
