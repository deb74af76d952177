// SPDX-License-Identifier: Apache-2.0
// Transforms 3x3 filters to the (tile + 2) x (tile + 2) factors of Winograd's minimal filtering: G w G', in
// fp64, after folding and before packing. kernels/conv2d_winograd.cl.hpp has the other two transforms and
// the source.
#pragma once
#include <array>
#include <cstddef>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/pack_weight.hpp>

namespace lamina::detail {

using winograd_row = std::array<double, 3>;

/// G of F(tile, 3), tile + 2 rows: a filter's polynomial at the points, divided by what the
/// products of the points' differences leave over.
inline const winograd_row* winograd_matrix(int tile) {
    static constexpr winograd_row two[4]
        = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    static constexpr winograd_row four[6]
        = {{1. / 4, 0, 0}, {-1. / 6, -1. / 6, -1. / 6}, {-1. / 6, 1. / 6, -1. / 6},
            {1. / 24, 1. / 12, 1. / 6}, {1. / 24, -1. / 12, 1. / 6}, {0, 0, 1}};
    static constexpr winograd_row six[8] = {{1, 0, 0}, {-2. / 9, -2. / 9, -2. / 9},
        {-2. / 9, 2. / 9, -2. / 9}, {1. / 90, 1. / 45, 2. / 45}, {1. / 90, -1. / 45, 2. / 45},
        {32. / 45, 16. / 45, 8. / 45}, {32. / 45, -16. / 45, 8. / 45}, {0, 0, 1}};
    return tile == 2 ? two : tile == 4 ? four : six;
}

/// As pack(), for 3x3 filters that a transform makes larger: the dims of `w` are {out, in, tile + 2,
/// tile + 2}.
inline void pack_winograd(const plan_weight& w, dtype type, const std::byte* source,
    const double* factors, const double* shifts, std::byte* to) {
    constexpr int lanes = 16;  // filters at once, so that the loops over them become vectors
    const std::size_t size = size_bytes(type), store_size = size_bytes(w.type);
    const int side = w.dims.h, inner_out = w.inner[0], inner_in = w.inner[1];
    const winograd_row* matrix = winograd_matrix(winograd_tile(w.transform));
    std::array<std::size_t, 2 * max_rank> step{};  // of each sub-axis, in packed elements
    std::size_t count = 1;
    for (std::size_t k = w.order.size(); k-- > 0;) {
        const int axis = w.order[k] / 2, inner = w.inner[static_cast<std::size_t>(axis)];
        step[w.order[k]] = count;
        count *= static_cast<std::size_t>(
            w.order[k] % 2 ? inner : (w.dims[axis] + inner - 1) / inner);
    }
    const auto place = [&](int axis, int inner, int at) {
        const auto sub = static_cast<std::size_t>(2 * axis);
        return step[sub] * static_cast<std::size_t>(at / inner)
            + step[sub + 1] * static_cast<std::size_t>(at % inner);
    };
    const auto read = [&](int out, int in, int tap) {
        const auto filter = static_cast<std::size_t>(out) * static_cast<std::size_t>(w.dims.c)
            + static_cast<std::size_t>(in);
        const double value
            = read_number(type, source + (filter * 9 + static_cast<std::size_t>(tap)) * size);
        const int along = w.axis ? in : out;
        return factors ? value * factors[along] + shifts[along] : value;
    };
    const auto padded = [](int extent, int inner) { return (extent + inner - 1) / inner * inner; };

    const int all_out = padded(w.dims.n, inner_out), all_in = padded(w.dims.c, inner_in);
    double filter[9][lanes], half[8 * 3][lanes], sum[lanes];
    for (int out = 0; out < all_out; out += lanes)
        for (int in = 0; in < all_in; ++in) {
            for (int lane = 0; lane < lanes; ++lane)
                for (int tap = 0; tap < 9; ++tap) {
                    const bool exists = out + lane < w.dims.n && in < w.dims.c;
                    filter[tap][lane] = exists ? read(out + lane, in, tap) : 0.0;
                }
            for (int r = 0; r < side; ++r)
                for (int c = 0; c < 3; ++c)
                    for (int lane = 0; lane < lanes; ++lane)
                        half[r * 3 + c][lane] = matrix[r][0] * filter[c][lane]
                            + matrix[r][1] * filter[3 + c][lane]
                            + matrix[r][2] * filter[6 + c][lane];
            for (int r = 0; r < side; ++r)
                for (int c = 0; c < side; ++c) {
                    for (int lane = 0; lane < lanes; ++lane)
                        sum[lane] = half[r * 3][lane] * matrix[c][0]
                            + half[r * 3 + 1][lane] * matrix[c][1]
                            + half[r * 3 + 2][lane] * matrix[c][2];
                    const std::size_t base
                        = place(1, inner_in, in) + place(2, 1, r) + place(3, 1, c);
                    for (int lane = 0; lane < lanes && out + lane < all_out; ++lane)
                        store_number(w.type, sum[lane],
                            to + (base + place(0, inner_out, out + lane)) * store_size);
                }
        }
}

}  // namespace lamina::detail
