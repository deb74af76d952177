// SPDX-License-Identifier: Apache-2.0
// Layouts of tensors: a stride per axis, and optionally axis 1 in blocks. Slices, permutations and
// reshapes are index arithmetic on a layout where possible.
#pragma once
#include <lamina/core/shape.hpp>

namespace lamina {

/// The index of element (i0, ..., i5) is  sum over axes of i * stride,  where a blocked axis 1 counts as
/// (i1 / block) * stride[1] + i1 % block. Units   elements. A dense row-major tensor has block 1.
struct layout {
    int stride[max_rank] = {};
    int block = 1;

    constexpr bool operator==(const layout&) const = default;

    constexpr std::int64_t offset(const int (&index)[max_rank]) const {
        std::int64_t at = 0;
        for (int axis = 0; axis < max_rank; ++axis)
            at += axis == 1 && block > 1
                ? std::int64_t{index[1] / block} * stride[1] + index[1] % block
                : std::int64_t{index[axis]} * stride[axis];
        return at;
    }
};

/// PyTorch's contiguous order.
constexpr layout row_major(const shape& dims) {
    layout out;
    for (int axis = 0; axis < dims.rank; ++axis)
        out.stride[axis] = static_cast<int>(row_major_stride(dims, axis));
    return out;
}

/// Images with the channel innermost; volumes NxCxDxHxW as the images of their slices, one behind the other.
constexpr layout channels_last(const shape& dims) {
    layout out;
    if (dims.rank == 5) {
        out = channels_last({dims.n, dims.c, dims.w, dims.d4});
        out.stride[4] = out.stride[3];
        out.stride[3] = out.stride[2];
        out.stride[2] = out.stride[0];
        out.stride[0] *= dims.h;
        return out;
    }
    out.stride[1] = 1;
    out.stride[3] = dims.c;
    out.stride[2] = dims.c * dims.w;
    out.stride[0] = dims.c * dims.w * dims.h;
    return out;
}

/// Images cut into blocks of channels, each block innermost (NCHWc); padding lanes hold zeros. Volumes
/// NxCxDxHxW as the images of their slices, one behind the other.
constexpr layout channels_blocked(const shape& dims, int block) {
    if (dims.rank == 5) {
        layout out = channels_blocked({dims.n, dims.c, dims.w, dims.d4}, block);
        out.stride[4] = out.stride[3];
        out.stride[3] = out.stride[2];
        out.stride[2] = out.stride[0];
        out.stride[0] *= dims.h;
        return out;
    }
    const int blocks = (dims.c + block - 1) / block;
    layout out;
    out.block = block;
    out.stride[3] = block;
    out.stride[2] = block * dims.w;
    out.stride[1] = block * dims.w * dims.h;
    out.stride[0] = block * dims.w * dims.h * blocks;
    return out;
}

/// Elements from the first to one past the last, padding lanes included.
constexpr std::int64_t span_elements(const layout& where, const shape& dims) {
    std::int64_t last = where.block > 1 ? where.block - 1 : 0;
    for (int axis = 0; axis < max_rank; ++axis) {
        std::int64_t steps = dims[axis];  // of a plan file: any int, so that block - 1 may overflow
        if (axis == 1) steps = (steps + where.block - 1) / where.block;
        last += (steps - 1) * where.stride[axis];
    }
    return last + 1;
}

/// True if both put every element at the same address (strides of extents 1 do not matter).
constexpr bool same_addresses(const layout& a, const layout& b, const shape& dims) {
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis == 1 && a.block != b.block) {
            // One block that holds all channels is the same as unit stride, when nothing is padded.
            const layout& blocked = a.block > 1 ? a : b;
            const layout& plain = a.block > 1 ? b : a;
            if (plain.block > 1 || (plain.stride[1] != 1 && dims.c > 1)) return false;
            if (dims.c % blocked.block) return false;
            if (dims.c > blocked.block && blocked.stride[1] != blocked.block) return false;
            continue;
        }
        if (axis == 1 && a.block > 1) {
            if (dims.c > a.block && a.stride[1] != b.stride[1]) return false;
            continue;
        }
        if (dims[axis] > 1 && a.stride[axis] != b.stride[axis]) return false;
    }
    return true;
}

/// The one stride that all axes but the last can be merged to, if there is one (0 if stretched).
constexpr bool merged_rows(const layout& in, const shape& dims, int& stride) {
    stride = 0;
    bool found = false;
    std::int64_t next = 0;
    for (int axis = dims.rank - 2; axis >= 0; --axis) {
        if (dims[axis] == 1) continue;
        if (found && in.stride[axis] != next) return false;
        if (!found) stride = in.stride[axis];
        found = true;
        next = std::int64_t{in.stride[axis]} * dims[axis];
    }
    return true;
}

constexpr layout permuted(const layout& in, const int (&order)[max_rank], int rank) {
    layout out;
    for (int axis = 0; axis < rank; ++axis) out.stride[axis] = in.stride[order[axis]];
    return out;
}

/// Layout of `in` seen with other extents. Returns false if index arithmetic cannot express it.
/// Only unblocked layouts take part; runs of axes that are dense among themselves may be merged
/// and split at will.
constexpr bool reshaped(const layout& in, const shape& from, const shape& to, layout& out) {
    if (in.block > 1) return false;
    out = layout{};
    int i = 0, j = 0;
    while (i < from.rank || j < to.rank) {
        // Grow a group on each side until both hold the same number of elements.
        const int first_i = i, first_j = j;
        std::int64_t a = 1, b = 1;
        if (i < from.rank) a = from[i++];
        if (j < to.rank) b = to[j++];
        while (a != b) {
            if (a < b) {
                if (i >= from.rank) return false;
                a *= from[i++];
            } else {
                if (j >= to.rank) return false;
                b *= to[j++];
            }
        }
        // The input's group must be dense within itself: strides nest, extents of 1 aside.
        int inner = 0;
        std::int64_t expected = 0;
        for (int axis = i - 1; axis >= first_i; --axis) {
            if (from[axis] == 1) continue;
            if (expected && in.stride[axis] != expected) return false;
            if (!expected) inner = in.stride[axis];
            expected = std::int64_t{in.stride[axis]} * from[axis];
        }
        std::int64_t stride = inner ? inner : 1;
        for (int axis = j - 1; axis >= first_j; --axis) {
            out.stride[axis] = static_cast<int>(stride);
            stride *= to[axis];
        }
    }
    return true;
}

}  // namespace lamina
