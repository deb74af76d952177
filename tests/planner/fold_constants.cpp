// SPDX-License-Identifier: Apache-2.0
// What constant folding cuts off, and what stays in the run.
#include "support/planned.hpp"

#include <lamina/plan/read.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace lamina_test;
using planner::fold_constants;

namespace {

/// "input add" of the nodes of a network, but for those that a cut has emptied.
std::string layers_in(const network& net) {
    std::string out;
    for (const node& n : net.nodes)
        if (!n.dims.is_empty()) out += (out.empty() ? "" : " ") + std::string(n.layer);
    return out;
}

tensor scaled(network& net, const char* at, const shape& dims) {
    return net.parameter(at, dims) * 2.f + 1.f;
}

}  // namespace

TEST_CASE("constant folding: a chain of parameters is one constant for both that read it") {
    network net;
    const tensor x = net.input("x", {2, 8});
    const tensor a = scaled(net, "a", {8});
    net.output("sum", x + a);
    net.output("product", x * a);
    network cut = net;
    const planner::constant_part part = fold_constants(cut);
    CHECK(layers_in(part.net) == "parameter mul add");
    CHECK(layers_in(cut) == "input add add mul");
    REQUIRE(part.net.outputs.size() == 1);
    CHECK(part.net.outputs[0].node == 2);
    const node& known = cut.nodes[planner::at(a.id)];
    CHECK(known.kind == op::constant);
    CHECK(known.attr.kind == 1);
    CHECK(known.dims == shape{8});
    CHECK(known.inputs.empty());
    // The weights file is checked against all parameters of the network, wherever they are read.
    REQUIRE(cut.parameters.size() == 1);
    CHECK(cut.parameters[0].at == name("a"));
    // Steps are compared with the reference by the numbers that nodes had before.
    CHECK(part.numbers == structural_numbers(net));

    const run_time_plan with = plan_at_run_time(net, cpu);
    const run_time_plan without = plan_at_run_time(net, cpu.constant_folding(false));
    CHECK(with.constant_steps == 1);
    CHECK(with.steps == 2);
    CHECK(without.constant_steps == 0);
    CHECK(without.steps == 3);
    CHECK(with.nodes == without.nodes);
    const plan_view plan = plan_view::open(with, "with");
    REQUIRE(!plan->constants.empty());
    const plan_view inner = plan_view::open(plan->constants, "its constant part");
    CHECK(inner->inputs.empty());
    CHECK(inner->steps.size() == 1);
    CHECK(plan_view::open(without, "without")->constants.empty());
}

TEST_CASE("constant folding: what costs no step stays a view of the weights") {
    network net;
    const tensor x = net.input("x", {2, 3, 4});
    const tensor table = net.parameter("table", {4, 9}) | permute{{1, 0}} | slice{0, {.stop = 3}};
    net.output("y", x + table);
    CHECK(fold_constants(net).is_empty());
    // But views behind what is folded are folded with it, and lie as they are read.
    network other;
    const tensor y = other.input("y", {2, 3, 4});
    const tensor turned = scaled(other, "table", {4, 3}) | permute{{1, 0}};
    other.output("z", y + turned);
    CHECK(layers_in(fold_constants(other).net) == "parameter mul add permute");
    CHECK(layers_in(other) == "input permute add");
}

TEST_CASE(
    "constant folding: what inputs, states, seeds or a user's kernel reach is computed in every run") {
    const auto is_cut = [](void (*define)(network&)) {
        network net;
        define(net);
        check(net);
        for (const problem& p : net.problems) FAIL_CHECK(full_sentence(p).c_str());
        return !fold_constants(net).is_empty();
    };
    CHECK(is_cut([](network& net) {
        net.output("x", net.input("x", {4}) | relu{});
        net.output("y", scaled(net, "a", {4}));
    }));
    CHECK(!is_cut([](network& net) { net.output("y", net.input("x", {4}) * 2.f); }));
    CHECK(!is_cut([](network& net) { net.output("y", net.state("s", {4}) * 2.f); }));
    CHECK(!is_cut([](network& net) {
        net.output("y", random_uniform(net.constant({7}), net.constant({1}), {4}) + 1.f);
    }));
    // A shape that changes.
    CHECK(!is_cut([](network& net) {
        const int count = net.dim("count", {.max = 4});
        net.output("y", net.input("x", {count, 4}) + scaled(net, "a", {4}));
    }));
}

TEST_CASE(
    "constant folding: values that are too large together stay in the run, the first ones first") {
    network net;
    const tensor x = net.input("x", {1});
    const int rows = static_cast<int>(planner::folded_bytes_limit / 4 / 64);
    const tensor spread = net.parameter("a", {64}) * 2.f;
    const tensor large
        = concat({spread | expand{{rows / 2 + 1, 64}}, spread | expand{{rows / 2, 64}}}, 0);
    net.output("large", large * x);
    // Instead of it what it is made of, or what that is made of.
    const planner::constant_part part = fold_constants(net);
    REQUIRE(!part.net.outputs.empty());
    std::int64_t bytes = 0;
    for (const output_binding& out : part.net.outputs)
        bytes += part.net.nodes[planner::at(out.node)].dims.count() * 4;
    CHECK(bytes <= planner::folded_bytes_limit);
    CHECK(net.nodes[planner::at(large.id)].kind == op::concat);
}

TEST_CASE("constant folding: whole numbers and truth values are folded as well") {
    network net;
    const tensor x = net.input("x", {3, 5});
    const tensor places = net.constant({2, 0, 1}) * 1 + net.constant({0, 1, 1});
    const tensor which = gt(net.parameter("a", {5}), net.parameter("b", {5}));
    net.output("y", where(which, gather(x, places, 0), x));
    CHECK(plan_at_run_time(net, cpu.half()).constant_steps == 2);
    const planner::constant_part part = fold_constants(net);
    REQUIRE(part.net.outputs.size() == 2);
    const auto type = [&](int k) {
        return part.net.nodes[planner::at(part.net.outputs[planner::at(k)].node)].type;
    };
    CHECK(type(0) == dtype::i32);
    CHECK(type(1) == dtype::boolean);
}
