// SPDX-License-Identifier: Apache-2.0
// The stages with their postconditions verified at each boundary: always at run time; by the compiler only if
// LAMINA_VERIFY_PLAN is defined.
#pragma once
#include <lamina/planner/stages.hpp>
#include <lamina/planner/verify.hpp>
#include <lamina/planner/verify_launches.hpp>
#include <lamina/planner/verify_memory.hpp>

namespace lamina::planner {

struct verified {
    static constexpr sentence groups(const module& m, boundary stage) {
        return verify_groups(m, stage);
    }
    static constexpr sentence steps(const module& m, const lamina::target& target) {
        return verify_steps(m, target);
    }
    static constexpr sentence launches(const module& m) { return verify_launches(m); }
    static constexpr sentence memory(const module& m) { return verify_memory_plan(m); }
};

constexpr module verified_stages(const network& net, const lamina::target& target) {
    return run_stages<verified>(net, target);
}

}  // namespace lamina::planner
