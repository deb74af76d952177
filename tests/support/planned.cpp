// SPDX-License-Identifier: Apache-2.0
// The planner, compiled once for all the tests that use planned.hpp.
#include "planned.hpp"

#include <doctest/doctest.h>

namespace lamina_test {

planner::module planned(network& net, const lamina::target& target) {
    check(net);
    for (const problem& p : net.problems) FAIL_CHECK(full_sentence(p).c_str());
    REQUIRE(net.problems.empty());
    planner::module m = planner::verified_stages(net, target);
    REQUIRE(m.fault.view() == "");
    return m;
}

}  // namespace lamina_test
