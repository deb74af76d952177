// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;

namespace {

planner::module folded(const network& net) {
    planner::module m;
    m.net = &net;
    planner::make_groups(m);
    planner::fold(m);
    REQUIRE(verify_groups(m, planner::boundary::fold).view() == "");
    return m;
}

}  // namespace

TEST_CASE("fold: a batch_norm behind a convolution, a linear or a transposed one is gone") {
    network net;
    const tensor x = net.input("x", {1, 4, 8, 8});
    const tensor a = x | conv2d{"a", {.out = 8}} | batch_norm{"an"};
    const tensor b = a | conv_transpose2d{"b", {.out = 8, .kernel = 2}} | batch_norm{"bn"};
    net.output("y", b | flatten{} | linear{"c", 5} | batch_norm{"cn"});
    const planner::module m = folded(net);
    CHECK(alive(m)
        == std::vector<std::string>{
            "conv2d batch_norm", "conv_transpose2d batch_norm", "flatten", "linear batch_norm"});
}

TEST_CASE("fold: two batch_norms in a row both go into the weights") {
    network net;
    const tensor x = net.input("x", {1, 4, 8, 8});
    net.output("y", x | conv2d{"a", {.out = 8}} | batch_norm{"n1"} | batch_norm{"n2"});
    const planner::module m = folded(net);
    CHECK(alive(m) == std::vector<std::string>{"conv2d batch_norm batch_norm"});
    CHECK(m.groups[0].folds == dynamic_array<int>{2, 3});
}

TEST_CASE("fold: a convolution that others read too, or a network result, keeps its batch_norm") {
    network net;
    const tensor x = net.input("x", {1, 4, 8, 8});
    const tensor a = x | conv2d{"a", {.out = 8}};
    const tensor b = x | conv2d{"b", {.out = 8}};
    net.output("raw", b);
    net.output("y", (a | batch_norm{"an"}) + a + (b | batch_norm{"bn"}));
    const planner::module m = folded(net);
    CHECK(count_of(m, "conv2d") == 2);
    CHECK(count_of(m, "batch_norm") == 2);
}

TEST_CASE("fold: where the weights' axis is not the norm's, the batch_norm stays") {
    network net;
    const tensor x = net.input("x", {1, 4, 8, 8});
    const tensor grouped
        = x | conv_transpose2d{"t", {.out = 8, .kernel = 2, .groups = 2}} | batch_norm{"tn"};
    const tensor rows = net.input("rows", {1, 6, 8}) | linear{"l", 5} | batch_norm{"ln"};
    net.output("a", grouped);
    net.output("b", rows);
    net.output("c", x | batch_norm{"xn"});
    CHECK(count_of(folded(net), "batch_norm") == 3);
}
