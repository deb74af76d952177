// SPDX-License-Identifier: Apache-2.0
// Resizing of images by interpolation (also called upsample).
#pragma once
#include <lamina/graph/resize_rule.hpp>
#include <lamina/graph/rules.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

/// Output extents over input extents; double, because 10 * 0.7f would be 6.99 rows.
struct scale_pair {
    double h, w;
    constexpr scale_pair(double both) : h(both), w(both) {}
    constexpr scale_pair(double height, double width) : h(height), w(width) {}
};

/// A resize option that has no default: frameworks disagree, so it must be written.
enum class resize_mode : unsigned char { unset, nearest, bilinear, bicubic };
enum class resize_coordinates : unsigned char {
    unset,
    half_pixel,
    align_corners,
    asymmetric,
    pytorch_half_pixel,
    half_pixel_symmetric,
    crop_and_resize
};
/// What nearest takes: unset is PyTorch's, round_floor of asymmetric and round_prefer_ceil of
/// half_pixel; ONNX's default is round_prefer_floor.
enum class resize_rounding : unsigned char { unset, floor, ceil, prefer_floor, prefer_ceil };

inline constexpr resize_mode nearest = resize_mode::nearest;
inline constexpr resize_mode bilinear = resize_mode::bilinear;
inline constexpr resize_mode bicubic = resize_mode::bicubic;
inline constexpr resize_coordinates half_pixel = resize_coordinates::half_pixel;
inline constexpr resize_coordinates align_corners = resize_coordinates::align_corners;
inline constexpr resize_coordinates asymmetric = resize_coordinates::asymmetric;
inline constexpr resize_coordinates pytorch_half_pixel = resize_coordinates::pytorch_half_pixel;
inline constexpr resize_coordinates half_pixel_symmetric = resize_coordinates::half_pixel_symmetric;
inline constexpr resize_coordinates crop_and_resize = resize_coordinates::crop_and_resize;
inline constexpr resize_rounding round_floor = resize_rounding::floor;
inline constexpr resize_rounding round_ceil = resize_rounding::ceil;
inline constexpr resize_rounding round_prefer_floor = resize_rounding::prefer_floor;
inline constexpr resize_rounding round_prefer_ceil = resize_rounding::prefer_ceil;

/// A part of an image: 0 is the middle of its first row or column, 1 that of its last.
struct crop_box {
    float top = 0, left = 0, bottom = 1, right = 1;
    constexpr bool operator==(const crop_box&) const = default;
};

struct resize_options {
    pair size = 0;                        ///< height and width, or
    scale_pair scale = 0;                 ///< factors; one of both must be given
    resize_mode mode = {};                ///< nearest, bilinear, bicubic; must be given
    resize_coordinates coordinates = {};  ///< half_pixel, align_corners, ...; must be given
    resize_rounding rounding = {};        ///< of nearest: round_floor, round_ceil, ...
    float cubic_a = -0.75f;               ///< of bicubic: PyTorch's; with antialias it has -0.5
    bool antialias = false;               ///< shrinking averages over all inputs in between
    bool exclude_outside = false;         ///< inputs outside do not count; else the edge repeats
    crop_box roi = {};                    ///< of crop_and_resize: the part that is resized
    float extrapolation = 0;              ///< of crop_and_resize: the value outside the image
};

/// Enlarges or shrinks an image, or a part of it.
///
/// Shapes   NxCxHxW -> NxCxhxw: the size, or floor(H scale_h), floor(W scale_w).
/// Errors   LAM-01 not an image; LAM-08 mode, coordinates or size are not given, both size and
///          scale are, an option does not belong to the mode or the coordinates; LAM-16 indices;
///          LAM-22 the size or what a scale gives is below 1 or too large.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.functional.interpolate:
///          nearest, asymmetric        mode='nearest'
///          nearest, half_pixel        mode='nearest-exact'
///          bilinear, half_pixel       mode='bilinear', align_corners=False
///          bilinear, align_corners    mode='bilinear', align_corners=True
///          bicubic, half_pixel        mode='bicubic', align_corners=False
///          bicubic, align_corners     mode='bicubic', align_corners=True
///          bilinear, half_pixel, antialias, exclude_outside   mode='bilinear', antialias=True
///          bicubic, half_pixel, antialias, exclude_outside, cubic_a -0.5   mode='bicubic',
///          antialias=True
///          bilinear, asymmetric       no equal in PyTorch; TensorFlow 1's resize_bilinear
///          A given scale is used for the coordinates as it is, as PyTorch does unless
///          recompute_scale_factor=True.
///          ONNX's Resize has all of it: coordinate_transformation_mode (tf_crop_and_resize is
///          crop_and_resize), nearest_mode, cubic_coeff_a, antialias, exclude_outside, roi,
///          extrapolation_value. Differs: align_corners divides by h - 1 also where h was rounded.
struct resize {
    subject who;
    resize_options options;
    constexpr resize(resize_options o, std::source_location where = std::source_location::current())
        : who{"resize", {}, where}, options(o) {}
};

/// Gives what is missing its first value, and sets back what does not belong. Errors   LAM-08.
constexpr void settle_resize(network& net, const subject& who, resize_options& o) {
    const auto refuse
        = [&](const char* sentence) { net.report(problem_id::option_range, who, sentence); };
    if (o.mode == resize_mode::unset) {
        refuse("mode is not given; write .mode = nearest, bilinear or bicubic");
        o.mode = nearest;
    }
    if (o.coordinates == resize_coordinates::unset) {
        refuse("coordinates are not given; write .coordinates = half_pixel, align_corners or "
               "asymmetric (PyTorch's nearest is asymmetric, its bilinear half_pixel)");
        o.coordinates = asymmetric;
    }
    const bool is_nearest = o.mode == nearest, crops = o.coordinates == crop_and_resize;
    if (!is_nearest && o.rounding != resize_rounding::unset)
        refuse("rounding is for mode nearest, bilinear and bicubic mix their inputs; leave it out");
    if (is_nearest && o.rounding == resize_rounding::unset) {
        if (o.coordinates != asymmetric && o.coordinates != half_pixel)
            refuse("nearest needs a rounding with these coordinates; write .rounding = "
                   "round_prefer_floor (ONNX's default), round_prefer_ceil, round_floor or "
                   "round_ceil");
        o.rounding = o.coordinates == asymmetric ? round_floor : round_prefer_ceil;
    }
    if (is_nearest && (o.antialias || o.exclude_outside))
        refuse("antialias and exclude_outside are for bilinear and bicubic, nearest takes one "
               "input; leave them out");
    if (is_nearest) o.antialias = o.exclude_outside = false;
    if (o.mode != bicubic && o.cubic_a != -0.75f)
        refuse("cubic_a is for mode bicubic; leave it out");
    if (!needs_finite(net, who, "cubic_a", o.cubic_a)) o.cubic_a = -0.75f;
    if (!crops && (!(o.roi == crop_box{}) || o.extrapolation != 0))
        refuse("roi and extrapolation are for .coordinates = crop_and_resize; leave them out");
    if (!needs_finite(net, who, "extrapolation", o.extrapolation)) o.extrapolation = 0;
    for (const float end : {o.roi.top, o.roi.left, o.roi.bottom, o.roi.right})
        if (!(end >= -1024 && end <= 1024)) {
            refuse("an end of roi is not -1024 to 1024; 0 is the first row or column, 1 the last");
            o.roi = {};
        }
}

/// The node of a resize. Errors   as resize.
constexpr tensor apply_resize(const tensor& x, const subject& who, resize_options o) {
    network& net = network_of(x);
    if (!needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    settle_resize(net, who, o);
    const bool has_size = o.size.h != 0 || o.size.w != 0;
    const bool has_scale = o.scale.h != 0 || o.scale.w != 0;
    node made;
    made.kind = op::resize;
    made.inputs = {x.id};
    made.dims = x.dims;
    attributes& attr = made.attr;
    attr.kind = static_cast<int>(o.mode) - 1;
    attr.coordinates = static_cast<coordinate_mode>(static_cast<int>(o.coordinates) - 1);
    if (o.mode == nearest)
        attr.rounding = static_cast<nearest_rounding>(static_cast<int>(o.rounding) - 1);
    if (has_size == has_scale) {
        net.report(problem_id::option_range, who,
            has_size ? "size and scale are both given; keep one of them"
                     : "neither size nor scale is given; write .size = {h, w} or "
                       ".scale = {sh, sw}");
    } else if (has_size) {
        made.dims.h = o.size.h;
        made.dims.w = o.size.w;
    } else if (!(o.scale.h > 0 && o.scale.w > 0 && o.scale.h <= 65536 && o.scale.w <= 65536)) {
        net.report(problem_id::option_range, who,
            "scale is not above 0 and at most 65536; write .scale = {sh, sw}, output over "
            "input");
    } else if (o.coordinates == crop_and_resize) {
        net.report(problem_id::option_range, who,
            "crop_and_resize needs .size = {h, w}, a scale does not say what of");
    } else {
        made.dims.h = to_extent(static_cast<std::int64_t>(x.dims.h * o.scale.h));
        made.dims.w = to_extent(static_cast<std::int64_t>(x.dims.w * o.scale.w));
        attr.scalars[0] = static_cast<float>(o.scale.h);
        attr.scalars[1] = static_cast<float>(o.scale.w);
    }
    if (made.dims.h < 1 || made.dims.w < 1) {
        net.report(problem_id::extent_range, who, "input ", to_text(x.dims), " would become ",
            made.dims.h, "x", made.dims.w, "; both must be at least 1, use a larger size or scale");
        made.dims.h = made.dims.w = 1;
    }
    if (o.antialias && (made.dims.h < x.dims.h / 16384 || made.dims.w < x.dims.w / 16384)) {
        net.report(problem_id::option_range, who, "antialias from ", to_text(x.dims), " to ",
            to_text(made.dims), " averages over more than 16384 rows or columns; resize twice");
        o.antialias = false;
    }
    // What changes nothing is left out, so that the fast kernels see what they know.
    const bool shrinks = made.dims.h < x.dims.h || made.dims.w < x.dims.w || attr.scalars[0] < 1
        || attr.scalars[1] < 1;
    attr.antialias = o.antialias && shrinks;
    attr.exclude_outside = o.exclude_outside && (o.mode == bicubic || attr.antialias);
    if (o.mode == bicubic) attr.cubic_a = o.cubic_a;
    attr.extrapolation = o.extrapolation;
    const float roi[] = {o.roi.top, o.roi.left, o.roi.bottom, o.roi.right};
    for (int end = 0; end < 4; ++end) attr.roi[end] = roi[end];
    return net.add(who, made);
}

constexpr tensor operator|(const tensor& x, const resize& layer) {
    return apply_resize(x, layer.who, layer.options);
}

}  // namespace lamina
