// SPDX-License-Identifier: Apache-2.0
// Pictures as cameras and files have them, 8-bit and channels last, made into what networks read: size,
// colour order, scale, layout. Layers behind each other become one step, whichever of them there are.
// Shapes   N x H x W x C (or, with axis 1, N x C x H x W), C 1 to 4, extents up to 16384.
// Errors   LAM-01 not four axes; LAM-03 more than 4 channels; LAM-16 neither u8 nor f32; and each layer's.
// Cost     one step that reads the picture and writes the result, for all layers in a row up to the next
//          letterbox behind a normalize_picture or another letterbox.
#pragma once
#include <lamina/graph/picture_rule.hpp>
#include <lamina/graph/window_rule.hpp>
#include <lamina/layers/resize.hpp>

namespace lamina {

/// One number for each channel, up to 4, or one for all of them.
struct channel_numbers {
    float at[4] = {};
    int count = 0;
    constexpr channel_numbers(float all) : at{all, all, all, all} {}
    constexpr channel_numbers(std::initializer_list<float> each) {
        for (const float one : each) {
            if (count < 4) at[count] = one;
            if (count <= 4) ++count;
        }
    }
};

struct letterbox_options {
    pair size = 0;                ///< height and width of the result; must be given
    float pad = 114;              ///< what lies around the picture
    bool grow = true;             ///< smaller pictures are enlarged (ultralytics' scaleup)
    bool centre = true;           ///< in the middle, else in the upper left corner
    bool stretch = false;         ///< to the whole size, without keeping the aspect
    resize_mode mode = bilinear;  ///< or nearest, which takes floor(i * in / out)
    picture_rounding rounding = picture_rounding::fixed;  ///< of u8
    channel_axis axis = channel_axis::unset;
};

/// Resizes a picture as far as it fits into a size without changing its aspect, and puts it into the middle:
/// `letterbox{{.size = {640, 640}}}`. With stretch it is a resize of pictures.
///
/// Shapes   N x H x W x C -> N x h x w x C. The element type stays.
/// Units    the resized picture has round(H r) x round(W r) elements, r = min(h / H, w / W), halves to the
///          even number; above it lie (h - round(H r)) / 2 rows, rounded down, and so for columns.
/// Errors   LAM-08 no size, mode bicubic, a pad that u8 cannot hold; LAM-22 the size is not 1 to 16384, or
///          the picture would have no row or column; those of the file.
/// Fuses with   the picture layers behind it, and with those before it that change neither size nor scale.
/// Source   ultralytics.data.augment.LetterBox(auto=False, scale_fill=stretch, scaleup=grow, center=centre),
///          which resizes with OpenCV. u8 is rounded as `rounding` says: fixed is OpenCV's INTER_LINEAR
///          (weights of 11 bits; OpenCV's last few columns differ by 1 at times), nearest is that of
///          torchvision.transforms.v2.functional.resize(antialias=False), where what lies exactly between
///          two numbers becomes the even one. They differ by at most 1. Differs: PIL and torchvision's default smooth what they shrink (antialias): use
///          resize{} behind normalize_picture for that.
struct letterbox {
    subject who;
    letterbox_options options;
    constexpr letterbox(
        letterbox_options o, std::source_location where = std::source_location::current())
        : who{"letterbox", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const letterbox& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const letterbox_options& o = layer.options;
    node made;
    if (!detail::take_picture(net, who, x, o.axis, true, made)) return x;
    const int h = o.size.h, w = o.size.w;
    if (h == 0 && w == 0) {
        net.report(problem_id::option_range, who, "size is not given; write .size = {h, w}");
        return x;
    }
    if (h < 1 || w < 1 || h > most_picture_extent || w > most_picture_extent) {
        net.report(problem_id::extent_range, who, "size is ", h, "x", w,
            "; both are 1 to 16384, use another size");
        return x;
    }
    if (o.mode != nearest && o.mode != bilinear) {
        net.report(problem_id::option_range, who,
            "mode is neither nearest nor bilinear; write one of them, or resize{} behind "
            "normalize_picture");
        return x;
    }
    if (!needs_finite(net, who, "pad", static_cast<double>(o.pad))) return x;
    if (x.type == dtype::u8
        && !(o.pad >= 0 && o.pad <= 255 && static_cast<float>(static_cast<int>(o.pad)) == o.pad)) {
        net.report(problem_id::option_range, who, "pad is no whole number of 0 to 255, and input ",
            to_text(x.dims), " is u8; write one, or letterbox behind normalize_picture");
        return x;
    }
    attributes& attr = made.attr;
    const double by_h = static_cast<double>(h) / attr.win.kernel_h;
    const double by_w = static_cast<double>(w) / attr.win.kernel_w;
    double by = by_h < by_w ? by_h : by_w;
    if (!o.grow && by > 1) by = 1;
    const int own_h = attr.win.kernel_h, own_w = attr.win.kernel_w;
    attr.win.kernel_h = o.stretch ? h : detail::rounded_to_even(own_h * by);
    attr.win.kernel_w = o.stretch ? w : detail::rounded_to_even(own_w * by);
    if (attr.win.kernel_h < 1 || attr.win.kernel_w < 1) {
        net.report(problem_id::extent_range, who, "a picture of ", own_h, "x", own_w,
            " would become ", attr.win.kernel_h, "x", attr.win.kernel_w, " inside of ", h, "x", w,
            "; both must be at least 1, use a larger size or stretch");
        return x;
    }
    attr.win.pad_top = o.centre ? (h - attr.win.kernel_h) / 2 : 0;
    attr.win.pad_left = o.centre ? (w - attr.win.kernel_w) / 2 : 0;
    attr.scalars[0] = o.pad;
    attr.kind = static_cast<int>(o.mode == nearest ? resize_kind::nearest : resize_kind::bilinear);
    attr.rounded = x.type == dtype::u8 && o.mode == bilinear ? o.rounding : picture_rounding::none;
    const int first = attr.order[0] == 1 ? 2 : 1;
    made.dims.at(first) = h;
    made.dims.at(first + 1) = w;
    return net.add(who, made);
}

struct normalize_picture_options {
    channel_numbers mean = 0.0f;
    channel_numbers std = 1.0f;
    float scale = 1.0f / 255;  ///< what elements are multiplied by first
    channel_axis axis = channel_axis::unset;
};

/// (scale x - mean) / std of each channel, in f32: `normalize_picture{{.mean = {0.485f, 0.456f, 0.406f},
/// .std = {0.229f, 0.224f, 0.225f}}}`; `normalize_picture{}` divides by 255.
///
/// Shapes   stay. mean and std are those of the channels as they are here, behind a swap_colours before it.
/// Errors   LAM-08 a number is not finite, std is 0, mean or std have another number of channels; those of
///          the file.
/// Fuses with   the picture layers before and behind it. What a letterbox before it put around the picture
///          is normalised too, as if it were part of it.
/// Source   torchvision.transforms.Normalize behind ToTensor (or behind ConvertImageDtype).
struct normalize_picture {
    subject who;
    normalize_picture_options options;
    constexpr normalize_picture(normalize_picture_options o = {},
        std::source_location where = std::source_location::current())
        : who{"normalize_picture", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& x, const normalize_picture& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const normalize_picture_options& o = layer.options;
    node made;
    if (!detail::take_picture(net, who, x, o.axis, false, made)) return x;
    const int channels = x.dims[made.attr.order[0]];
    for (const channel_numbers* each : {&o.mean, &o.std})
        if (each->count && each->count != channels) {
            net.report(problem_id::option_range, who, each == &o.mean ? "mean" : "std", " has ",
                each->count, " numbers and input ", to_text(x.dims), " has ", channels,
                " channels; write one for each channel, or one for all");
            return x;
        }
    if (!needs_finite(net, who, "scale", static_cast<double>(o.scale))) return x;
    for (int c = 0; c < channels; ++c) {
        const auto mean = static_cast<double>(o.mean.at[c]);
        const auto deviation = static_cast<double>(o.std.at[c]);
        if (!needs_finite(net, who, "mean", mean) || !needs_finite(net, who, "std", deviation))
            return x;
        if (deviation == 0) {
            net.report(problem_id::option_range, who, "std of channel ", c,
                " is 0, which nothing can be divided by; write another number");
            return x;
        }
        int& factor = made.numbers[static_cast<std::size_t>(detail::picture_factor + c)];
        int& summand = made.numbers[static_cast<std::size_t>(detail::picture_summand + c)];
        const double by = static_cast<double>(o.scale) / deviation;
        const auto before = static_cast<double>(__builtin_bit_cast(float, factor));
        const auto added = static_cast<double>(__builtin_bit_cast(float, summand));
        factor = __builtin_bit_cast(int, static_cast<float>(before * by));
        summand = __builtin_bit_cast(int, static_cast<float>(added * by - mean / deviation));
    }
    made.type = dtype::f32;
    return net.add(who, made);
}

/// Red for blue and blue for red, the first channel for the third: RGB to BGR and back, RGBA to BGRA.
///
/// Errors   LAM-03 the picture has fewer than 3 channels; those of the file.
/// Fuses with   the picture layers before and behind it.
/// Source   cv2.cvtColor(x, cv2.COLOR_BGR2RGB), x[..., ::-1].
struct swap_colours {
    channel_axis axis = channel_axis::unset;
    std::source_location where = std::source_location::current();
};
constexpr tensor operator|(const tensor& x, const swap_colours& layer) {
    network& net = network_of(x);
    const subject who{"swap_colours", {}, layer.where};
    node made;
    if (!detail::take_picture(net, who, x, layer.axis, false, made)) return x;
    if (x.dims[made.attr.order[0]] < 3) {
        net.report(problem_id::channels, who, "input ", to_text(x.dims), " has ",
            x.dims[made.attr.order[0]], " channels, red and blue are the first and the third");
        return x;
    }
    for (const int first :
        {detail::picture_order, detail::picture_factor, detail::picture_summand}) {
        int& red = made.numbers[static_cast<std::size_t>(first)];
        int& blue = made.numbers[static_cast<std::size_t>(first + 2)];
        const int kept = red;
        red = blue;
        blue = kept;
    }
    return net.add(who, made);
}

/// N x H x W x C as N x C x H x W, the layout that convolutions read.
///
/// Errors   those of the file.
/// Fuses with   the picture layers before and behind it.
/// Source   x.permute(0, 3, 1, 2); torchvision.transforms.ToTensor without its scale.
struct channels_first {
    std::source_location where = std::source_location::current();
};
constexpr tensor operator|(const tensor& x, const channels_first& layer) {
    network& net = network_of(x);
    const subject who{"channels_first", {}, layer.where};
    node made;
    if (!detail::take_picture(net, who, x, channel_axis::last, false, made)) return x;
    made.attr.order[0] = 1;
    made.dims = {x.dims.n, x.dims.w, x.dims.c, x.dims.h};
    return net.add(who, made);
}

}  // namespace lamina
