// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

compile::module ordered(const network& net) {
    compile::module m;
    m.net = &net;
    compile::make_works(m);
    compile::fold(m);
    compile::fuse(m);
    compile::order(m);
    REQUIRE(verify_works(m, compile::waist::order).view() == "");
    return m;
}

}  // namespace

TEST_CASE("order: a residual's producer stands before the kernel that adds it") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor heavy = x | conv2d{"heavy", {.out = 8, .kernel = 3, .pad = 1}};
    const tensor light = x | conv2d{"light", {.out = 8}};  // written later, needed earlier
    net.output("y", heavy + light);
    const compile::module m = ordered(net);
    REQUIRE(m.works.size() == 2);
    CHECK(net.nodes[compile::at(m.works[0].anchor)].at.view() == "light");
    CHECK(net.nodes[compile::at(m.works[1].anchor)].at.view() == "heavy");
}

TEST_CASE("order: works that were fused are gone and the rest is in the order of the network") {
    network net;
    tensor x = net.input("x", {1, 8, 8, 8});
    x = x | conv2d{"a", {.out = 8}} | relu{} | max_pool{{.kernel = 2}} | conv2d{"b", {.out = 8}};
    net.output("y", x | relu{});
    CHECK(alive(ordered(net)) == texts{"conv2d relu", "max_pool", "conv2d relu"});
    CHECK(ordered(net).works.size() == 3);
}
