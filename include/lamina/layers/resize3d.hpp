// SPDX-License-Identifier: Apache-2.0
// Resizing of volumes and sequences by interpolation.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/line_window.hpp>
#include <lamina/graph/volume_window.hpp>
#include <lamina/layers/resize.hpp>

namespace lamina {

/// Output extents over input extents of depth, height and width.
struct scale_triple {
    double d, h, w;
    constexpr scale_triple(double all) : d(all), h(all), w(all) {}
    constexpr scale_triple(double depth, double height, double width)
        : d(depth), h(height), w(width) {}
};

struct resize3d_options {
    triple size = 0;                      ///< depth, height and width, or
    scale_triple scale = 0;               ///< factors; one of both must be given
    resize_mode mode = {};                ///< nearest or bilinear (of three axes); must be given
    resize_coordinates coordinates = {};  ///< half_pixel, align_corners, ...; must be given
    resize_rounding rounding = {};        ///< of nearest: round_floor, round_ceil, ...
};

struct resize1d_options {
    whole size = 0;                       ///< the length, or
    double scale = 0;                     ///< a factor; one of both must be given
    resize_mode mode = {};                ///< nearest or bilinear (of one axis); must be given
    resize_coordinates coordinates = {};  ///< half_pixel, align_corners, ...; must be given
    resize_rounding rounding = {};        ///< of nearest: round_floor, round_ceil, ...
};

/// Enlarges or shrinks a volume: `resize3d{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}}`.
///
/// Shapes   NxCxDxHxW -> NxCxdxhxw: the size, or floor(D scale_d), floor(H scale_h), floor(W scale_w).
/// Errors   LAM-01 not a volume; LAM-08 mode, coordinates or size are not given, both size and scale are,
///          another mode, crop_and_resize; LAM-16 indices; LAM-22 the size or what a scale gives is below
///          1 or too large.
/// Fuses with   pointwise ops after it.
/// Cost     one step for the depth and one for height and width, each only where it changes something.
/// Source   torch.nn.functional.interpolate of 5 axes:
///          nearest, asymmetric        mode='nearest'
///          nearest, half_pixel        mode='nearest-exact'
///          bilinear, half_pixel       mode='trilinear', align_corners=False
///          bilinear, align_corners    mode='trilinear', align_corners=True
///          A given scale is used as it is, as in resize. ONNX Resize of 5 axes.
struct resize3d {
    subject who;
    resize3d_options options;
    constexpr resize3d(
        resize3d_options o, std::source_location where = std::source_location::current())
        : who{"resize3d", {}, where}, options(o) {}
};

/// Enlarges or shrinks a sequence: `resize1d{{.size = 50, .mode = bilinear, .coordinates = half_pixel}}`.
///
/// Shapes   NxCxL -> NxCxl: the size, or floor(L scale).
/// Errors   LAM-01 not a sequence; the others of resize3d.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.functional.interpolate of 3 axes: as resize3d, where bilinear is mode='linear'.
struct resize1d {
    subject who;
    resize1d_options options;
    constexpr resize1d(
        resize1d_options o, std::source_location where = std::source_location::current())
        : who{"resize1d", {}, where}, options(o) {}
};

namespace detail {

/// The options that all axes share, settled. Errors   LAM-08.
template <class Options>
constexpr resize_options shared_resize(network& net, const subject& who, const Options& o) {
    resize_options all{.mode = o.mode, .coordinates = o.coordinates, .rounding = o.rounding};
    if (o.mode != nearest && o.mode != bilinear) {
        net.report(problem_id::option_range, who,
            o.mode == bicubic
                ? "mode is bicubic, which is for images; write .mode = nearest or bilinear"
                : "mode is not given; write .mode = nearest or bilinear");
        all.mode = bilinear;
    }
    if (o.coordinates == crop_and_resize) {
        net.report(problem_id::option_range, who,
            "crop_and_resize is for images; slice the input and write .coordinates = half_pixel, "
            "align_corners or asymmetric");
        all.coordinates = half_pixel;
    }
    settle_resize(net, who, all);
    return all;
}

/// True if of a size and a scale one is given, and that is sound. Errors   LAM-08.
constexpr bool needs_one_size(network& net, const subject& who, bool has_size, bool has_scale,
    std::initializer_list<double> scales) {
    if (has_size == has_scale) {
        net.report(problem_id::option_range, who,
            has_size ? "size and scale are both given; keep one of them"
                     : "neither size nor scale is given; write .size = or .scale =");
        return false;
    }
    for (const double scale : scales)
        if (has_scale && !(scale > 0 && scale <= 65536)) {
            net.report(problem_id::option_range, who,
                "scale is not above 0 and at most 65536; write .scale = output over input");
            return false;
        }
    return true;
}

}  // namespace detail

constexpr tensor operator|(const tensor& x, const resize3d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const resize3d_options& o = layer.options;
    if (!needs_volume(net, who, x.dims)) return x;
    needs_values(net, who, x);
    resize_options both = detail::shared_resize(net, who, o);
    const bool has_size = o.size.d != 0 || o.size.h != 0 || o.size.w != 0;
    const bool has_scale = o.scale.d != 0 || o.scale.h != 0 || o.scale.w != 0;
    if (!detail::needs_one_size(net, who, has_size, has_scale, {o.scale.d, o.scale.h, o.scale.w}))
        return x;
    const auto scaled
        = [&](int extent, double by) { return to_extent(static_cast<std::int64_t>(extent * by)); };
    const shape in = x.dims;
    shape out = in;
    out.h = has_size ? o.size.d : scaled(in.h, o.scale.d);
    out.w = has_size ? o.size.h : scaled(in.w, o.scale.h);
    out.d4 = has_size ? o.size.w : scaled(in.d4, o.scale.w);
    const std::int64_t plane = std::int64_t{in.w} * in.d4, made = std::int64_t{out.w} * out.d4;
    if (out.h < 1 || out.w < 1 || out.d4 < 1 || plane > 2147483647 || made > 2147483647) {
        net.report(problem_id::extent_range, who, "input ", to_text(in), " would become ", out.h,
            "x", out.w, "x", out.d4,
            "; each must be at least 1 and a slice below 2^31 elements, use another size or scale");
        return x;
    }
    // Along the depth a volume is an image whose columns are its slices' elements; a slice is an image.
    const auto along_depth = [&](const tensor& v) {
        if (v.dims.h == out.h && (has_size || o.scale.d == 1)) return v;
        const int columns = v.dims.w * v.dims.d4;
        resize_options one = both;
        if (has_size) one.size = {out.h, columns};
        if (has_scale) one.scale = {o.scale.d, 1};
        const tensor image = reshape_to(v, who, {in.n, in.c, in.h, columns});
        return reshape_to(
            apply_resize(image, who, one), who, {in.n, in.c, out.h, v.dims.w, v.dims.d4});
    };
    const auto along_planes = [&](const tensor& v) {
        if (out.w == in.w && out.d4 == in.d4 && (has_size || (o.scale.h == 1 && o.scale.w == 1)))
            return v;
        resize_options one = both;
        if (has_size) one.size = {out.w, out.d4};
        if (has_scale) one.scale = {o.scale.h, o.scale.w};
        const tensor slices = reshape_to(v, who, {in.n, in.c * v.dims.h, in.w, in.d4});
        return reshape_to(
            apply_resize(slices, who, one), who, {in.n, in.c, v.dims.h, out.w, out.d4});
    };
    // What lies between both steps is the smaller of the two volumes.
    return in.h * made <= out.h * plane ? along_depth(along_planes(x))
                                        : along_planes(along_depth(x));
}

constexpr tensor operator|(const tensor& x, const resize1d& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const resize1d_options& o = layer.options;
    if (!needs_sequence(net, who, x.dims)) return x;
    needs_values(net, who, x);
    resize_options one = detail::shared_resize(net, who, o);
    if (!detail::needs_one_size(net, who, o.size != 0, o.scale != 0, {o.scale})) return x;
    const int length
        = o.size != 0 ? o.size.value : to_extent(static_cast<std::int64_t>(x.dims.h * o.scale));
    if (length < 1) {
        net.report(problem_id::extent_range, who, "input ", to_text(x.dims),
            " would have a length of ", length,
            "; it must be at least 1, use a larger size or scale");
        return x;
    }
    if (o.size != 0) one.size = {1, length};
    if (o.scale != 0) one.scale = {1, o.scale};
    const tensor image = reshape_to(x, who, {x.dims.n, x.dims.c, 1, x.dims.h});
    return reshape_to(apply_resize(image, who, one), who, {x.dims.n, x.dims.c, length});
}

}  // namespace lamina
