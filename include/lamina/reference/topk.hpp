// SPDX-License-Identifier: Apache-2.0
// op::topk on the CPU: each line sorted, its first values kept with their indices.
#pragma once
#include <lamina/reference/spread_lines.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace lamina::reference_op {

/// Calls keep(where it goes, where it comes from, its index in the line, line) for each value kept.
/// A NaN is larger than every other value, equal ones stay in their order.
template <class Keep> void for_each_top(const node& n, const reference_tensor& x, Keep keep) {
    const along_axis lines = along(x.dims, n.attr.axis), kept = along(n.dims, n.attr.axis);
    const bool is_least = static_cast<extreme_kind>(n.attr.kind) == extreme_kind::smallest;
    std::vector<std::size_t> order(lines.extent);
    for (std::size_t o = 0; o < lines.outer; ++o)
        for (std::size_t inner = 0; inner < lines.inner; ++inner) {
            const auto value = [&](std::size_t i) { return x.values[lines.at(o, i, inner)]; };
            const auto is_larger
                = [&](float a, float b) { return std::isnan(a) ? !std::isnan(b) : a > b; };
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                return is_least ? is_larger(value(b), value(a)) : is_larger(value(a), value(b));
            });
            for (std::size_t k = 0; k < kept.extent; ++k)
                keep(kept.at(o, k, inner), lines.at(o, order[k], inner), order[k], o, inner);
        }
}

inline void topk_values(const node& n, const operands& in, reference_tensor& out) {
    for_each_top(
        n, in[0], [&](std::size_t to, std::size_t from, std::size_t, std::size_t, std::size_t) {
            out.values[to] = in[0].values[from];
        });
}
inline void topk(const node& n, const operands& in, outputs out) {
    topk_values(n, in, out[0]);
    for_each_top(
        n, in[0], [&](std::size_t to, std::size_t, std::size_t i, std::size_t, std::size_t) {
            out[1].indices[to] = static_cast<std::int32_t>(i);
        });
}

/// The k-th of a line lies between the k-th of all lower ends and the k-th of all upper ends.
/// An index is known where no other value of the line can change places with the one it names.
inline void topk_spread(const node& n, const operands& in, const arithmetic& by, outputs out) {
    greatest_spread(topk_values, n, in, by, out[0]);
    const along_axis lines = along(in[0].dims, n.attr.axis);
    for_each_top(n, in[0],
        [&](std::size_t to, std::size_t from, std::size_t, std::size_t o, std::size_t inner) {
            const double x = in[0].values[from], own = in[0].spread[from];
            for (std::size_t i = 0; i < lines.extent; ++i) {
                const std::size_t other = lines.at(o, i, inner);
                const double reach
                    = allowed_spreads * (own + static_cast<double>(in[0].spread[other]));
                if (other == from || reach == 0) continue;
                const double off = std::fabs(x - static_cast<double>(in[0].values[other]));
                if (!(off > reach)) out[1].spread[to] = unknown;
            }
        });
}

inline constexpr reference_row topk_row{op::topk, topk, topk_spread};

}  // namespace lamina::reference_op
