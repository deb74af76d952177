// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace lamina_test;

namespace {

/// The layers whose steps store rounded numbers, in the order of steps: the first member with a name.
std::string rounded(network& net, const lamina::target& target) {
    const planner::module m = planned(net, target);
    CHECK(planner::verify_memory_plan(m).empty());
    std::string out;
    for (const planner::step& s : m.steps)
        if (m.storages[planner::at(s.output.storage)].tf32)
            out.append(out.empty() ? "" : " ").append(net.nodes[planner::at(s.anchor)].at.view());
    return out;
}

}  // namespace

TEST_CASE(
    "round_stores: what convolutions and linear layers alone read is stored rounded in tf32") {
    network net;
    const auto x = net.input("x", {1, 16, 12, 12});
    const auto a = x | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}} | relu{};
    const auto b = a | conv2d{"b", {.out = 32, .kernel = 3, .pad = 1}};
    net.output("y", b | conv2d{"c", {.out = 32, .kernel = 3, .pad = 1}});
    const auto rows = net.input("rows", {20, 36}) | linear{"d", {.out = 40}} | silu{};
    net.output("z", rows | linear{"e", {.out = 24}} | layer_norm{"f"} | linear{"g", {.out = 8}});
    CHECK(rounded(net, gpu.tf32()) == "a b d f");
    for (const lamina::target& target : {gpu, gpu.half(), gpu.bf16(), cpu, cpu.tf32()})
        CHECK(rounded(net, target).empty());
}

TEST_CASE("round_stores: what anything else reads keeps its bits") {
    network net;
    const auto x = net.input("x", {1, 16, 12, 12});
    const auto a = x | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}};
    const auto b = a | conv2d{"b", {.out = 32, .kernel = 3, .pad = 1}};  // added to a
    const auto c = add(a, b) | conv2d{"c", {.out = 32, .kernel = 1}};    // an output
    const auto d = c | conv2d{"d", {.out = 32, .kernel = 1}};  // a depthwise layer reads it
    const auto e = d | conv2d{"e", {.out = 32, .kernel = 3, .groups = 32}};
    const auto f = e | conv2d{"f", {.out = 32, .kernel = 1}};  // kept in fp32, with its factors
    const auto g
        = f | conv2d{"g", {.out = 32, .kernel = 1}};  // read by a layer that is kept in fp32
    const auto h = g | conv2d{"h", {.out = 32, .kernel = 1}};
    net.keep(f, dtype::f32);
    net.keep(h, dtype::f32);
    net.output("c", c);
    net.output("h", h);
    CHECK(rounded(net, gpu.tf32()) == "b");
}

TEST_CASE("round_stores: max pools and concats stand between, averages do not") {
    network net;
    const auto x = net.input("x", {1, 16, 12, 12});
    const auto a = x | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}};
    const auto low = a | max_pool{{.kernel = 2}} | conv2d{"b", {.out = 32, .kernel = 1}};
    const auto up = low | conv_transpose2d{"up", {.out = 32, .kernel = 2, .stride = 2}};
    const auto c = concat({a, up}) | conv2d{"c", {.out = 32, .kernel = 3, .pad = 1}};
    net.output("y", c | avg_pool{{.kernel = 2}} | conv2d{"d", {.out = 4, .kernel = 1}});
    // The concat's memory is that of a and up; the pools have no names.
    CHECK(rounded(net, gpu.tf32()) == "a  b up ");
}
