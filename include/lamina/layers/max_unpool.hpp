// SPDX-License-Identifier: Apache-2.0
// Values back to where a max_pool took them from.
#pragma once
#include <lamina/graph/line_window.hpp>
#include <lamina/graph/rules.hpp>
#include <lamina/graph/volume_window.hpp>

namespace lamina {

/// What cannot be written without its name: `{2, 2}` is a size, `{.kernel = 2}` is not.
struct named_only {
    named_only() = default;
};

/// The window of the max_pool that made the values, with its names: the size follows from it.
struct max_unpool_options {
    named_only names = {};
    pair kernel = 0;  ///< must be given
    pair stride = 0;  ///< 0: the kernel
    pair pad = 0;
};
struct max_unpool1d_options {
    named_only names = {};
    whole kernel = 0;  ///< must be given
    whole stride = 0;  ///< 0: the kernel
    whole pad = 0;
};
struct max_unpool3d_options {
    named_only names = {};
    triple kernel = 0;  ///< must be given
    triple stride = 0;  ///< 0: the kernel
    triple pad = 0;
};

/// The least extent from which a window makes `count` values. Errors   LAM-08.
constexpr int unpooled_extent(
    network& net, const subject& who, int count, int kernel, int stride, int pad) {
    if (stride == 0) stride = kernel;
    const bool fits = kernel >= 1 && stride >= 1 && pad >= 0 && kernel <= window_limit
        && stride <= window_limit && 2 * pad <= kernel;
    const std::int64_t extent
        = fits ? std::int64_t{count - 1} * stride - 2 * pad + kernel : std::int64_t{0};
    if (extent >= 1 && extent <= 1 << 30) return static_cast<int>(extent);
    net.report(problem_id::option_range, who, "kernel ", kernel, ", stride ", stride, ", pad ", pad,
        " of ", count, " values; kernel and stride are 1 to ", window_limit,
        ", pad at most half the kernel, and (values - 1) stride - 2 pad + kernel, the size, at least 1");
    return 1;
}

/// What max_unpool and its likes lower to; `dims` are the output's, of the rank of x (the caller has checked).
/// Errors   LAM-04 x and indices differ; LAM-08 an extent below 1; LAM-16 element types.
constexpr tensor apply_unpool(const tensor& x, const tensor& indices, const subject& who,
    const shape& size, index_space counted) {
    network& net = network_of(x);
    needs_values(net, who, x);
    if (indices.type != dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "indices ", to_text(indices.dims), " holds ",
            to_text(indices.type), " values, i32 is needed; pass what max_pool_with_indices makes");
    if (!(indices.dims == x.dims)) {
        net.report(problem_id::operands, who, "values ", to_text(x.dims), " and indices ",
            to_text(indices.dims), " do not match; each value needs its index");
        return x;
    }
    node made;
    made.kind = op::unpool;
    made.inputs = {x.id, indices.id};
    made.attr.kind = static_cast<int>(counted);
    made.dims = {x.dims.n, x.dims.c};
    bool fits = true;
    for (int axis = 0; axis < size.rank; ++axis) {
        fits = fits && size[axis] >= 1;
        made.dims.push(size[axis] < 1 ? 1 : size[axis]);
    }
    if (!fits)
        net.report(problem_id::option_range, who, "size ", to_text(size), "; ",
            size.rank == 1       ? "it"
                : size.rank == 2 ? "both"
                                 : "each",
            " must be at least 1");
    return net.add(who, made);
}

/// Zeros, but for the values of `x` at the places that `indices` name, those of max_pool_with_indices:
/// `max_unpool(values, indices, {14, 14})`.
///
/// Shapes   NxCxhxw and the same of indices -> NxCxHxW, `size`.
/// Errors   LAM-01 not an image; LAM-04 x and indices differ; LAM-08 size; LAM-16 x holds indices, or
///          `indices` does not; LAM-17 a tensor of another network.
/// Source   torch.nn.MaxUnpool2d with output_size. Differs: an index outside of the image is left out,
///          where PyTorch stops. Of several values for one element one is taken.
constexpr tensor max_unpool(const tensor& x, const tensor& indices, pair size,
    index_space counted = index_space::plane,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"max_unpool", {}, where};
    if (!needs_owned(net, who, indices, 2) || !needs_image(net, who, x.dims)) return x;
    return apply_unpool(x, indices, who, {size.h, size.w}, counted);
}

/// max_unpool to the least size from which the pool's window makes x: `max_unpool(values, indices, {.kernel = 2})`.
///
/// Shapes   NxCxhxw -> NxCxHxW, H = (h - 1) stride - 2 pad + kernel.
/// Errors   as max_unpool; LAM-08 options.
/// Source   torch.nn.MaxUnpool2d without output_size. Differs: as max_unpool.
constexpr tensor max_unpool(const tensor& x, const tensor& indices, max_unpool_options o,
    index_space counted = index_space::plane,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"max_unpool", {}, where};
    if (!needs_image(net, who, x.dims)) return x;
    const auto size = [&](int count, int kernel, int stride, int pad) {
        return unpooled_extent(net, who, count, kernel, stride, pad);
    };
    return max_unpool(x, indices,
        pair(size(x.dims.h, o.kernel.h, o.stride.h, o.pad.h),
            size(x.dims.w, o.kernel.w, o.stride.w, o.pad.w)),
        counted, where);
}

/// max_unpool of sequences, with the indices of max_pool1d_with_indices: `max_unpool1d(values, indices, 14)`.
///
/// Shapes   NxCxl and the same of indices -> NxCxL, `length`.
/// Errors   as max_unpool; LAM-01 not a sequence.
/// Source   torch.nn.MaxUnpool1d with output_size. Differs: as max_unpool.
constexpr tensor max_unpool1d(const tensor& x, const tensor& indices, whole length,
    index_space counted = index_space::plane,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"max_unpool1d", {}, where};
    if (!needs_owned(net, who, indices, 2) || !needs_sequence(net, who, x.dims)) return x;
    return apply_unpool(x, indices, who, {length}, counted);
}

/// The same to the least length: `max_unpool1d(values, indices, {.kernel = 2})`.
/// Errors   as max_unpool1d; LAM-08 options. Source   torch.nn.MaxUnpool1d without output_size.
constexpr tensor max_unpool1d(const tensor& x, const tensor& indices, max_unpool1d_options o,
    index_space counted = index_space::plane,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"max_unpool1d", {}, where};
    if (!needs_sequence(net, who, x.dims)) return x;
    const int length = unpooled_extent(net, who, x.dims.h, o.kernel, o.stride, o.pad);
    return max_unpool1d(x, indices, whole(length), counted, where);
}

/// max_unpool of volumes, with the indices of max_pool3d_with_indices:
/// `max_unpool3d(values, indices, {8, 14, 14})`.
///
/// Shapes   NxCxdxhxw and the same of indices -> NxCxDxHxW, `size`.
/// Errors   as max_unpool; LAM-01 not a volume.
/// Source   torch.nn.MaxUnpool3d with output_size. Differs: as max_unpool.
constexpr tensor max_unpool3d(const tensor& x, const tensor& indices, triple size,
    index_space counted = index_space::plane,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"max_unpool3d", {}, where};
    if (!needs_owned(net, who, indices, 2) || !needs_volume(net, who, x.dims)) return x;
    return apply_unpool(x, indices, who, {size.d, size.h, size.w}, counted);
}

/// The same to the least size: `max_unpool3d(values, indices, {.kernel = 2})`.
/// Errors   as max_unpool3d; LAM-08 options. Source   torch.nn.MaxUnpool3d without output_size.
constexpr tensor max_unpool3d(const tensor& x, const tensor& indices, max_unpool3d_options o,
    index_space counted = index_space::plane,
    std::source_location where = std::source_location::current()) {
    network& net = network_of(x);
    const subject who{"max_unpool3d", {}, where};
    if (!needs_volume(net, who, x.dims)) return x;
    const auto size = [&](int count, int kernel, int stride, int pad) {
        return unpooled_extent(net, who, count, kernel, stride, pad);
    };
    return max_unpool3d(x, indices,
        triple(size(x.dims.h, o.kernel.d, o.stride.d, o.pad.d),
            size(x.dims.w, o.kernel.h, o.stride.h, o.pad.h),
            size(x.dims.d4, o.kernel.w, o.stride.w, o.pad.w)),
        counted, where);
}

}  // namespace lamina
