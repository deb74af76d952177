// SPDX-License-Identifier: Apache-2.0
// Windows over volumes NxCxDxHxW: options, their checks and the shape rule.
#pragma once
#include <lamina/graph/window_rule.hpp>

namespace lamina {

/// Depth, height and width: `.kernel = 3` or `.kernel = {1, 3, 3}`.
struct triple {
    int d, h, w;
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr triple(Number all) : triple(whole(all)) {}
    constexpr triple(whole all) : d(all), h(all), w(all) {}
    constexpr triple(whole depth, whole height, whole width) : d(depth), h(height), w(width) {}
    constexpr bool all_in(int least, int most) const {
        return d >= least && h >= least && w >= least && d <= most && h <= most && w <= most;
    }
};

/// "3x3x3"
constexpr text<80> to_text(const triple& of) {
    return text<80>().append(of.d).append('x').append(of.h).append('x').append(of.w);
}

/// Slices, rows and columns added around a volume: `.pad = 1`, `{1, 2, 2}` (depth, height, width),
/// `{front, top, left, back, bottom, right}`, or `same`.
struct volume_padding {
    triple before, after;
    bool is_same = false;
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr volume_padding(Number all) : volume_padding(whole(all)) {}
    constexpr volume_padding(whole all) : before(all), after(all) {}
    constexpr volume_padding(whole d, whole h, whole w) : before(d, h, w), after(d, h, w) {}
    constexpr volume_padding(
        whole front, whole top, whole left, whole back, whole bottom, whole right)
        : before(front, top, left), after(back, bottom, right) {}
    /// `same`; another padding of an image has no meaning here.
    constexpr volume_padding(const padding& image)
        : before(0, image.top, image.left), after(0, image.bottom, image.right),
          is_same(image.is_same) {}
};

/// "1,1,1,1,1,1": front, top, left, back, bottom, right.
constexpr text<80> to_text(const volume_padding& of) {
    text<80> out;
    for (const triple& side : {of.before, of.after})
        for (const int extent : {side.d, side.h, side.w})
            out.append(out.empty() ? "" : ",").append(extent);
    return out;
}

/// True if the tensor is a volume NxCxDxHxW, of which only N may be 0. Errors   LAM-01, LAM-22 otherwise.
constexpr bool needs_volume(network& net, const subject& who, const shape& in) {
    return needs_batch_of(net, who, in, 5, "volumes", "a volume NxCxDxHxW");
}

/// The padding of a window as it was given.
constexpr volume_padding padding_of(const window& win) {
    return {win.pad_front, win.pad_top, win.pad_left, win.pad_back, win.pad_bottom, win.pad_right};
}

/// Checks the options and resolves `same`. Errors   LAM-08.
constexpr window make_volume_window(network& net, const subject& who, const shape& in,
    triple kernel, triple stride, volume_padding pad, triple dilation) {
    if (!kernel.all_in(1, window_limit) || !stride.all_in(1, window_limit)
        || !dilation.all_in(1, window_limit)) {
        net.report(problem_id::option_range, who, "kernel ", to_text(kernel), ", stride ",
            to_text(stride), ", dilation ", to_text(dilation), "; each must be 1 to ",
            window_limit);
        kernel = stride = dilation = 1;
    }
    if (!pad.before.all_in(0, window_limit) || !pad.after.all_in(0, window_limit)) {
        net.report(problem_id::option_range, who, "pad ", to_text(pad), " is not 0 to ",
            window_limit, "; use slice to crop, or less padding");
        pad = 0;
    }
    if (pad.is_same) {
        const triple all(same_padding(in.h, kernel.d, stride.d, dilation.d),
            same_padding(in.w, kernel.h, stride.h, dilation.h),
            same_padding(in.d4, kernel.w, stride.w, dilation.w));
        pad.before = {all.d / 2, all.h / 2, all.w / 2};
        pad.after = {all.d - all.d / 2, all.h - all.h / 2, all.w - all.w / 2};
    }
    return {kernel.h, kernel.w, stride.h, stride.w, pad.before.h, pad.before.w, pad.after.h,
        pad.after.w, dilation.h, dilation.w, kernel.d, stride.d, pad.before.d, pad.after.d,
        dilation.d};
}

/// The output's shape, with n and c of `in`. Errors   LAM-02 the window does not fit.
constexpr shape slide_volume(
    network& net, const subject& who, const shape& in, const window& win, bool ceil_mode = false) {
    shape out = in;
    out.h = window_extent(
        in.h, win.kernel_d, win.stride_d, win.pad_front, win.pad_back, win.dilation_d, ceil_mode);
    out.w = window_extent(
        in.w, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom, win.dilation_h, ceil_mode);
    out.d4 = window_extent(
        in.d4, win.kernel_w, win.stride_w, win.pad_left, win.pad_right, win.dilation_w, ceil_mode);
    if (out.h < 1 || out.w < 1 || out.d4 < 1) {
        const bool dilated = win.dilation_d > 1 || win.dilation_h > 1 || win.dilation_w > 1;
        net.report(problem_id::kernel_fit, who, "kernel ",
            to_text(triple(win.kernel_d, win.kernel_h, win.kernel_w)), dilated ? " (dilated)" : "",
            " does not fit input ", to_text(in), " with pad ", to_text(padding_of(win)),
            "; use a smaller kernel, more padding or a larger input");
        out.h = out.h < 1 ? 1 : out.h;
        out.w = out.w < 1 ? 1 : out.w;
        out.d4 = out.d4 < 1 ? 1 : out.d4;
    }
    return out;
}

}  // namespace lamina
