// SPDX-License-Identifier: Apache-2.0
// op::normalize on the CPU: layer, rms, group and instance normalisation.
// Called by reference.hpp.
#pragma once
#include <lamina/reference/value.hpp>

#include <cmath>

namespace lamina::reference_op {

/// Each set of elements is shifted by its mean (not rms) and divided by sqrt(variance + eps), the
/// variance being the mean square after the shift; then times weight plus bias. The sets:
/// layer, rms: all axes from attr.axis on, weight per element of the set;
/// group: attr.groups sets of channels, weight per channel (axis 1); instance: each channel alone.
inline void normalize(const node& n, const operands& in, reference_tensor& out) {
    const auto kind = static_cast<norm_kind>(n.attr.kind);
    const bool is_per_channel = kind == norm_kind::group || kind == norm_kind::instance;
    const int groups = kind == norm_kind::group ? n.attr.groups : n.dims.c;
    const std::size_t sets = is_per_channel
        ? static_cast<std::size_t>(n.dims.n) * static_cast<std::size_t>(groups)
        : cut(n.dims, n.attr.axis).rows;
    const std::size_t size = out.values.size() / sets;
    // Elements per channel: axes 2 and on.
    const std::size_t inner = cut(n.dims, 2).columns;

    for (std::size_t set = 0; set < sets; ++set) {
        const float* x = in[0].values.data() + set * size;
        double mean = 0, square = 0;
        if (kind != norm_kind::rms) {
            for (std::size_t i = 0; i < size; ++i) mean += x[i];
            mean /= static_cast<double>(size);
        }
        for (std::size_t i = 0; i < size; ++i) square += (x[i] - mean) * (x[i] - mean);
        const double deviation = std::sqrt(
            square / static_cast<double>(size) + static_cast<double>(n.attr.scalars[0]));
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t index = set * size + i;
            const std::size_t slot
                = is_per_channel ? index / inner % static_cast<std::size_t>(n.dims.c) : i;
            double value = (x[i] - mean) / deviation;
            if (!in.weights[weight_slot].empty()) value *= in.weights[weight_slot][slot];
            if (!in.weights[bias_slot].empty()) value += in.weights[bias_slot][slot];
            out.values[index] = static_cast<float>(value);
        }
    }
}

}  // namespace lamina::reference_op
