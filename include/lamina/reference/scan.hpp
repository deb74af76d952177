// SPDX-License-Identifier: Apache-2.0
// op::scan on the CPU: running sums and products.
#pragma once
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

#include <cmath>

namespace lamina::reference_op {

/// Calls begin() for each line, and visit(where it goes, where it comes from) along it.
template <class Begin, class Visit> void for_each_scanned(const node& n, Begin begin, Visit visit) {
    const along_axis lines = along(n.dims, n.attr.axis);
    for (std::size_t o = 0; o < lines.outer; ++o)
        for (std::size_t inner = 0; inner < lines.inner; ++inner) {
            begin();
            for (std::size_t k = 0; k < lines.extent; ++k)
                visit(lines.at(o, n.attr.backwards ? lines.extent - 1 - k : k, inner));
        }
}

inline void scan(const node& n, const operands& in, reference_tensor& out) {
    const bool is_product = static_cast<scan_kind>(n.attr.kind) == scan_kind::product;
    double all = 0;
    for_each_scanned(
        n, [&] { all = is_product ? 1 : 0; },
        [&](std::size_t i) {
            if (n.attr.exclusive) out.set(i, all);
            all = is_product ? all * in[0].at(i) : all + in[0].at(i);
            if (is_integer(n.type))  // as ints overflow
                all = static_cast<double>(static_cast<std::int32_t>(
                    static_cast<std::uint32_t>(static_cast<std::int64_t>(all))));
            if (!n.attr.exclusive) out.set(i, all);
        });
}

/// Each step along the line rounds what has come together so far.
inline void scan_spread(
    const node& n, const operands& in, const arithmetic& by, reference_tensor& out) {
    const bool is_product = static_cast<scan_kind>(n.attr.kind) == scan_kind::product;
    if (is_integer(n.type)) {  // unknown from the first unknown element on
        bool is_known = true;
        for_each_scanned(
            n, [&] { is_known = true; },
            [&](std::size_t i) {
                if (n.attr.exclusive && !is_known) out.spread[i] = unknown;
                is_known = is_known && !std::isinf(in[0].spread[i]);
                if (!n.attr.exclusive && !is_known) out.spread[i] = unknown;
            });
        return;
    }
    double all = 0, size = 0, spread = 0, first = 0;
    const auto keep = [&](std::size_t i) {
        out.spread[i] = kept_spread(
            root_of_squares(spread, by.stored(size_of(static_cast<double>(out.values[i])))));
    };
    for_each_scanned(
        n,
        [&] {
            all = is_product ? 1 : 0;
            size = spread = first = 0;
        },
        [&](std::size_t i) {
            if (n.attr.exclusive) keep(i);
            const double x = in[0].at(i), of_x = static_cast<double>(in[0].spread[i]);
            if (is_product) {
                const double before = size_of(all);
                all *= x;
                spread = root_of_squares(spread * size_of(x), before * of_x,
                    root_of_squares(
                        allowed_spreads * spread * of_x, 2 * float_unit * size_of(all)));
            } else {
                all += x;
                size = std::fmax(size, size_of(all));  // partial sums of any order of runs
                first += size_of(x);
                spread = root_of_squares(spread, of_x, float_unit * std::fmin(first, 4 * size));
            }
            if (!n.attr.exclusive) keep(i);
        });
}

inline constexpr reference_row scan_row{op::scan, scan, scan_spread};

}  // namespace lamina::reference_op
