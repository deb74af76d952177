// SPDX-License-Identifier: Apache-2.0
// The error bound of a plan's results against the reference, used by every comparison: tests,
// compare_steps and authors of custom layers. The spreads come from spread.hpp.
#pragma once
#include <lamina/core/ability.hpp>
#include <lamina/core/dtype.hpp>
#include <lamina/core/error.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>

namespace lamina {

/// Half the distance of two neighbouring numbers of a storage type, over their size.
constexpr double unit_of(dtype storage) {
    return storage == dtype::f16 ? 0x1p-11 : storage == dtype::bf16 ? 0x1p-8 : 0x1p-24;
}

/// The arithmetic whose roundings are bounded: sums in fp32, values stored as `storage`.
struct arithmetic {
    dtype storage = dtype::f32;  ///< of weights and of what steps read: f32, f16 or bf16
    int winograd = 0;            ///< the largest output tile of transformed 3x3 convolutions, or 0
    bool rounds_products = false;  ///< matrix units may round factors to 11 bits (tf32)
    dtype result = dtype::other;   ///< what results are stored as; other: the storage

    dtype stored_as() const { return result == dtype::other ? storage : result; }
    bool stores_floats() const { return stored_as() == dtype::f32; }
    double unit() const { return unit_of(storage); }
    /// What rounding a factor of a product costs it, beside how it is stored: matrix units take
    /// factors of the storage type.
    double factor_unit() const { return rounds_products ? 0x1p-11 : unit(); }
    /// The largest finite number that a result may be.
    double largest() const { return largest_number(stored_as()); }
    /// What storing a result adds to its error; some devices store subnormal floats as 0. What products
    /// alone read may be stored as they would round it.
    double stored(double value) const {
        const double own = rounded_to(stored_as(), value);
        return rounds_products ? std::max(own, factor_unit() * std::fabs(value)) : own;
    }
    /// What converting a number to a type adds to its error.
    static double rounded_to(dtype type, double value) {
        return std::max(unit_of(type) * std::fabs(value), type == dtype::f16 ? 0x1p-25 : 0x1p-126);
    }
    bool operator==(const arithmetic&) const = default;
};

/// An element may be this many spreads off. A spread is the root of the summed squares of the
/// largest errors of all roundings on the way to an element, each weighted by what it does to it.
/// One rounding errs by 0.4 of its largest error (rms) and they are nearly independent, so that 6
/// spreads are 15 standard deviations of a long sum, and no short one can reach them.
inline constexpr double allowed_spreads = 6;

/// What check_bound found.
struct bound_check {
    bool holds = true;
    std::size_t compared = 0;
    std::size_t outside = 0;   ///< elements beyond their bound
    std::size_t unjudged = 0;  ///< unequal elements without a finite bound, such as log of about 0
    std::size_t element = 0;   ///< the one that is most spreads off
    double got = 0, wanted = 0, bound = 0;  ///< of that element
    double spreads = 0;                     ///< how many it is off

    /// "element 17 of 1024 is 0.5, expected 0.25 within 1e-06: 400000 times the bound; 3 differ"
    std::string sentence() const {
        char text[300];
        if (compared == 0) return "nothing to compare";
        std::snprintf(text, sizeof text,
            "element %zu of %zu is %.9g, expected %.9g within %.3g: off by %.3g of the bound; %zu "
            "of them are beyond theirs, %zu have none",
            element, compared, got, wanted, bound, spreads / allowed_spreads, outside, unjudged);
        return text;
    }
};

/// How many spreads `got` is off; an element without a finite spread is never off.
inline double spreads_off(double got, double wanted, double spread, const arithmetic& by) {
    constexpr double never = std::numeric_limits<double>::infinity();
    if (got == wanted || !std::isfinite(spread)) return 0;
    if (!std::isfinite(wanted)) return std::isnan(got) && std::isnan(wanted) ? 0 : never;
    if (std::isinf(got)) {
        // Only at the very end of the range does rounding decide between a number and infinity.
        const double size = std::fabs(wanted);
        const bool at_the_end = size <= by.largest()
            && size + allowed_spreads * spread >= by.largest()
            && std::signbit(got) == std::signbit(wanted);
        return at_the_end ? 0 : never;
    }
    if (std::isnan(got)) return never;
    return spread > 0 ? std::fabs(got - wanted) / spread : never;
}

/// An unequal element that nothing can be said of: its spread is not finite.
inline bool is_unjudged(double got, double wanted, double spread) {
    return got != wanted && !std::isfinite(spread);
}

/// Compares floats or indices with a value of the reference that carries spreads.
/// Errors   LAM-R22 it carries none (reference::run was not given the arithmetic).
template <class Number>
bound_check check_bound(
    std::span<const Number> got, const reference_tensor& wanted, const arithmetic& by) {
    const std::size_t count = wanted.size();
    if (wanted.spread.size() != count)
        throw error(errc::option, "bounds",
            "the reference's values have no error bounds; call reference::run(inputs, "
            "arithmetic_of(plan)), or compare within a tolerance of your own");
    bound_check out;
    out.compared = count;
    if (got.size() != count) {
        out.holds = false;
        out.outside = count;
        return out;
    }
    double most = -1;
    for (std::size_t i = 0; i < count; ++i) {
        const double value = static_cast<double>(got[i]);
        const double expected = wanted.at(i);
        const double spread = static_cast<double>(wanted.spread[i]);
        const double off = spreads_off(value, expected, spread, by);
        out.unjudged += is_unjudged(value, expected, spread);
        if (!(off <= allowed_spreads)) ++out.outside;
        if (!(off > most)) continue;
        most = off;
        out.element = i;
        out.got = value;
        out.wanted = expected;
        out.bound = allowed_spreads * spread;
    }
    out.spreads = std::max(most, 0.0);
    out.holds = out.outside == 0;
    return out;
}

}  // namespace lamina
