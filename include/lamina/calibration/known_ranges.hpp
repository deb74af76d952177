// SPDX-License-Identifier: Apache-2.0
// What calibration has seen of values, for calibrating a network again whose network::keep names other layers.
// Called by calibrate and report_int8.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include <lamina/graph/network.hpp>

namespace lamina::detail {

/// What was seen of a value: its ends, then how many numbers lie in each part between them.
struct seen_range {
    static constexpr std::size_t bins = 2048;
    double least = std::numeric_limits<double>::infinity(), most = -least;
    std::vector<double> counts;
    std::uint64_t not_finite = 0;

    void see_ends(std::span<const float> values) {
        for (const float x : values) {
            if (!std::isfinite(x)) {
                ++not_finite;
                continue;
            }
            least = std::min(least, static_cast<double>(x));
            most = std::max(most, static_cast<double>(x));
        }
    }
    double width() const { return (most - least) / static_cast<double>(bins); }
    double middle(std::size_t bin) const {
        return least + (static_cast<double>(bin) + 0.5) * width();
    }
    void count(std::span<const float> values) {
        counts.resize(bins, 0.0);
        if (!(width() > 0)) return;
        for (const float x : values)
            if (std::isfinite(x))
                counts[std::min(bins - 1,
                    static_cast<std::size_t>((static_cast<double>(x) - least) / width()))] += 1;
    }
};

/// The ranges of a network that runs in floats, by the nodes whose values share a scale. Which values these are depends
/// on the layers that are kept in higher precision; what is seen of them does not.
struct known_ranges {
    const network& runs;  ///< without what network::keep names later: nodes have the same numbers
    std::map<std::vector<int>, seen_range> by_members;

    bool have(const std::vector<std::vector<int>>& members) const {
        return std::all_of(members.begin(), members.end(),
            [&](const std::vector<int>& one) { return by_members.contains(one); });
    }
};

}  // namespace lamina::detail
