// SPDX-License-Identifier: Apache-2.0
// Finds the first step of a plan whose result differs from the reference.
// The only header that uses both reference/ and runtime/; for tests and debugging.
#pragma once
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

#include <lamina/core/linkage.hpp>
#include <lamina/reference/reference.hpp>
#include <lamina/runtime/engine.hpp>

namespace lamina {

/// |got - wanted| <= absolute + relative * |wanted|, and both finite or the same: replaces the error bounds
/// of the plan's arithmetic in compare_steps.
struct tolerance {
    double absolute = 1e-4, relative = 1e-4;

    bool allows(double got, double wanted) const {
        if (!std::isfinite(wanted) || !std::isfinite(got))
            return got == wanted || (std::isnan(got) && std::isnan(wanted));
        return std::abs(got - wanted) <= absolute + relative * std::abs(wanted);
    }
};

/// The result of compare_steps.
struct step_comparison {
    bool same = true;
    std::size_t compared = 0;  ///< steps whose tensor was compared
    std::size_t unjudged
        = 0;               ///< unequal elements without a bound, such as the logarithm of about 0
    double largest = 0;    ///< largest |got - wanted| until then
    double share = 0;      ///< largest |got - wanted| of what is allowed, until then
    std::size_t step = 0;  ///< the first that differs, and what follows is about it
    std::string name, kernel;
    int node = 0;
    std::size_t element = 0, differing = 0;  ///< the first, and how many of the tensor
    shape dims;
    float got = 0, wanted = 0;
    double allowed = 0;          ///< |got - wanted| that the arithmetic explains
    dtype storage = dtype::f32;  ///< of the step's tensor
    bool out_of_range = false;   ///< the wanted value is beyond the largest number of that type

    /// "step 3 'layer1.0' (conv2d_direct), node 7, 1x16x8x8: element 17 is ..., the reference ..."
    std::string sentence() const;
};

/// Runs `c` step by step with these inputs and compares each step's tensor, then each output, with
/// the reference of the same network, which begins with the context's states. Stops comparing at the first
/// that differs.
///
/// An element differs if it is farther off than the plan's arithmetic explains: than the error
/// bound that reference::run computes from the numbers that were summed on the way to it (bound.hpp),
/// or than `within`, if given.
/// Errors   LAM-R18 to R20 inputs; LAM-R22 the plan is of another network than the reference.
step_comparison compare_steps(context& c, const reference& oracle, const reference_inputs& inputs,
    std::optional<tolerance> within = {});

/// Lets the reference read opened weights: copies the tensors that it needs as floats.
weights_lookup lookup_in(const weights& file);

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/debug.impl.hpp>
#endif
