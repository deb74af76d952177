// SPDX-License-Identifier: Apache-2.0
// A value seen in memory, and sequences and volumes seen as the images that kernels take.
#pragma once
#include <lamina/core/dtype.hpp>
#include <lamina/core/layout.hpp>

namespace lamina::planner {

/// The lanes of a blocked view's channels, counted from its shift: channel i lies
/// i / extent * outer + i % extent * inner behind the first. Slices with a step, shuffled channels and
/// concats with gaps between their inputs are such orders.
struct lane_order {
    int extent = 1, outer = 1, inner = 0;

    constexpr int of(int channel) const {
        return channel / extent * outer + channel % extent * inner;
    }
    constexpr bool is_plain() const { return extent == 1 && outer == 1; }
};

/// A value seen in memory.
struct view {
    int storage = -1;
    std::int64_t offset = 0;  ///< elements from the storage's start
    shape dims;
    layout lay;
    dtype type = dtype::f32;
    int shift = 0;      ///< blocked: channel i of the view is lane-counted from shift + i
    bool clean = true;  ///< blocked: lanes beyond the last channel hold zeros
    lane_order lanes;   ///< blocked: views that are only read

    /// True if channel i is lane i of its storage's blocks, from `offset` on.
    constexpr bool is_straight() const {
        return shift == 0 && lanes.extent == 1 && lanes.outer == 1;
    }
};

/// The view of a sequence NxCxL, or of images of one column NxCxLx1, as that of images of one row, NxCx1xL: the same
/// elements.
constexpr view as_one_row(view v) {
    v.dims = {v.dims.n, v.dims.c, 1, v.dims.h};
    v.lay.stride[3] = v.lay.stride[2];
    v.lay.stride[2] = v.lay.stride[3] * v.dims.w;
    return v;
}

/// True for volumes NxCxDxHxW.
constexpr bool is_volume(const shape& dims) { return dims.rank == 5; }

/// True if one stride leads from each slice of a batch of volumes to the next, so that they are a batch of
/// N D images.
constexpr bool has_slices(const view& v) {
    return v.dims.n == 1 || v.dims.h == 1
        || v.lay.stride[0] == std::int64_t{v.lay.stride[2]} * v.dims.h;
}

/// The slices of a batch of volumes NxCxDxHxW as images (N D)xCxHxW. Where !has_slices, stride 0 is that
/// within one volume.
constexpr view as_slices(view v) {
    const int depth = v.dims.h, along = depth > 1 ? v.lay.stride[2] : v.lay.stride[0];
    v.dims = {v.dims.n * depth, v.dims.c, v.dims.w, v.dims.d4};
    v.lay.stride[0] = along;
    v.lay.stride[2] = v.lay.stride[3];
    v.lay.stride[3] = v.lay.stride[4];
    v.lay.stride[4] = 0;
    return v;
}

/// The reverse, for volumes of `dims` that has_slices.
constexpr view as_volume(view v, const shape& dims) {
    const int along = v.lay.stride[0];
    v.dims = dims;
    v.lay.stride[4] = v.lay.stride[3];
    v.lay.stride[3] = v.lay.stride[2];
    v.lay.stride[2] = along;
    v.lay.stride[0] = along * dims.h;
    return v;
}

}  // namespace lamina::planner
