// SPDX-License-Identifier: Apache-2.0
// The magnitudes of each step's values, and whether any left the range of the type they are stored in;
// returned by context::ranges and printed by LAMINA_SHOW=ranges.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include <lamina/core/dtype.hpp>
#include <lamina/core/shape.hpp>
#include <lamina/plan/table.hpp>

namespace lamina {

/// The values that one step stored.
struct step_range {
    std::size_t step = 0;
    std::string name, kernel;
    dtype type = dtype::f32;  ///< as they are stored
    shape dims;
    double largest = 0;  ///< magnitude of the finite ones
    std::size_t nans = 0, infinities = 0;

    /// The largest finite number of the type.
    double limit() const { return largest_number(type); }
    bool is_finite() const { return nans + infinities == 0; }

    void count(std::span<const float> values) {
        for (const float value : values) {
            if (std::isnan(value))
                ++nans;
            else if (std::isinf(value))
                ++infinities;
            else
                largest = std::max(largest, std::fabs(static_cast<double>(value)));
        }
    }
};

/// Of one run or of several. Steps that write only a part of a tensor (into a concat) have no row: what
/// they wrote is included in the row of the whole tensor.
struct range_report {
    std::vector<step_range> steps;
    std::size_t runs = 1;

    /// The first step with a NaN or an infinity; null if all values are finite.
    const step_range* first_not_finite() const {
        const auto found = std::find_if(
            steps.begin(), steps.end(), [](const step_range& s) { return !s.is_finite(); });
        return found == steps.end() ? nullptr : &*found;
    }

    /// Adds the values of another run of the same plan.
    void add(const range_report& other) {
        for (std::size_t i = 0; i < steps.size() && i < other.steps.size(); ++i) {
            steps[i].largest = std::max(steps[i].largest, other.steps[i].largest);
            steps[i].nans += other.steps[i].nans;
            steps[i].infinities += other.steps[i].infinities;
        }
        runs += other.runs;
    }

    /// "step 3 'layer1.0' (conv2d_blocked) is the first that leaves the range of f16: ..."
    std::string sentence() const {
        const step_range* first = first_not_finite();
        if (!first) {
            const step_range* nearest = nullptr;
            for (const step_range& s : steps)
                if (!nearest || s.largest / s.limit() > nearest->largest / nearest->limit())
                    nearest = &s;
            if (!nearest) return "no step stores a tensor";
            return "all values are finite; step " + std::to_string(nearest->step) + " '"
                + nearest->name
                + "' comes nearest to the end of its range: " + number(nearest->largest) + " of "
                + number(nearest->limit()) + " (" + std::string(to_text(nearest->type)) + ")";
        }
        return "step " + std::to_string(first->step) + " '" + first->name + "' (" + first->kernel
            + ") is the first that leaves the range of " + std::string(to_text(first->type)) + ", "
            + number(first->limit()) + ": " + std::to_string(first->infinities) + " infinite and "
            + std::to_string(first->nans) + " NaN of "
            + std::to_string(static_cast<std::size_t>(first->dims.count()) * runs)
            + " values; use fp32, scale the input or the weights down, or look for NaN in the input";
    }

    std::string table() const {
        text_table out(
            {">step", "name", "kernel", "type", ">largest", ">% of range", ">NaN", ">inf"});
        for (const step_range& s : steps)
            out.add({std::to_string(s.step), s.name, s.kernel, std::string(to_text(s.type)),
                number(s.largest), fixed(100 * s.largest / s.limit(), 1), std::to_string(s.nans),
                std::to_string(s.infinities)});
        return out.str() + sentence() + "\n";
    }

private:
    static std::string number(double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%.6g", value);
        return text;
    }
};

}  // namespace lamina
