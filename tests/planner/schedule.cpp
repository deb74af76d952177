// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

planner::module ordered(const network& net) {
    planner::module m;
    m.net = &net;
    planner::make_groups(m);
    planner::fold(m);
    planner::fuse(m);
    planner::schedule(m);
    REQUIRE(verify_groups(m, planner::boundary::schedule).view() == "");
    return m;
}

}  // namespace

TEST_CASE("schedule: a residual's producer stands before the kernel that adds it") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor heavy = x | conv2d{"heavy", {.out = 8, .kernel = 3, .pad = 1}};
    const tensor light = x | conv2d{"light", {.out = 8}};  // written later, needed earlier
    net.output("y", heavy + light);
    const planner::module m = ordered(net);
    REQUIRE(m.groups.size() == 2);
    CHECK(net.nodes[planner::at(m.groups[0].anchor)].at.view() == "light");
    CHECK(net.nodes[planner::at(m.groups[1].anchor)].at.view() == "heavy");
}

TEST_CASE("schedule: groups that were fused are gone and the rest is in the order of the network") {
    network net;
    tensor x = net.input("x", {1, 8, 8, 8});
    x = x | conv2d{"a", {.out = 8}} | relu{} | max_pool{{.kernel = 2}} | conv2d{"b", {.out = 8}};
    net.output("y", x | relu{});
    CHECK(alive(ordered(net)) == texts{"conv2d relu", "max_pool", "conv2d relu"});
    CHECK(ordered(net).groups.size() == 3);
}
