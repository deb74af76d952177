// SPDX-License-Identifier: Apache-2.0
// Windows of an image as columns, and columns added up to an image.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/concat_rule.hpp>
#include <lamina/graph/slice_rule.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

struct unfold_options {
    pair kernel = 0;  ///< must be given
    pair stride = 1;
    /// Zeros: one number, {h, w} or {top, left, bottom, right}.
    padding pad = 0;
    pair dilation = 1;
};

/// More places than this in a window are refused: each is a slice of the image.
inline constexpr int unfold_limit = 256;

/// True if windows touch and do not overlap: they are index arithmetic then.
constexpr bool stand_apart(const window& win) {
    return win.kernel_h == win.stride_h && win.kernel_w == win.stride_w && win.dilation_h == 1
        && win.dilation_w == 1;
}

/// The windows' options, checked. False, with a problem, if there are too many places in one.
constexpr bool settle_windows(network& net, const subject& who, const shape& image,
    const unfold_options& o, window& win, shape& positions) {
    win = make_window(net, who, image, o.kernel, o.stride, o.pad, o.dilation);
    positions = slide(net, who, image, win, false);
    const std::int64_t places = std::int64_t{win.kernel_h} * win.kernel_w;
    if (places <= unfold_limit || stand_apart(win)) return true;
    net.report(problem_id::option_range, who, "windows of ", win.kernel_h, "x", win.kernel_w,
        " that overlap have ", places, " elements, the limit is ", unfold_limit,
        "; use a convolution");
    return false;
}

/// Zeros around the rows and columns of an image.
constexpr tensor apply_border(
    const tensor& x, const subject& who, int top, int left, int bottom, int right) {
    if (!top && !left && !bottom && !right) return x;
    node made;
    made.kind = op::pad;
    made.inputs = {x.id};
    made.dims = {x.dims.n, x.dims.c, x.dims.h + top + bottom, x.dims.w + left + right};
    made.attr.starts[2] = top;
    made.attr.starts[3] = left;
    return network_of(x).add(who, made);
}

/// Each window of an image as a column (im2col): `unfold{{.kernel = 3, .pad = 1}}`.
///
/// Shapes   NxCxHxW -> Nx(C kh kw)xL, L windows; a column has channels outermost.
/// Errors   LAM-01 not an image; LAM-02 the kernel does not fit; LAM-08 options, or overlapping windows of
///          more than 256 elements; LAM-16 indices.
/// Cost     windows that do not overlap (stride = kernel) are index arithmetic and one copy; others a
///          slice and a part of a copy for each element of a window.
/// Source   torch.nn.Unfold.
struct unfold {
    subject who;
    unfold_options options;
    constexpr unfold(unfold_options o, std::source_location where = std::source_location::current())
        : who{"unfold", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const unfold& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    if (!needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    window win;
    shape out;
    if (!settle_windows(net, who, x.dims, layer.options, win, out)) return x;
    const int kh = win.kernel_h, kw = win.kernel_w, n = x.dims.n, c = x.dims.c;
    const shape columns{n, whole(std::int64_t{c} * kh * kw), whole(std::int64_t{out.h} * out.w)};
    const tensor wide
        = apply_border(x, who, win.pad_top, win.pad_left, win.pad_bottom, win.pad_right);
    if (stand_apart(win)) {
        const tensor cut
            = apply_slice(apply_slice(wide, who, 2, 0, out.h * kh), who, 3, 0, out.w * kw);
        const tensor apart = reshape_to(cut, who, {n, c, out.h, kh, out.w, kw});
        return reshape_to(permute_to(apart, who, {0, 1, 3, 5, 2, 4}), who, columns);
    }
    std::vector<tensor> places;
    for (int row = 0; row < kh; ++row)
        for (int column = 0; column < kw; ++column) {
            const tensor rows
                = apply_slice(wide, who, 2, row * win.dilation_h, out.h, win.stride_h);
            const tensor part
                = apply_slice(rows, who, 3, column * win.dilation_w, out.w, win.stride_w);
            places.push_back(reshape_to(part, who, {n, c, 1, columns.h}));
        }
    return reshape_to(apply_concat(places.data(), places.size(), 2, who), who, columns);
}

/// Columns added up where their windows lie (col2im), the transpose of unfold:
/// `fold{{8, 8}, {.kernel = 3, .pad = 1}}`.
///
/// Shapes   Nx(C kh kw)xL -> NxCxHxW, the size given.
/// Errors   LAM-01 not three axes; LAM-02 the kernel does not fit; LAM-04 the columns are not those of
///          such an image; LAM-08 options, or overlapping windows of more than 256 elements; LAM-16.
/// Cost     as unfold.
/// Source   torch.nn.Fold; ONNX Col2Im.
struct fold {
    subject who;
    pair size;
    unfold_options options;
    constexpr fold(
        pair s, unfold_options o, std::source_location where = std::source_location::current())
        : who{"fold", {}, where}, size(s), options(o) {}
};
constexpr tensor operator|(const tensor& x, const fold& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    needs_values(net, who, x);
    if (x.dims.rank != 3) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims), " has ", x.dims.rank,
            " axes, 3 are needed: batch, channels of windows, windows");
        return x;
    }
    window win;
    shape out;
    const shape image{x.dims.n, 1, layer.size.h, layer.size.w};
    if (!settle_windows(net, who, image, layer.options, win, out)) return x;
    const int kh = win.kernel_h, kw = win.kernel_w, n = x.dims.n;
    const std::int64_t places = std::int64_t{kh} * kw;
    if (x.dims.c % places || std::int64_t{out.h} * out.w != x.dims.h) {
        net.report(problem_id::operands, who, "input ", to_text(x.dims), " does not have ", kh, "x",
            kw, " elements for each of ", out.h, "x", out.w,
            " windows; check kernel, stride and size");
        return x;
    }
    const int c = static_cast<int>(x.dims.c / places);
    const int height = layer.size.h + win.pad_top + win.pad_bottom;
    const int width = layer.size.w + win.pad_left + win.pad_right;
    tensor sum;
    const tensor apart = reshape_to(x, who, {n, c, whole(places), out.h, out.w});
    if (stand_apart(win)) {
        const tensor both = permute_to(
            reshape_to(apart, who, {n, c, kh, kw, out.h, out.w}), who, {0, 1, 4, 2, 5, 3});
        sum = reshape_to(both, who, {n, c, out.h * kh, out.w * kw});
        sum = apply_border(sum, who, 0, 0, height - out.h * kh, width - out.w * kw);
    } else {
        for (int k = 0; k < kh * kw; ++k) {
            const int top = k / kw * win.dilation_h, left = k % kw * win.dilation_w;
            tensor part = reshape_to(apply_slice(apart, who, 2, k, 1), who, {n, c, out.h, out.w});
            // Zeros between its elements, one short of the last.
            const int sh = win.stride_h, sw = win.stride_w;
            if (sh > 1 || sw > 1) {
                part = reshape_to(part, who, {n, c * out.h, 1, out.w});
                part = reshape_to(
                    apply_border(part, who, 0, 0, sh - 1, 0), who, {n, c, out.h * sh * out.w, 1});
                part = reshape_to(
                    apply_border(part, who, 0, 0, 0, sw - 1), who, {n, c, out.h * sh, out.w * sw});
            }
            const int rows = (out.h - 1) * sh + 1, columns = (out.w - 1) * sw + 1;
            part = apply_slice(apply_slice(part, who, 2, 0, rows), who, 3, 0, columns);
            part = apply_border(part, who, top, left, height - rows - top, width - columns - left);
            sum = k ? apply_binary(sum, part, who, function::add) : part;
        }
    }
    return apply_slice(
        apply_slice(sum, who, 2, win.pad_top, layer.size.h), who, 3, win.pad_left, layer.size.w);
}

}  // namespace lamina
