// SPDX-License-Identifier: Apache-2.0
// Boxes of an image cut out and resized to one size: roi_align, roi_pool and their position-sensitive forms.
// Shapes   x NxCxHxW; boxes Kx5, each the number of its image and its corners left, top, right, bottom, or
//          Nxkx4, the same number of boxes for each image, without its number. -> KxCxhxw, K = N k.
// Units    corners in those of the picture; spatial_scale is the feature map's extent over the picture's. The
//          number of an image outside 0 to N - 1 gives 0.
// Errors   LAM-01 x is no image; LAM-03 channels that the position-sensitive forms cannot divide; LAM-04 the
//          boxes do not fit, with both shapes; LAM-08 no size, an option outside its range; LAM-16 not f32;
//          LAM-17; LAM-22 the size is below 1.
// Precision  boxes that the caller gives, or that functions of single elements compute, keep floats in plans
//          of 16 bits.
// Fuses with   pointwise ops after it.
#pragma once
#include <lamina/graph/rules.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

struct roi_align_options {
    pair size = 0;            ///< height and width of the result; must be given
    float spatial_scale = 1;  ///< feature map over picture
    whole sampling_ratio
        = 0;               ///< samples along each axis of a bin; 0 or -1: its extent, rounded up
    bool aligned = false;  ///< half an element is taken off the corners (detectron2's ROIAlignV2)
};

struct roi_pool_options {
    pair size = 0;            ///< height and width of the result; must be given
    float spatial_scale = 1;  ///< feature map over picture
};

namespace detail {

constexpr tensor apply_roi(const tensor& x, const tensor& boxes, const subject& who, roi_kind kind,
    const roi_align_options& o) {
    network& net = network_of(x);
    if (!needs_owned(net, who, boxes, 2)) return x;
    if (x.dims.rank != 4) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims), " has ", x.dims.rank,
            " axes; it needs four, NxCxHxW");
        return x;
    }
    if (!needs_values(net, who, x) || !needs_values(net, who, boxes)) return x;
    const bool is_list = boxes.dims.rank == 2 && boxes.dims.c == 5;
    const bool is_batch = boxes.dims.rank == 3 && boxes.dims.n == x.dims.n && boxes.dims.h == 4;
    if (!is_list && !is_batch) {
        net.report(problem_id::operands, who, "boxes ", to_text(boxes.dims), " (",
            maker_text(net, boxes, who), ") do not fit input ", to_text(x.dims),
            "; they need Kx5 (image, left, top, right, bottom), or ", x.dims.n, "xKx4");
        return x;
    }
    int h = o.size.h, w = o.size.w;
    if (h == 0 && w == 0) {
        net.report(problem_id::option_range, who, "size is not given; write .size = {h, w}");
        h = w = 1;
    } else if (h < 1 || w < 1 || h > 4096 || w > 4096) {
        net.report(problem_id::extent_range, who, "size is ", h, "x", w,
            "; both are 1 to 4096, use another size");
        h = w = 1;
    }
    if (!needs_finite(net, who, "spatial_scale", static_cast<double>(o.spatial_scale))) return x;
    if (o.spatial_scale <= 0) {
        net.report(problem_id::option_range, who,
            "spatial_scale is not above 0; write the feature map's extent over the picture's");
        return x;
    }
    int samples = o.sampling_ratio;
    if (samples < -1 || samples > 64) {
        net.report(problem_id::option_range, who, "sampling_ratio is ", samples,
            "; write 1 to 64, or 0 or -1 for as many as a bin has elements");
        samples = 0;
    }
    int channels = x.dims.c;
    if (kind == roi_kind::ps_align || kind == roi_kind::ps_pool) {
        if (channels % (h * w)) {
            net.report(problem_id::channels, who, "input ", to_text(x.dims), " has ", channels,
                " channels and the size is ", h, "x", w,
                "; each of its bins has channels of its own, so that ", h * w, " must divide them");
            return x;
        }
        channels /= h * w;
    }
    node made;
    made.kind = op::roi_pool;
    made.inputs = {x.id, boxes.id};
    made.dims = {is_list ? boxes.dims.n : to_extent(std::int64_t{boxes.dims.n} * boxes.dims.c),
        channels, h, w};
    made.attr.kind = static_cast<int>(kind);
    made.attr.scalars[0] = o.spatial_scale;
    made.attr.groups = samples < 0 ? 0 : samples;
    made.attr.coordinates = o.aligned || kind == roi_kind::ps_align ? coordinate_mode::half_pixel
                                                                    : coordinate_mode::asymmetric;
    return net.add(who, made);
}

}  // namespace detail

/// The average of bilinear samples in each bin of a box:
/// `roi_align(x, boxes, {.size = {7, 7}, .spatial_scale = 1 / 16.f, .sampling_ratio = 2})`.
///
/// Errors   those of the file.
/// Source   torchvision.ops.roi_align; detectron2's ROIAlign; ONNX RoiAlign (mode avg; half_pixel is aligned,
///          output_half_pixel is not). Differs: where the number of samples follows the bin, it is
///          at most 1024 along each axis.
constexpr tensor roi_align(const tensor& x, const tensor& boxes, roi_align_options options,
    std::source_location where = std::source_location::current()) {
    return detail::apply_roi(x, boxes, {"roi_align", {}, where}, roi_kind::align, options);
}

/// The largest element of each bin of a box whose corners are rounded; 0 for a bin without elements.
///
/// Errors   those of the file.
/// Source   torchvision.ops.roi_pool; ONNX MaxRoiPool. Differs: the ends of bins are computed in whole
///          numbers, where torchvision's floats may be an element off.
constexpr tensor roi_pool(const tensor& x, const tensor& boxes, roi_pool_options options,
    std::source_location where = std::source_location::current()) {
    return detail::apply_roi(
        x, boxes, {"roi_pool", {}, where}, roi_kind::pool, {options.size, options.spatial_scale});
}

/// As roi_align with channels of their own for each bin: out[k, c, i, j] is of channel (c h + i) w + j.
///
/// Shapes   x Nx(C h w)xHxW -> KxCxhxw.
/// Errors   those of the file.
/// Source   torchvision.ops.ps_roi_align. aligned has no effect: half an element is always taken off.
constexpr tensor ps_roi_align(const tensor& x, const tensor& boxes, roi_align_options options,
    std::source_location where = std::source_location::current()) {
    return detail::apply_roi(x, boxes, {"ps_roi_align", {}, where}, roi_kind::ps_align, options);
}

/// The average of each bin of a box whose corners are rounded, with channels of their own for each bin.
///
/// Shapes   x Nx(C h w)xHxW -> KxCxhxw.
/// Errors   those of the file.
/// Source   torchvision.ops.ps_roi_pool, which leaves out the last row and the last column of x, too.
constexpr tensor ps_roi_pool(const tensor& x, const tensor& boxes, roi_pool_options options,
    std::source_location where = std::source_location::current()) {
    return detail::apply_roi(x, boxes, {"ps_roi_pool", {}, where}, roi_kind::ps_pool,
        {options.size, options.spatial_scale});
}

}  // namespace lamina
