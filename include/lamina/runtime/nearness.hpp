// SPDX-License-Identifier: Apache-2.0
// How near two shapes are, or the extents of two steps: names the nearest shapes of a file, and finds the nearest
// measured times.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>

namespace lamina::detail {

/// The sum of the logarithms of how many times as large their numbers are: 0 for equal ones, log(4) where one number
/// is 4 times as large, or two are twice as large.
template <class Numbers, class Others> double distance(const Numbers& a, const Others& b) {
    double out = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        out += std::abs(std::log(std::max<double>(a[i], 1)) - std::log(std::max<double>(b[i], 1)));
    return out;
}

}  // namespace lamina::detail
