// SPDX-License-Identifier: Apache-2.0
// Plans at run time with every boundary verified, and short texts of what the stages made.
#pragma once
#include "networks.hpp"

#include <lamina/plan.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/verified_stages.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace lamina_test {

/// All stages; a broken promise or a wrong network fails the test.
planner::module planned(network& net, const lamina::target& target = cpu);

inline std::string layers_of(const network& net, std::span<const int> members) {
    std::string out;
    for (int id : members)
        out += (out.empty() ? "" : " ") + std::string(net.nodes[planner::at(id)].layer);
    return out;
}

/// "conv2d batch_norm relu" of each living work.
inline std::vector<std::string> alive(const planner::module& m) {
    std::vector<std::string> out;
    for (const planner::fusion_group& w : m.groups)
        if (w.alive) out.push_back(layers_of(*m.net, w.members));
    return out;
}

inline int count_of(const planner::module& m, const std::string& layers) {
    const std::vector<std::string> all = alive(m);
    return static_cast<int>(std::count(all.begin(), all.end(), layers));
}

/// The same of each step; "reformat" for a copy that the planner added.
inline std::vector<std::string> steps_of(const planner::module& m) {
    std::vector<std::string> out;
    for (const planner::step& s : m.steps)
        out.push_back(s.is_copy ? "reformat" : layers_of(*m.net, s.members));
    return out;
}

inline std::vector<std::string> families_of(const planner::module& m) {
    std::vector<std::string> out;
    for (const planner::launch& l : m.launches)
        out.emplace_back(m.kernels[planner::at(l.kernel)].family);
    return out;
}

}  // namespace lamina_test
