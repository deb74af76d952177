// SPDX-License-Identifier: Apache-2.0
// op::rotary on the CPU: pairs of columns turned by angles.
#pragma once
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

namespace lamina::reference_op {

/// Calls visit(element of the pair's first column, of its second, element of the tables) for each pair.
template <class Visit> void for_each_pair(const node& n, const operands& in, Visit visit) {
    const shape& table = in[1].dims;
    const auto last = static_cast<std::size_t>(n.dims.rank - 1);
    const int pairs = table[table.rank - 1];
    const bool neighbours = static_cast<pair_kind>(n.attr.kind) == pair_kind::neighbours;
    shape rows = n.dims;
    rows.at(n.dims.rank - 1) = 1;
    for_each_place(rows, [&](place at, std::size_t) {
        for (int k = 0; k < pairs; ++k) {
            at[last] = neighbours ? 2 * k : k;
            const std::size_t first = flat(n.dims, at);
            const place angle
                = table.rank == 2 ? place{at[last - 1], k} : place{at[0], at[last - 1], k};
            visit(first, first + static_cast<std::size_t>(neighbours ? 1 : pairs),
                flat(table, angle));
        }
    });
}

inline void rotary(const node& n, const operands& in, reference_tensor& out) {
    out.values = in[0].values;
    for_each_pair(n, in, [&](std::size_t i, std::size_t j, std::size_t angle) {
        const double a = in[0].at(i), b = in[0].at(j);
        const double cosine = in[1].at(angle), sine = in[2].at(angle);
        out.set(i, a * cosine - b * sine);
        out.set(j, b * cosine + a * sine);
    });
}

/// Each factor's error meets the other factor; both products and their sum are rounded.
inline void rotary_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    for (std::size_t i = 0; i < out.values.size(); ++i)
        out.spread[i] = kept_spread(root_of_squares(static_cast<double>(in[0].spread[i]),
            by.stored(size_of(static_cast<double>(out.values[i])))));
    for_each_pair(n, in, [&](std::size_t i, std::size_t j, std::size_t angle) {
        const auto error = [&](std::size_t x, const reference_tensor& factor) {
            const double own = static_cast<double>(in[0].spread[x]), value = size_of(in[0].at(x));
            const double by_factor = static_cast<double>(factor.spread[angle]);
            const double size = size_of(factor.at(angle));
            if (std::isinf(own) || std::isinf(by_factor)) return static_cast<double>(unknown);
            return root_of_squares(own * size, value * by_factor,
                root_of_squares(allowed_spreads * own * by_factor, 2 * float_unit * value * size));
        };
        for (const bool is_first : {true, false}) {
            const std::size_t at = is_first ? i : j, other = is_first ? j : i;
            out.spread[at] = kept_spread(root_of_squares(error(at, in[1]), error(other, in[2]),
                by.stored(size_of(static_cast<double>(out.values[at])))));
        }
    });
}

inline constexpr reference_row rotary_row{op::rotary, rotary, rotary_spread};

}  // namespace lamina::reference_op
