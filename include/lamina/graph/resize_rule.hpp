// SPDX-License-Identifier: Apache-2.0
// The source coordinates of a resize in integer arithmetic: a coordinate that is an integer or a half is
// exact for every scale, and so are floor, ceil and the nearest. Shared by the planner and the reference.
#pragma once
#include <lamina/graph/node.hpp>

#include <cstdint>

namespace lamina {

/// The coordinate of output i is (i step + first) / unit inputs; unit is above 0.
struct source_line {
    std::int64_t step = 0, first = 0, unit = 1;
};

/// A scale above 0 as over / under. Exact but for scales below 2^-6 with many digits.
struct scale_ratio {
    std::int64_t over = 1, under = 1;
    constexpr scale_ratio(std::int64_t o, std::int64_t u) : over(o), under(u) {}
    constexpr explicit scale_ratio(float scale) {
        constexpr std::int64_t most = std::int64_t{1} << 30;
        double whole = scale;
        while (whole != static_cast<double>(static_cast<std::int64_t>(whole)) && under < most) {
            whole *= 2;
            under *= 2;
        }
        // NOLINTNEXTLINE(bugprone-incorrect-roundings): it is not negative
        over = static_cast<std::int64_t>(whole + 0.5);
        if (over < 1) over = 1;
    }
};

/// Indices of an op::resize's height (axis 0) and width (axis 1); in and out are its extents.
constexpr source_line source_line_of(const attributes& attr, int axis, int in, int out) {
    const float given = attr.scalars[axis];
    const scale_ratio s = given > 0 ? scale_ratio(given) : scale_ratio(out, in);
    const source_line half{2 * s.under, s.under - s.over, 2 * s.over};
    switch (attr.coordinates) {
    case coordinate_mode::asymmetric:
        return {s.under, 0, s.over};
    case coordinate_mode::align_corners:
        return out > 1 ? source_line{in - 1, 0, out - 1} : source_line{};
    case coordinate_mode::pytorch_half_pixel:
        return out > 1 ? half : source_line{};
    case coordinate_mode::half_pixel_symmetric:
        return {2 * s.under, (in - 1) * s.over - (out - 1) * s.under, 2 * s.over};
    case coordinate_mode::crop_and_resize: {
        // The ends of the cut in fractions of an input, as fine as 64 bits leave room for.
        double size = 1024.0 * in * out;
        std::int64_t fine = 1;
        for (; fine < (1 << 20) && size < 1e18; size *= 2) fine *= 2;
        const auto place = [&](float share) {
            const double at = double{share} * (in - 1) * static_cast<double>(fine);
            return static_cast<std::int64_t>(at < 0 ? at - 0.5 : at + 0.5);
        };
        const std::int64_t from = place(attr.roi[axis]), to = place(attr.roi[axis + 2]);
        if (out == 1) return {0, from + to, 2 * fine};
        return {to - from, from * (out - 1), fine * (out - 1)};
    }
    case coordinate_mode::half_pixel:
        break;
    }
    return half;
}

/// Outputs over inputs of an axis, at most 1: what antialias stretches the filter by.
constexpr float shrink_of(const attributes& attr, int axis, int in, int out) {
    const float given = attr.scalars[axis];
    const float scale = given > 0 ? given : static_cast<float>(out) / static_cast<float>(in);
    return attr.antialias && scale < 1 ? scale : 1.0f;
}

/// Inputs that one output of an axis may read, always even: half of them at or before its place.
constexpr int taps_of(const attributes& attr, float shrink) {
    const float reach
        = (static_cast<resize_kind>(attr.kind) == resize_kind::bicubic ? 2.0f : 1.0f) / shrink;
    const int whole = static_cast<int>(reach);
    return 2 * (static_cast<float>(whole) < reach ? whole + 1 : whole);
}

/// True for what PyTorch's nearest, nearest-exact and bilinear do without antialias, and a bilinear
/// asymmetric: those have a family of their own, which computes coordinates in floats as PyTorch.
constexpr bool is_plain_resize(const attributes& attr) {
    const coordinate_mode at = attr.coordinates;
    switch (static_cast<resize_kind>(attr.kind)) {
    case resize_kind::nearest:
        return (at == coordinate_mode::asymmetric && attr.rounding == nearest_rounding::floor)
            || (at == coordinate_mode::half_pixel
                && attr.rounding == nearest_rounding::prefer_ceil);
    case resize_kind::bilinear:
        return !attr.antialias && !attr.exclude_outside
            && (at == coordinate_mode::asymmetric || at == coordinate_mode::half_pixel
                || at == coordinate_mode::align_corners);
    case resize_kind::bicubic:
        break;
    }
    return false;
}

}  // namespace lamina
