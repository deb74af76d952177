// SPDX-License-Identifier: Apache-2.0
// Weights that a layer stores in groups of 4 or 8 bits (network::quantize_weights), as the floats that these stand
// for. Called by linear.hpp. plan.fbs has the formulas; the runtime's are written apart from these.
#pragma once
#include <lamina/core/weight_groups.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace lamina::reference_op {

/// One group, in place.
inline void round_group(std::span<float> group, const weight_groups& by) {
    const auto [least, most] = std::minmax_element(group.begin(), group.end());
    const double low = std::min(0.0, static_cast<double>(*least));
    const double high = std::max(0.0, static_cast<double>(*most));
    const double steps = by.zero_points ? std::exp2(by.bits) - 1 : std::exp2(by.bits - 1) - 1;
    const auto scale
        = static_cast<float>((by.zero_points ? high - low : std::max(high, -low)) / steps);
    if (!(scale >= 1.2e-38f)) return std::fill(group.begin(), group.end(), 0.0f), void();
    const float inverse = 1 / scale;
    // Counted from 0 where there are zero points, else from the middle.
    const float zero = by.zero_points
        ? std::clamp(
              std::nearbyint(static_cast<float>(-low) * inverse), 0.0f, static_cast<float>(steps))
        : 0.0f;
    const auto end = static_cast<float>(steps);
    for (float& w : group)
        w = (std::clamp(std::nearbyint(w * inverse) + zero, by.zero_points ? 0.0f : -end, end)
                - zero)
            * scale;
}

/// Weights [outputs, inputs].
inline std::vector<float> rounded_in_groups(
    std::span<const float> weight, int inputs, const weight_groups& by) {
    std::vector<float> out(weight.begin(), weight.end());
    const auto width = static_cast<std::size_t>(inputs), group = static_cast<std::size_t>(by.group);
    for (std::size_t row = 0; row < out.size(); row += width)
        for (std::size_t first = 0; first < width; first += group)
            round_group(std::span(out).subspan(row + first, std::min(group, width - first)), by);
    return out;
}

}  // namespace lamina::reference_op
