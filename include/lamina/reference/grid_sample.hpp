// SPDX-License-Identifier: Apache-2.0
// op::grid_sample on the CPU: images read at places.
#pragma once
#include <lamina/reference/resize.hpp>
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

#include <cmath>

namespace lamina::reference_op {

/// An axis of an image that is sampled.
struct sampled_axis {
    int extent;
    bool aligned;
    pad_kind outside;

    /// The place in elements of a coordinate of the grid.
    double place_of(double coordinate) const {
        return aligned ? (coordinate + 1) / 2 * (extent - 1) : ((coordinate + 1) * extent - 1) / 2;
    }
    /// Where what lies outside is taken from.
    double inside(double at) const {
        if (outside == pad_kind::constant || std::isnan(at)) return at;
        if (outside == pad_kind::reflect) {
            const double low = aligned ? 0 : -0.5, span = aligned ? extent - 1 : extent;
            if (span == 0) return 0;
            const double off = std::fabs(at - low), flips = std::floor(off / span);
            const double rest = off - flips * span;
            at = std::fmod(flips, 2) == 0 ? rest + low : span - rest + low;
        }
        return std::isnan(at) ? at : std::fmin(std::fmax(at, 0), extent - 1);
    }
    /// A place that no element can lie near is outside.
    static double finite(double at) { return at > -1e9 && at < 1e9 ? at : -100; }
};

/// The taps of a place along one axis: input -1 is outside.
inline std::vector<tap> sample_taps(resize_kind kind, const sampled_axis& axis, double coordinate) {
    const auto checked
        = [&](double at) { return at >= 0 && at <= axis.extent - 1 ? static_cast<int>(at) : -1; };
    double at = axis.place_of(coordinate);
    if (kind != resize_kind::bicubic) at = axis.inside(at);
    at = sampled_axis::finite(at);
    if (kind == resize_kind::nearest) return {{checked(std::nearbyint(at)), 1}};
    const double first = std::floor(at), share = at - first;
    if (kind == resize_kind::bilinear)
        return {{checked(first), 1 - share}, {checked(first + 1), share}};
    std::vector<tap> taps;
    for (int k = -1; k <= 2; ++k)
        taps.push_back({checked(axis.inside(first + k)), cubic_at(share - k, -0.75)});
    return taps;
}

/// What a place of the output is: the sum over taps of share * element, and of their magnitudes.
struct sampled {
    double value = 0, size = 0, spread = 0;
};

inline sampled sample(
    const node& n, const reference_tensor& x, const place& at, const double (&coordinates)[3]) {
    const int axes = x.dims.rank - 2;
    const bool is_cubic = static_cast<resize_kind>(n.attr.kind) == resize_kind::bicubic;
    std::vector<tap> taps[3];
    for (int k = 0; k < 3; ++k) {
        const auto slot = static_cast<std::size_t>(k);
        if (k >= axes) {
            taps[slot] = {{0, 1}};
            continue;
        }
        const int axis = x.dims.rank - 1 - k;  // coordinate 0 runs along the last axis
        const sampled_axis line{
            x.dims[axis], n.attr.coordinates == coordinate_mode::align_corners, n.attr.outside};
        taps[slot] = sample_taps(static_cast<resize_kind>(n.attr.kind), line, coordinates[k]);
    }
    sampled out;
    place from = at;
    for (const tap& deep : taps[2])
        for (const tap& down : taps[1])
            for (const tap& across : taps[0]) {
                if (deep.input < 0 || down.input < 0 || across.input < 0) continue;
                const auto last = static_cast<std::size_t>(x.dims.rank - 1);
                from[last] = across.input;
                from[last - 1] = down.input;
                if (axes == 3) from[last - 2] = deep.input;
                const double share = deep.share * down.share * across.share;
                const std::size_t i = flat(x.dims, from);
                if (share == 0 && !std::isfinite(x.values[i])) continue;
                out.value += share * static_cast<double>(x.values[i]);
                // The cubic's shares are rounded as numbers of about 1, however small they are.
                const double rounded = is_cubic
                    ? 2 * (std::fabs(down.share) + std::fabs(across.share))
                    : std::fabs(share);
                out.size += rounded * size_of(static_cast<double>(x.values[i]));
                if (!x.spread.empty() && share != 0)
                    out.spread += std::fabs(share) * static_cast<double>(x.spread[i]);
            }
    return out;
}

/// The coordinates of an element of the output, and the first of them in the grid.
inline std::size_t coordinates_of(
    const reference_tensor& grid, const place& at, double (&coordinates)[3]) {
    place from{};
    from[0] = at[0];
    for (int axis = 1; axis < grid.dims.rank - 1; ++axis)
        from[static_cast<std::size_t>(axis)] = at[static_cast<std::size_t>(axis + 1)];
    const std::size_t first = flat(grid.dims, from);
    for (int k = 0; k < grid.dims.rank - 2; ++k)
        coordinates[k] = static_cast<double>(grid.values[first + static_cast<std::size_t>(k)]);
    return first;
}

inline void grid_sample(const node& n, const operands& in, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        double coordinates[3] = {};
        coordinates_of(in[1], at, coordinates);
        out.values[index] = static_cast<float>(sample(n, in[0], at, coordinates).value);
    });
}

/// Each coordinate is moved to both ends of its bound, which holds the roundings of the place.
inline void grid_sample_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    for_each_place(n.dims, [&](const place& at, std::size_t index) {
        double coordinates[3] = {};
        const std::size_t first = coordinates_of(in[1], at, coordinates);
        const sampled here = sample(n, in[0], at, coordinates);
        double moved = 0;
        bool is_known = true;
        for (int k = 0; k < in[0].dims.rank - 2; ++k) {
            const double own = in[1].spread[first + static_cast<std::size_t>(k)];
            is_known = is_known && std::isfinite(own);
            const double reach
                = allowed_spreads * (own + 4 * float_unit * (1 + std::fabs(coordinates[k])));
            const double kept = coordinates[k];
            moved += moves(
                         [&](double other) {
                             coordinates[k] = other;
                             return sample(n, in[0], at, coordinates).value;
                         },
                         kept, here.value, reach)
                / allowed_spreads;
            coordinates[k] = kept;
        }
        out.spread[index] = is_known ? kept_spread(here.spread
                                           + root_of_squares(moved, 12 * float_unit * here.size,
                                               by.stored(size_of(here.value))))
                                     : unknown;
    });
}

inline constexpr reference_row grid_sample_row{op::grid_sample, grid_sample, grid_sample_spread};

}  // namespace lamina::reference_op
