// SPDX-License-Identifier: Apache-2.0
// Checks of picture layers, and how one joins those before it into one node of op::picture.
#pragma once
#include <lamina/graph/rules.hpp>

namespace lamina {

/// The largest height or width of a picture.
inline constexpr int most_picture_extent = 16384;

/// Which axis has the channels; unset: that of the picture layers before, else the last one.
enum class channel_axis : signed char { unset = 0, first = 1, last = 3 };

namespace detail {

/// Slots of node::numbers of op::picture.
enum picture_numbers { picture_order = 0, picture_factor = 4, picture_summand = 8 };

/// True if a picture node does nothing yet but move and reorder.
constexpr bool is_untouched(const network& net, const node& n) {
    const node& from = net.nodes[static_cast<std::size_t>(n.inputs[0])];
    const int h = n.attr.axis == 1 ? from.dims.h : from.dims.c;
    const int w = n.attr.axis == 1 ? from.dims.w : from.dims.h;
    const window& win = n.attr.win;
    const int rows = n.attr.order[0] == 1 ? n.dims.h : n.dims.c;
    const int columns = n.attr.order[0] == 1 ? n.dims.w : n.dims.h;
    return n.type == from.type && rows == h && columns == w && win.kernel_h == h
        && win.kernel_w == w;
}

/// A picture node that does what `x` does so far: that of its maker, if the layer may join it, else one that
/// changes nothing. False if x is no picture.
constexpr bool take_picture(network& net, const subject& who, const tensor& x, channel_axis axis,
    bool needs_untouched, node& out) {
    if (x.dims.rank != 4) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims), " has ", x.dims.rank,
            " axes; pictures have four, NxHxWxC, or NxCxHxW with .axis = channel_axis::first");
        return false;
    }
    if (x.type != dtype::u8 && x.type != dtype::f32) {
        net.report(problem_id::dtype_mismatch, who, "input ", to_text(x.dims), " is ",
            to_text(x.type), "; pictures are u8 or f32, cast it");
        return false;
    }
    node& made = net.nodes[static_cast<std::size_t>(x.id)];
    const bool follows = made.kind == op::picture;
    if (axis == channel_axis::unset)
        axis = follows ? static_cast<channel_axis>(made.attr.order[0]) : channel_axis::last;
    const int channels_at = static_cast<int>(axis), channels = x.dims[channels_at];
    const bool is_first = channels_at == 1;
    const int h = is_first ? x.dims.h : x.dims.c, w = is_first ? x.dims.w : x.dims.h;
    if (channels < 1 || channels > 4) {
        net.report(problem_id::channels, who, "input ", to_text(x.dims), " has ", channels,
            " channels on axis ", channels_at,
            "; pictures have 1 to 4, "
            "write .axis = channel_axis::first or last");
        return false;
    }
    if (h < 1 || w < 1 || h > most_picture_extent || w > most_picture_extent) {
        net.report(problem_id::extent_range, who, "input ", to_text(x.dims), " is ", h, "x", w,
            "; pictures have 1 to 16384 rows and columns, use another one");
        return false;
    }
    if (follows && made.attr.order[0] == channels_at
        && (!needs_untouched || is_untouched(net, made))) {
        made.is_optional = true;
        out = made;
        out.at = {};
        out.is_optional = false;
        return true;
    }
    out = {};
    out.kind = op::picture;
    out.type = x.type;
    out.dims = x.dims;
    out.inputs = {x.id};
    out.attr.axis = out.attr.order[0] = channels_at;
    out.attr.kind = static_cast<int>(resize_kind::bilinear);
    out.attr.win.kernel_h = h;
    out.attr.win.kernel_w = w;
    // No resize(): what g++ 12's library does there is no constant expression for clang.
    for (int i = 0; i < 12; ++i) out.numbers.push_back(0);
    for (int c = 0; c < 4; ++c) {
        const auto at = static_cast<std::size_t>(c);
        out.numbers[picture_order + at] = c < channels ? c : 0;
        out.numbers[picture_factor + at] = __builtin_bit_cast(int, 1.0f);
        out.numbers[picture_summand + at] = __builtin_bit_cast(int, 0.0f);
    }
    return true;
}

/// To the nearest whole number, halves to the even one, as Python rounds.
constexpr int rounded_to_even(double value) {
    const int down = static_cast<int>(value);
    const double rest = value - down;
    return rest > 0.5 || (rest == 0.5 && down % 2) ? down + 1 : down;
}

}  // namespace detail

}  // namespace lamina
