// SPDX-License-Identifier: Apache-2.0
// Compares computed numbers with expected ones and says where they differ most.
// Used by every test that compares tensors: CHECK_MESSAGE(d.is_near, d.what).
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>

#include <lamina/reference/bound.hpp>

namespace lamina_test {

struct difference {
    bool is_near = true;
    /// Largest |found - expected|, over the largest finite |expected| or over its own bound.
    double worst = 0;
    std::string what;                        ///< one sentence, whether near or not
    std::size_t compared = 0, unjudged = 0;  ///< elements, and those without a bound of their own
};

/// Near: no element is farther off than tolerance times the largest magnitude expected, so that an
/// element which happens to be close to 0 is not asked for more than its neighbours. NaN is never
/// near anything; an infinity only to itself.
inline difference near(
    std::span<const float> found, std::span<const float> expected, double tolerance) {
    char text[240];
    if (found.size() != expected.size()) {
        std::snprintf(
            text, sizeof text, "%zu elements, expected %zu", found.size(), expected.size());
        return {false, std::numeric_limits<double>::infinity(), text};
    }
    double largest = 0;
    for (float value : expected)
        if (std::isfinite(value))
            largest = std::fmax(largest, std::fabs(static_cast<double>(value)));
    const double unit = largest > 0 ? largest : 1;

    double worst = -1;
    std::size_t where = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        double off
            = std::fabs(static_cast<double>(found[i]) - static_cast<double>(expected[i])) / unit;
        if (std::isnan(found[i]) || std::isnan(expected[i]))
            off = std::numeric_limits<double>::infinity();
        else if (found[i] == expected[i])
            off = 0;  // also of two infinities
        if (off > worst) {
            worst = off;
            where = i;
        }
    }
    if (worst < 0) return {true, 0, "nothing to compare"};
    std::snprintf(text, sizeof text,
        "element %zu of %zu is %.9g, expected %.9g: off by %.3g of the largest magnitude %.9g, "
        "tolerance %.3g",
        where, found.size(), static_cast<double>(found[where]),
        static_cast<double>(expected[where]), worst, largest, tolerance);
    return {worst <= tolerance, worst, text};
}

/// Near: no element is beyond the bound that the reference computed for the arithmetic, whatever
/// numbers were drawn (lamina/reference/bound.hpp). A comparison that judges nothing of
/// many elements is not near, unless the caller counts what was judged.
/// LAMINA_TEST_BOUNDS=1 prints how far each came, to see how narrow bounds are.
template <class Number>
difference near(std::span<const Number> found, const lamina::reference_tensor& expected,
    const lamina::arithmetic& by, bool caller_counts = false) {
    const lamina::bound_check off = lamina::check_bound(found, expected, by);
    if (std::getenv("LAMINA_TEST_BOUNDS"))
        std::printf("%s, winograd %d: %s\n", to_text(by.storage).data(), by.winograd,
            off.sentence().c_str());
    // A handful of indices may be ties, all of them.
    const bool is_judged = off.unjudged < off.compared || off.compared < 8 || caller_counts;
    return {off.holds && is_judged, off.spreads / lamina::allowed_spreads, off.sentence(),
        off.compared, off.unjudged};
}

/// Indices are equal or not.
inline difference same(
    std::span<const std::int32_t> found, std::span<const std::int32_t> expected) {
    if (found.size() != expected.size())
        return {false, 1,
            std::to_string(found.size()) + " elements, expected "
                + std::to_string(expected.size())};
    for (std::size_t i = 0; i < found.size(); ++i)
        if (found[i] != expected[i])
            return {false, 1,
                "element " + std::to_string(i) + " is " + std::to_string(found[i]) + ", expected "
                    + std::to_string(expected[i])};
    return {true, 0, "all equal"};
}

}  // namespace lamina_test
