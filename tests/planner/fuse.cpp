// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

planner::module fused(const network& net) {
    planner::module m;
    m.net = &net;
    planner::make_groups(m);
    planner::fold(m);
    planner::fuse(m);
    REQUIRE(verify_groups(m, planner::boundary::fuse).view() == "");
    return m;
}

}  // namespace

TEST_CASE("fuse: activations, scalars and a residual end up in the convolution's kernel") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor y = x | conv2d{"a", {.out = 8, .kernel = 3, .pad = 1}} | batch_norm{"n"};
    net.output("y", (2 * ((x + y) | relu{})) | clamp{0, 6});
    CHECK(alive(fused(net)) == texts{"conv2d batch_norm add relu mul clamp"});
}

TEST_CASE(
    "fuse: of a residual's two branches the heavier takes the sum, the other is its operand") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor light = x | conv2d{"light", {.out = 8}};
    const tensor heavy = x | conv2d{"heavy", {.out = 8, .kernel = 3, .pad = 1}};
    net.output("y", heavy - light);
    const planner::module m = fused(net);
    CHECK(alive(m) == texts{"conv2d", "conv2d sub"});
    const planner::fusion_group& w = m.groups[1];
    CHECK(w.epilogue[0].place == 0);
    CHECK(w.operands[0].value == light.id);
}

TEST_CASE("fuse: where the main value is the second operand, the function is swapped") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor y = x | conv2d{"c", {.out = 8}};
    net.output("y", x / y);
    const planner::module m = fused(net);
    CHECK(alive(m) == texts{"conv2d div"});
    CHECK(m.groups[0].epilogue[0].place == 1);
}

TEST_CASE("fuse: a value with two readers stays in memory, its readers are steps of their own") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor y = x | conv2d{"c", {.out = 8}};
    net.output("a", y | relu{});
    net.output("b", y | sigmoid{});
    CHECK(alive(fused(net)) == texts{"conv2d", "relu", "sigmoid"});
}

TEST_CASE("fuse: an operand that stretches over the anchor's result is no anchor") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor gate = x | global_avg_pool{} | conv2d{"g", {.out = 8}} | sigmoid{};
    net.output("y", x * gate);
    CHECK(alive(fused(net)) == texts{"global_avg_pool", "conv2d sigmoid", "mul"});
}

TEST_CASE("fuse: pointwise chains without an anchor become one kernel, up to the limits") {
    network net;
    tensor x = net.input("x", {4, 8});
    for (int i = 0; i < 20; ++i) x = x | relu{};
    net.output("y", x);
    const planner::module m = fused(net);
    CHECK(alive(m).size() == 2);
    CHECK(m.groups[0].epilogue.size() == planner::epilogue_limit);
}

TEST_CASE("fuse: a batch_norm that cannot be folded is a scale and a shift in a chain") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    net.output("y", x | batch_norm{"n"} | prelu{"p", {.count = 8}});
    const planner::module m = fused(net);
    REQUIRE(alive(m) == texts{"batch_norm prelu"});
    CHECK(m.groups[0].epilogue.size() == 3);
    CHECK(m.groups[0].operands.size() == 4);
    CHECK(m.weights.size() == 3);
}

TEST_CASE("fuse: x + x reads its value once from memory for each operand and stays correct") {
    network net;
    const tensor x = net.input("x", {1, 8, 8, 8});
    const tensor y = x | conv2d{"c", {.out = 8}};
    net.output("y", y + y);
    CHECK(alive(fused(net)) == texts{"conv2d", "add"});
}
