// SPDX-License-Identifier: Apache-2.0
// A saved plan's plans of other shapes against the plan around them: an engine and its contexts go from one to the
// other. Called by plan_view::open, which has checked each of them alone.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/check_plan.hpp>
#include <lamina/plan/records.hpp>

namespace lamina::detail {

/// "batch 3, height 480".
template <class Values>
std::string values_text(const std::vector<plan_range>& dims, const Values& values) {
    std::string out;
    for (std::size_t i = 0; i < dims.size(); ++i)
        out += (i ? ", " : "") + std::string(dims[i].name) + " " + std::to_string(values[i]);
    return out;
}

/// Errors  LAM-R12 where a plan of another shape is not one of the network of `plan`, or has what only the plan
///         around it may have.
inline void check_shape_plan(
    const plan_records& plan, const plan_shape& at, const plan_records& other) {
    const std::string who = "the plan at " + values_text(plan.dims, at.values);
    const auto fault = [&](const std::string& what) {
        throw error(errc::plan_limits, who,
            "plan: " + who + " " + what
                + "; the plan was damaged or made by faulty code, make it again");
    };
    if (!other.dims.empty() || !other.shapes.empty() || other.segment.present
        || !other.weights.empty() || !other.prelude.empty())
        fault("has dims, weights or texts of its own, it shares those of the plan around it");
    if (other.weight_bytes != plan.weight_bytes)
        fault("reads weights of " + std::to_string(other.weight_bytes)
            + " bytes, the plan around it has " + std::to_string(plan.weight_bytes));
    if (other.target != plan.target || other.precision != plan.precision)
        fault("is for another target or precision than the plan around it");
    const bool same_states = other.state_bytes == plan.state_bytes
        && std::ranges::equal(
            other.states, plan.states, [](const plan_state& a, const plan_state& b) {
                return a.name == b.name && a.type == b.type && a.dims == b.dims
                    && a.offset == b.offset;
            });
    if (!same_states) fault("has other states than the plan around it");
    const auto same_bindings
        = [](const std::vector<plan_binding>& a, const std::vector<plan_binding>& b) {
              return std::ranges::equal(a, b, [](const plan_binding& x, const plan_binding& y) {
                  return x.name == y.name && x.type == y.type && x.dims.rank == y.dims.rank;
              });
          };
    if (!same_bindings(other.inputs, plan.inputs) || !same_bindings(other.outputs, plan.outputs))
        fault("has inputs or outputs of other names, types or ranks than the plan around it");
    if (const std::string why = axes_fault(plan, other.inputs, at.values); !why.empty()) fault(why);
}

}  // namespace lamina::detail
