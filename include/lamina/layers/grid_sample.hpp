// SPDX-License-Identifier: Apache-2.0
// Images read at places that a tensor names, and the places of an affine map.
#pragma once
#include <lamina/layers/binary.hpp>
#include <lamina/layers/resize.hpp>
#include <lamina/layers/slice.hpp>

namespace lamina {

/// What lies outside of a sampled image: zeros, its edge, its mirror image.
enum class outside_mode : unsigned char { zeros, border, reflection };

struct grid_sample_options {
    resize_mode mode = bilinear;  ///< nearest, bilinear (in 5-D trilinear), bicubic (4-D)
    outside_mode outside = outside_mode::zeros;  ///< or border, reflection
    bool align_corners = false;  ///< -1 and 1 are the middles of the outermost elements
};

/// Elements of an image at places, interpolated: out[n, :, i, j] is x[n] at (grid[n, i, j, 0] along the
/// width, grid[n, i, j, 1] along the height), where -1 and 1 are its edges.
///
/// Shapes   x NxCxHxW, grid Nxhxwx2 -> NxCxhxw; x NxCxDxHxW, grid Nxdxhxwx3 -> NxCxdxhxw. Both f32.
/// Errors   LAM-01 x has neither 4 nor 5 axes; LAM-04 the grid does not fit, with both shapes; LAM-08 mode
///          bicubic of 5 axes; LAM-16 not f32; LAM-17.
/// Precision  a grid that the caller gives, or that functions of single elements compute, keeps floats in
///          plans of 16 bits.
/// Fuses with   pointwise ops after it.
/// Source   torch.nn.functional.grid_sample(mode, padding_mode, align_corners); ONNX GridSample (linear is
///          bilinear, cubic bicubic). A place that is not finite lies outside, as in PyTorch.
constexpr tensor grid_sample(const tensor& x, const tensor& grid, grid_sample_options options = {},
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"grid_sample", {}, where};
    if (!needs_owned(net, who, grid, 2)) return x;
    const int rank = x.dims.rank;
    if (rank != 4 && rank != 5) {
        net.report(problem_id::shape_rank, who, "input ", to_text(x.dims), " has ", rank,
            " axes; it needs four (NxCxHxW) or five (NxCxDxHxW)");
        return x;
    }
    if (!needs_values(net, who, x) || !needs_values(net, who, grid)) return x;
    if (grid.dims.rank != rank || grid.dims.n != x.dims.n || grid.dims[rank - 1] != rank - 2) {
        net.report(problem_id::operands, who, "grid ", to_text(grid.dims), " (",
            maker_text(net, grid, who), ") does not fit input ", to_text(x.dims),
            "; it needs as many axes, the same batch, and a last axis of ", rank - 2,
            " coordinates, that of the width first");
        return x;
    }
    if (options.mode == resize_mode::unset) options.mode = bilinear;
    if (options.mode == bicubic && rank == 5) {
        net.report(problem_id::option_range, who, "mode bicubic is for images of four axes, input ",
            to_text(x.dims), " has 5; write bilinear or nearest");
        options.mode = bilinear;
    }
    node made;
    made.kind = op::grid_sample;
    made.inputs = {x.id, grid.id};
    made.dims = grid.dims;
    made.dims.at(1) = x.dims.c;
    for (int axis = 2; axis < rank; ++axis) made.dims.at(axis) = grid.dims[axis - 1];
    made.attr.kind = static_cast<int>(options.mode) - 1;
    made.attr.coordinates
        = options.align_corners ? coordinate_mode::align_corners : coordinate_mode::half_pixel;
    made.attr.outside = options.outside == outside_mode::zeros ? pad_kind::constant
        : options.outside == outside_mode::border              ? pad_kind::replicate
                                                               : pad_kind::reflect;
    return net.add(who, made);
}

struct affine_grid_options {
    pair size = 0;    ///< height and width of the image that grid_sample makes; must be given
    whole depth = 0;  ///< its depth, for theta Nx3x4
    bool align_corners = false;  ///< as in grid_sample
};

/// The places that grid_sample reads to transform an image: grid[n, i, j] = theta[n] (x_j, y_i, 1), where
/// x and y go from -1 to 1 over the size.
///
/// Shapes   theta Nx2x3 -> Nxhxwx2; with a depth theta Nx3x4 -> Nxdxhxwx3.
/// Errors   LAM-01 theta is neither; LAM-08 no size; LAM-16 not f32; LAM-22 a size below 1.
/// Cost     d + h + w numbers in the plan, and steps over the result.
/// Source   torch.nn.functional.affine_grid(theta, (N, C, h, w), align_corners); ONNX AffineGrid. Differs:
///          the middle of one element is 0 with align_corners too, as torch 1.3 and newer have it.
struct affine_grid {
    subject who;
    affine_grid_options options;
    constexpr affine_grid(
        affine_grid_options o, std::source_location where = std::source_location::current())
        : who{"affine_grid", {}, where}, options(o) {}
};
constexpr tensor operator|(const tensor& theta, const affine_grid& layer) {
    network& net = network_of(theta);
    const subject& who = layer.who;
    const int h = layer.options.size.h, w = layer.options.size.w, d = layer.options.depth;
    const int axes = d == 0 ? 2 : 3;
    if (theta.dims.rank != 3 || theta.dims.c != axes || theta.dims.h != axes + 1) {
        net.report(problem_id::shape_rank, who, "theta is ", to_text(theta.dims), "; it needs Nx",
            axes, "x", axes + 1, ", a matrix for each image (Nx2x3, or Nx3x4 with a depth)");
        return theta;
    }
    if (!needs_values(net, who, theta)) return theta;
    if (h == 0 && w == 0) {
        net.report(problem_id::option_range, who, "size is not given; write .size = {h, w}");
        return theta;
    }
    if (h < 1 || w < 1 || d < 0 || h > 65536 || w > 65536 || d > 65536) {
        net.report(problem_id::extent_range, who, "size is ", h, "x", w, " and depth ", d,
            "; extents are 1 to 65536, use another size");
        return theta;
    }
    /// A line from -1 to 1 along an axis of the grid.
    const auto line = [&](int count, int axis) {
        std::vector<float> numbers;
        for (int i = 0; i < count; ++i)
            numbers.push_back(layer.options.align_corners
                    ? (count > 1 ? static_cast<float>(-1 + 2.0 * i / (count - 1)) : 0.0f)
                    : static_cast<float>((2.0 * i + 1) / count - 1));
        shape dims;
        for (int i = 0; i < axes + 2; ++i) dims.push(i == axis ? count : 1);
        return net.constant(numbers, dims, who.where);
    };
    /// A column of theta, for all places.
    const auto column = [&](int k) {
        node cut;
        cut.kind = op::slice;
        cut.inputs = {theta.id};
        cut.dims = {theta.dims.n, axes, 1};
        cut.attr.starts[2] = k;
        shape dims{theta.dims.n};
        for (int i = 0; i < axes; ++i) dims.push(1);
        return reshape_to(net.add(who, cut), who, dims.push(axes));
    };
    tensor sum = column(axes);
    for (int k = axes - 1; k >= 0; --k) {  // x runs along the last axis but one
        const tensor places = line(k == 0 ? w : k == 1 ? h : d, axes - k);
        sum = apply_binary(
            apply_binary(column(k), places, who, function::mul), sum, who, function::add);
    }
    return sum;
}

}  // namespace lamina
