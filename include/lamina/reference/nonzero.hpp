// SPDX-License-Identifier: Apache-2.0
// op::nonzero on the CPU: coordinates of the elements that are not 0.
#pragma once
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>

namespace lamina::reference_op {

inline void nonzero(const node& n, const operands& in, outputs out) {
    std::fill(out[0].indices.begin(), out[0].indices.end(), -1);
    const auto rank = static_cast<std::size_t>(n.dims.c);
    std::int32_t found = 0;
    for_each_place(in[0].dims, [&](const place& at, std::size_t index) {
        if (in[0].at(index) == 0 || found >= n.dims.n) return;
        std::copy_n(
            at.begin(), rank, out[0].indices.begin() + found * static_cast<std::ptrdiff_t>(rank));
        ++found;
    });
    if (out.size() > 1) out[1].indices[0] = found;
}

/// Nothing is known if it is uncertain of some element whether it is 0.
inline void nonzero_spread(const node&, const operands& in, const arithmetic&, outputs out) {
    bool is_known = true;
    for (std::size_t i = 0; i < in[0].spread.size(); ++i) {
        const double reach = allowed_spreads * static_cast<double>(in[0].spread[i]);
        is_known = is_known && (reach == 0 || std::fabs(in[0].at(i)) > reach);
    }
    if (is_known) return;
    for (reference_tensor& each : out) std::fill(each.spread.begin(), each.spread.end(), unknown);
}

inline constexpr reference_row nonzero_row{op::nonzero, nonzero, nonzero_spread};

}  // namespace lamina::reference_op
