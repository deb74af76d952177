// SPDX-License-Identifier: Apache-2.0
// Planning while the program runs. Included by plan_at_run_time.hpp, or compiled into Lamina::compiled.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/plan.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/verified_stages.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace lamina {

namespace detail {

/// Errors  LAM-R12 with the planner's sentence, if there is one.
inline void require_plan(const planner::module& m, std::string_view label) {
    if (!m.fault.empty())
        throw error(errc::plan_limits, std::string(label), std::string(m.fault.view()));
}

}  // namespace detail

LAMINA_INLINE run_time_plan plan_at_run_time(
    const network& given, const lamina::target& target, std::string_view label) {
    network net = planned_network(given, target);
    const planner::whole_plan<planner::verified> whole(net, target, label);
    const planner::module& m = whole.run;
    detail::require_plan(m, label);
    run_time_plan out;
    static_cast<plan_facts&>(out) = detail::facts_of(whole);
    const int size = planner::encode(m, target, label, nullptr, 0);
    out.words.assign(static_cast<std::size_t>(size) / 4, 0);
    planner::encode(m, target, label, out.words.data(), size);
    return out;
}

}  // namespace lamina
