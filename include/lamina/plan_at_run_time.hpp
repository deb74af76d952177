// SPDX-License-Identifier: Apache-2.0
// A plan made while the program runs, by the same stages as plan<Net>: for tests, debuggers, fuzzers
// and importers.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/core/linkage.hpp>
#include <lamina/define.hpp>
#include <lamina/plan/frozen.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/target.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lamina {

/// The bytes of plan<Net>, with its facts.
struct run_time_plan : plan_facts {
    std::vector<std::uint32_t> words;
    std::span<const std::byte> data() const { return std::as_bytes(std::span(words)); }
    operator std::span<const std::byte>() const { return data(); }
};

/// Plans a checked network, whose net.problems must be empty.
/// Errors   LAM-R12 with the planner's sentence: a tensor that is too large for the target (LAM-22), or
///          a violated postcondition of a stage (verify.hpp).
run_time_plan plan_at_run_time(
    const network& net, const lamina::target& target, std::string_view label = "network");

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/plan_at_run_time.impl.hpp>
#endif
