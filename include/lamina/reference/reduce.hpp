// SPDX-License-Identifier: Apache-2.0
// op::reduce on the CPU: mean, sum, max, min or product over some axes.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <cmath>
#include <limits>

namespace lamina::reference_op {

/// Over the axes in attr.mask. Whether the output keeps them as extents of 1 or drops them makes no
/// difference to the order of its elements.
inline void reduce(const node& n, const operands& in, reference_tensor& out) {
    const auto kind = static_cast<reduce_kind>(n.attr.kind);
    const shape& from = in[0].dims;
    shape kept = from;  // the output with reduced axes as 1
    for (int axis = 0; axis < from.rank; ++axis)
        if (n.attr.mask >> axis & 1u) kept.at(axis) = 1;

    const double infinity = std::numeric_limits<double>::infinity();
    const double start = kind == reduce_kind::max ? -infinity
        : kind == reduce_kind::min                ? infinity
        : kind == reduce_kind::product            ? 1
                                                  : 0;
    std::vector<double> totals(out.size(), start);
    for_each_place(from, [&](const place& at, std::size_t index) {
        double& total = totals[flat_broadcast(kept, from, at)];
        const double x = in[0].at(index);
        if (kind == reduce_kind::max)
            total = x > total || std::isnan(x) ? x : total;
        else if (kind == reduce_kind::min)
            total = x < total || std::isnan(x) ? x : total;
        else if (kind == reduce_kind::product)
            total *= x;
        else
            total += x;
    });
    const auto summed = from.count() / kept.count();
    const double divisor = kind == reduce_kind::mean ? static_cast<double>(summed) : 1;
    for (std::size_t i = 0; i < totals.size(); ++i) out.set(i, totals[i] / divisor);
}

}  // namespace lamina::reference_op
