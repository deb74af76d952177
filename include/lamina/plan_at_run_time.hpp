// SPDX-License-Identifier: Apache-2.0
// A plan made while the program runs, by the same stages as plan<Net>: for tests, debuggers, fuzzers
// and importers.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/plan.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina {

/// The bytes of plan<Net>, with its facts.
struct run_time_plan : plan_facts {
    std::vector<std::uint32_t> words;
    std::span<const std::byte> data() const { return std::as_bytes(std::span(words)); }
    operator std::span<const std::byte>() const { return data(); }
};

namespace detail {

/// Errors  LAM-R12 with the planner's sentence, if there is one.
inline void require_plan(const planner::module& m, std::string_view label) {
    if (!m.fault.empty())
        throw error(errc::plan_limits, std::string(label), std::string(m.fault.view()));
}

}  // namespace detail

/// Plans a checked network, whose net.problems must be empty.
/// Errors   LAM-R12 with the planner's sentence: a tensor that is too large for the target (LAM-22), or
///          a violated postcondition of a stage (verify.hpp).
inline run_time_plan plan_at_run_time(
    const network& net, const lamina::target& target, std::string_view label = "network") {
    const planner::module m = planner::run_stages(net, target);
    detail::require_plan(m, label);
    run_time_plan out;
    static_cast<plan_facts&>(out) = detail::facts_of(m);
    const int size = planner::encode(m, target, label, nullptr, 0);
    out.words.assign(static_cast<std::size_t>(size) / 4, 0);
    planner::encode(m, target, label, out.words.data(), size);
    return out;
}

}  // namespace lamina
