// SPDX-License-Identifier: Apache-2.0
// Windows over sequences NxCxL: a sequence is an image of L rows and one column, so that the rules of
// images apply; what differs are the options and the messages.
#pragma once
#include <lamina/graph/window_rule.hpp>

namespace lamina {

/// Elements added at the ends of a sequence: `.pad = 1`, `{left, right}`, or `same`.
struct line_padding {
    int left, right;
    bool is_same = false;
    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr line_padding(Number both) : line_padding(whole(both)) {}
    constexpr line_padding(whole both) : left(both), right(both) {}
    constexpr line_padding(whole before, whole after) : left(before), right(after) {}
    /// `same`; another padding of an image has no meaning here.
    constexpr line_padding(const padding& image)
        : left(image.left), right(image.right), is_same(image.is_same) {}
};

/// True if the tensor is a sequence NxCxL, of which only N may be 0. Errors   LAM-01, LAM-22 otherwise.
constexpr bool needs_sequence(network& net, const subject& who, const shape& in) {
    return needs_batch_of(net, who, in, 3, "sequences", "a sequence NxCxL");
}

/// Checks the options and resolves `same`. Errors   LAM-08.
constexpr window make_line_window(network& net, const subject& who, const shape& in, int kernel,
    int stride, line_padding pad, int dilation) {
    const auto fits = [](int option) { return option >= 1 && option <= window_limit; };
    if (!fits(kernel) || !fits(stride) || !fits(dilation)) {
        net.report(problem_id::option_range, who, "kernel ", kernel, ", stride ", stride,
            ", dilation ", dilation, "; each must be 1 to ", window_limit);
        kernel = stride = dilation = 1;
    }
    if (pad.left < 0 || pad.right < 0 || pad.left > window_limit || pad.right > window_limit) {
        net.report(problem_id::option_range, who, "pad ", pad.left, ",", pad.right, " is not 0 to ",
            window_limit, "; use slice to crop, or less padding");
        pad = 0;
    }
    if (pad.is_same) {
        const int all = same_padding(in.h, kernel, stride, dilation);
        pad = {all / 2, all - all / 2};
    }
    return {kernel, 1, stride, 1, pad.left, 0, pad.right, 0, dilation, 1};
}

/// The output's shape, with n and c of `in`. Errors   LAM-02 the window does not fit.
constexpr shape slide_line(
    network& net, const subject& who, const shape& in, const window& win, bool ceil_mode = false) {
    shape out = in;
    out.h = window_extent(
        in.h, win.kernel_h, win.stride_h, win.pad_top, win.pad_bottom, win.dilation_h, ceil_mode);
    if (out.h < 1) {
        net.report(problem_id::kernel_fit, who, "kernel ", win.kernel_h,
            win.dilation_h > 1 ? " (dilated)" : "", " does not fit input ", to_text(in),
            " with pad ", win.pad_top, ",", win.pad_bottom,
            "; use a smaller kernel, more padding or a longer input");
        out.h = 1;
    }
    return out;
}

}  // namespace lamina
