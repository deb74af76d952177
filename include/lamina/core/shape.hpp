// SPDX-License-Identifier: Apache-2.0
// Extents of a tensor, rank 0 to 6, with n, c, h, w by name where there are four.
#pragma once
#include <lamina/core/text.hpp>
#include <lamina/core/whole.hpp>

#include <cstdint>
#include <initializer_list>

namespace lamina {

inline constexpr int max_rank = 6;

/// Extents, outermost first. Those beyond the rank are 1, so n * c * h * w is right for any rank
/// up to 4 and loops may always run over all six.
struct shape {
    int n = 1, c = 1, h = 1, w = 1, d4 = 1, d5 = 1;
    int rank = 0;

    constexpr shape() = default;
    /// More than six extents leave a rank of 7, which every check rejects.
    constexpr shape(std::initializer_list<whole> extents) {
        const int count = static_cast<int>(extents.size());
        const whole* const all = extents.begin();
        rank = count <= max_rank ? count : max_rank + 1;
        if (count > 0) n = all[0].value;
        if (count > 1) c = all[1].value;
        if (count > 2) h = all[2].value;
        if (count > 3) w = all[3].value;
        if (count > 4) d4 = all[4].value;
        if (count > 5) d5 = all[5].value;
    }

    constexpr int& at(int axis) {
        switch (axis) {
        case 0:
            return n;
        case 1:
            return c;
        case 2:
            return h;
        case 3:
            return w;
        case 4:
            return d4;
        default:
            return d5;
        }
    }
    constexpr int operator[](int axis) const {
        switch (axis) {
        case 0:
            return n;
        case 1:
            return c;
        case 2:
            return h;
        case 3:
            return w;
        case 4:
            return d4;
        case 5:
            return d5;
        default:
            return 1;
        }
    }
    constexpr std::int64_t count() const { return std::int64_t{n} * c * h * w * d4 * d5; }
    /// True if an extent is 0: there is no element.
    constexpr bool is_empty() const { return !n || !c || !h || !w || !d4 || !d5; }
    /// Adds an axis at the end.
    constexpr shape& push(int extent) {
        if (rank < max_rank) at(rank) = extent;
        if (rank <= max_rank) ++rank;
        return *this;
    }
    constexpr bool operator==(const shape&) const = default;
};

/// "1x64x56x56"; a scalar is "scalar".
constexpr text<80> to_text(const shape& dims) {
    text<80> out;
    if (dims.rank == 0) return out.append("scalar");
    for (int axis = 0; axis < dims.rank && axis < max_rank; ++axis) {
        if (axis) out.append('x');
        out.append(dims[axis]);
    }
    return out;
}

/// Elements of one step along `axis` in a dense row-major tensor.
constexpr std::int64_t row_major_stride(const shape& dims, int axis) {
    std::int64_t stride = 1;
    for (int i = axis + 1; i < dims.rank; ++i) stride *= dims[i];
    return stride;
}

}  // namespace lamina
