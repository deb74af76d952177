// SPDX-License-Identifier: Apache-2.0
// Resizing of images by interpolation (also called upsample).
#pragma once
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
enum class resize_mode : unsigned char { unset, nearest, bilinear };
enum class resize_coordinates : unsigned char { unset, half_pixel, align_corners, asymmetric };

inline constexpr resize_mode nearest = resize_mode::nearest;
inline constexpr resize_mode bilinear = resize_mode::bilinear;
inline constexpr resize_coordinates half_pixel = resize_coordinates::half_pixel;
inline constexpr resize_coordinates align_corners = resize_coordinates::align_corners;
inline constexpr resize_coordinates asymmetric = resize_coordinates::asymmetric;

struct resize_options {
    pair size = 0;                        ///< height and width, or
    scale_pair scale = 0;                 ///< factors; one of both must be given
    resize_mode mode = {};                ///< nearest, bilinear; must be given
    resize_coordinates coordinates = {};  ///< half_pixel, align_corners, asymmetric; must be given
};

/// Enlarges or shrinks an image.
///
/// Shapes   NxCxHxW -> NxCxhxw: the size, or floor(H scale_h), floor(W scale_w).
/// Errors   LAM-01 not an image; LAM-08 mode, coordinates or size are not given, both size and
///          scale are, or nearest with align_corners; LAM-16 indices; LAM-22 too large.
/// Source   torch.nn.functional.interpolate:
///          nearest, asymmetric        mode='nearest'
///          nearest, half_pixel        mode='nearest-exact'
///          bilinear, half_pixel       mode='bilinear', align_corners=False
///          bilinear, align_corners    mode='bilinear', align_corners=True
///          bilinear, asymmetric       no equal in PyTorch; TensorFlow 1's resize_bilinear
///          A given scale is used for the coordinates as it is, as PyTorch does unless
///          recompute_scale_factor=True. antialias does not exist.
struct resize {
    subject who;
    resize_options options;
    constexpr resize(resize_options o, std::source_location where = std::source_location::current())
        : who{"resize", {}, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const resize& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    resize_options o = layer.options;
    if (!needs_image(net, who, x.dims)) return x;
    needs_values(net, who, x);
    if (o.mode == resize_mode::unset) {
        net.report(
            problem_id::option_range, who, "mode is not given; write .mode = nearest or bilinear");
        o.mode = nearest;
    }
    if (o.coordinates == resize_coordinates::unset) {
        net.report(problem_id::option_range, who,
            "coordinates are not given; write .coordinates = half_pixel, align_corners or "
            "asymmetric (PyTorch's nearest is asymmetric, its bilinear half_pixel)");
        o.coordinates = asymmetric;
    }
    if (o.mode == nearest && o.coordinates == align_corners) {
        net.report(problem_id::option_range, who,
            "nearest with align_corners does not exist; use asymmetric or half_pixel");
        o.coordinates = asymmetric;
    }
    const bool has_size = o.size.h != 0 || o.size.w != 0;
    const bool has_scale = o.scale.h != 0 || o.scale.w != 0;
    node made;
    made.kind = op::resize;
    made.inputs = {x.id};
    made.dims = x.dims;
    made.attr.kind = static_cast<int>(o.mode) - 1;
    made.attr.coordinates = static_cast<coordinate_mode>(static_cast<int>(o.coordinates) - 1);
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
    } else {
        made.dims.h = to_extent(static_cast<std::int64_t>(x.dims.h * o.scale.h));
        made.dims.w = to_extent(static_cast<std::int64_t>(x.dims.w * o.scale.w));
        made.attr.scalars[0] = static_cast<float>(o.scale.h);
        made.attr.scalars[1] = static_cast<float>(o.scale.w);
    }
    return net.add(who, made);
}

}  // namespace lamina
