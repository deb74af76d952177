// SPDX-License-Identifier: Apache-2.0
// Plans at run time with every waist verified, and short texts of what the stages made.
#pragma once
#include "networks.hpp"

#include <lamina/compile.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lamina_test {

/// All stages; a broken promise or a wrong network fails the test.
inline compile::module planned(network& net, const target& goal = cpu) {
    check(net);
    for (const problem& p : net.problems) FAIL_CHECK(full_sentence(p).c_str());
    REQUIRE(net.problems.empty());
    compile::module m = compile::run_stages(net, goal);
    REQUIRE(m.fault.view() == "");
    return m;
}

inline std::string layers_of(const network& net, const std::vector<int>& members) {
    std::string out;
    for (int id : members)
        out += (out.empty() ? "" : " ") + std::string(net.nodes[compile::at(id)].layer);
    return out;
}

/// "conv2d batch_norm relu" of each living work.
inline std::vector<std::string> alive(const compile::module& m) {
    std::vector<std::string> out;
    for (const compile::work& w : m.works)
        if (w.alive) out.push_back(layers_of(*m.net, w.members));
    return out;
}

inline int count_of(const compile::module& m, const std::string& layers) {
    const std::vector<std::string> all = alive(m);
    return static_cast<int>(std::count(all.begin(), all.end(), layers));
}

/// The same of each step; "reformat" for a copy that the planner added.
inline std::vector<std::string> steps_of(const compile::module& m) {
    std::vector<std::string> out;
    for (const compile::step& s : m.steps)
        out.push_back(s.is_copy ? "reformat" : layers_of(*m.net, s.members));
    return out;
}

inline std::vector<std::string> families_of(const compile::module& m) {
    std::vector<std::string> out;
    for (const compile::launch& l : m.launches)
        out.emplace_back(m.kernels[compile::at(l.kernel)].family);
    return out;
}

}  // namespace lamina_test
