// SPDX-License-Identifier: Apache-2.0
// Functions behind reshapes and permutes: which of them the step before takes, and which stay.
#include "support/planned.hpp"

#include <lamina/planner/lift_functions.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace lamina_test;

namespace {

dynamic_array<int> lifted(network& net) {
    REQUIRE(net.problems.empty());
    dynamic_array<int> numbers;
    planner::lift_functions(net, numbers);
    return numbers;
}

/// Steps that compute; what copies alone is not counted.
int computing(const network& net, const lamina::target& target) {
    const run_time_plan made = plan_at_run_time(net, target);
    return made.steps - made.reformats;
}

tensor convolved(network& net) {
    return net.input("x", {2, 3, 6, 5}) | conv2d{"conv", {.out = 20, .kernel = 3, .pad = 1}};
}

}  // namespace

TEST_CASE("lifted functions: they end the step before the views") {
    network net;
    const tensor x = convolved(net);
    const tensor rows = x | flatten{2} | permute{{0, 2, 1}};
    net.output("y", (rows | gelu_erf{}) * 2.0f | linear{"linear", {.out = 7}});
    network moved = net;
    const dynamic_array<int> numbers = lifted(moved);
    const std::vector<std::string> wanted{"conv2d gelu_erf mul", "linear"};
    std::vector<std::string> found;
    for (const std::string& one : alive(planned(moved)))
        if (one != "flatten" && one != "permute") found.push_back(one);
    CHECK(found == wanted);
    for (const lamina::target& target : {cpu, gpu}) CHECK(computing(net, target) == 2);
}

TEST_CASE("lifted functions: values keep the numbers of nodes with the same elements") {
    network net;
    const tensor x = convolved(net);
    const tensor flat = x | flatten{2};
    const tensor active = flat | relu{};
    net.output("y", active | permute{{0, 2, 1}} | sigmoid{});
    const dynamic_array<int> before = structural_numbers(net);
    const dynamic_array<int> numbers = lifted(net);
    REQUIRE(numbers.size() == before.size());
    const int end = net.outputs[0].node;
    CHECK(numbers[x.id] == before[x.id]);
    CHECK(numbers[end] == before[end]);
    // relu(x) is relu behind the reshape in another shape; its sigmoid no node had before the permute.
    CHECK(numbers[flat.id] == before[active.id]);
    CHECK(numbers[active.id] == -1);
    CHECK(numbers[active.id + 1] == -1);
    CHECK(net.nodes[planner::at(flat.id)].dims == net.nodes[planner::at(x.id)].dims);
    CHECK(net.nodes[planner::at(end)].kind == op::permute);
}

TEST_CASE(
    "lifted functions: not over values that others read, kept ones, parts and layers in a row") {
    const auto stays = [](auto define) {
        network net;
        define(net);
        return lifted(net).empty();
    };
    CHECK(stays([](network& net) {
        const tensor flat = convolved(net) | flatten{2};
        net.output("y", flat | relu{});
        net.output("z", flat);
    }));
    CHECK(stays([](network& net) {
        const tensor x = convolved(net);
        net.output("y", x | flatten{2} | relu{});
        net.output("z", x | sigmoid{});
    }));
    CHECK(stays([](network& net) {
        const tensor flat = convolved(net) | flatten{2};
        net.keep(flat, dtype::f16);
        net.output("y", flat | relu{});
    }));
    CHECK(stays([](network& net) {
        net.output("y", convolved(net) | slice{1, {.start = 2, .stop = 9}} | relu{});
    }));
    CHECK(stays([](network& net) {  // no kernel of softmax ends in a function
        net.output("y", convolved(net) | softmax{1} | flatten{2} | relu{});
    }));
    CHECK(stays([](network& net) {  // one product: fuse_horizontally
        const tensor x = net.input("x", {4, 32});
        const auto heads = [&](const char* at) {
            return x | linear{at, {.out = 32}} | reshape{{4, 2, 16}} | permute{{1, 0, 2}};
        };
        net.output("scores", matmul(heads("q") * 0.25f, heads("k"), {.transpose_b = true}));
    }));
}

TEST_CASE("lifted functions: chains, residuals and norms take them, an input does not") {
    network net;
    const tensor x = net.input("x", {1, 16, 4, 4});
    const tensor sum = (x | conv2d{"conv", {.out = 16}} | batch_norm{"norm"}) + x;
    net.output("y", sum | reshape{{16, 16}} | permute{{1, 0}} | relu{});
    network moved = net;
    CHECK_FALSE(lifted(moved).empty());
    CHECK(count_of(planned(moved), "conv2d batch_norm add relu") == 1);
    for (const lamina::target& target : {cpu, gpu}) CHECK(computing(net, target) == 1);

    network input;
    input.output("y", input.input("x", {4, 6}) | permute{{1, 0}} | relu{});
    CHECK(lifted(input).empty());
}
