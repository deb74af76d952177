// SPDX-License-Identifier: Apache-2.0
// The header for main(): devices, weights, engines, embedded files, and helpers for scores.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <lamina/embed/blob.hpp>
#include <lamina/plan/print.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/tune.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina {

namespace detail {
template <class Scores>
concept random_access = requires(const Scores& scores) {
    std::begin(scores)[0];
    std::end(scores) - std::begin(scores);
};

/// Whether score a comes before b; nothing is above a NaN, as for the layer argmax.
template <class Score> bool is_above(const Score& a, const Score& b) {
    return a > b || (a != a && b == b);  // NOLINT(misc-redundant-expression) of NaN
}
}  // namespace detail

/// Index of the largest number; the first of equals, or of NaNs; -1 if there is none.
/// (argmax itself is a layer; for a result of engine.run(), argmax(scores) works too.)
template <detail::random_access Scores> int argmax_of(const Scores& scores) {
    const auto first = std::begin(scores), end = std::end(scores);
    if (first == end) return -1;
    const auto is_below = [](const auto& a, const auto& b) { return detail::is_above(b, a); };
    return static_cast<int>(std::max_element(first, end, is_below) - first);
}

/// Indices of the `count` largest numbers, NaNs and then the largest first, equals in their order.
template <detail::random_access Scores>
std::vector<int> top_k(const Scores& scores, std::size_t count) {
    const auto first = std::begin(scores);
    std::vector<int> order(static_cast<std::size_t>(std::end(scores) - first));
    std::iota(order.begin(), order.end(), 0);
    count = std::min(count, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count),
        order.end(), [&](int a, int b) {
            return detail::is_above(first[a], first[b])
                || (!detail::is_above(first[b], first[a]) && a < b);
        });
    order.resize(count);
    return order;
}

/// Probabilities of a network's logits.
template <detail::random_access Scores> std::vector<float> softmax_of(const Scores& scores) {
    std::vector<float> out(std::begin(scores), std::end(scores));
    if (out.empty()) return out;
    const float top = *std::max_element(out.begin(), out.end());
    double sum = 0;
    for (float& value : out) sum += value = std::exp(value - top);
    for (float& value : out) value = static_cast<float>(value / sum);
    return out;
}

}  // namespace lamina
