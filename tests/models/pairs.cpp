// SPDX-License-Identifier: Apache-2.0
// Convolutions and linear layers of plans for bfloat16, whose weights lie in pairs of inputs: by the
// instruction that multiplies pairs where the device has it, by plain code where not (pairs@plain).
#include "support/inputs.hpp"
#include "support/near.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"
#include "support/weights_file.hpp"

#include <doctest/doctest.h>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/reference/plan_arithmetic.hpp>
#include <lamina/reference/reference.hpp>
#include <lamina/run.hpp>

#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

/// Direct sums only, on all classes of CPUs.
constexpr target narrow[]
    = {cpu.bf16().winograd(0), cpu_avx2.bf16().winograd(0), cpu_neon.bf16().winograd(0)};

/// Odd numbers of channels, which end in half a pair; strides, dilation, padding, groups, a residual.
void images(network& net) {
    const tensor x = net.input("x", {2, 5, 13, 11});
    const tensor a = x | conv2d{"stem", {.out = 33, .kernel = 3, .stride = 2, .pad = 1}} | relu{};
    const tensor b = a | conv2d{"single", {.out = 35, .bias = true}} | relu{};
    const tensor c = b | conv2d{"apart", {.out = 33, .kernel = 3, .pad = 2, .dilation = 2}};
    net.output("sum", add(a, c) | relu{});
    net.output("strided", b | conv2d{"strided", {.out = 40, .stride = 2}});
    const tensor wide = a | conv2d{"wide", {.out = 64}};
    net.output("grouped", wide | conv2d{"grouped", {.out = 32, .kernel = 3, .groups = 2}});
    net.output("one", wide | conv2d{"column", {.out = 1, .kernel = {1, 3}}});
}

void volumes(network& net) {
    const tensor x = net.input("x", {1, 17, 5, 6, 7});
    net.output("y",
        x | conv3d{"a", {.out = 19, .kernel = 3, .pad = 1}} | relu{} | conv3d{"b", {.out = 18}});
}

/// One row, a few, and more than a work-item's; depths that are odd, one, and longer than a part of the sum.
void rows(network& net) {
    net.output("one", net.input("t", {1, 301}) | linear{"a", 40} | relu{} | linear{"b", 17});
    const tensor few = net.input("u", {3, 7, 257}) | linear{"c", 65} | silu{};
    net.output("few", few | linear{"d", {.out = 33, .bias = false}});
    net.output(
        "many", net.input("v", {300, 67}) | linear{"e", 48} | linear{"f", 1} | linear{"g", 5});
}

/// -1, 0 or 1 for all parameters of a network.
class whole_weights {
public:
    whole_weights(const network& net, random_source& random) {
        for (const parameter& wanted : net.parameters) {
            std::vector<float>& own = values_[std::string(wanted.at.view())];
            for (std::int64_t i = 0; i < wanted.dims.count(); ++i)
                own.push_back(static_cast<float>(random.integer(-1, 1)));
        }
        file_ = weights_file(net, values_);
    }
    weights opened() const { return weights::from_bytes(file_, "whole numbers"); }
    weights_lookup lookup() const {
        return [this](std::string_view name) -> std::span<const float> {
            return values_.at(std::string(name));
        };
    }

private:
    floats_by_name values_;
    std::vector<std::byte> file_;
};

bool multiplies_pairs() { return device::best().facts().is_able("avx512_bf16"); }

/// Each element within its bound, or exactly; and some steps multiply pairs where the device does.
template <class Weights>
void check(const network& net, const Weights& weights, const reference_inputs& inputs,
    const target& by, bool exactly = false) {
    INFO(std::string(by.label()));
    REQUIRE(net.problems.empty());
    const engine made(plan_at_run_time(net, by), weights.opened());
    context run = made.make_context();
    for (const auto& [name, x] : inputs) run.set_input(name, x.values);
    run.run();
    const reference oracle(net, weights.lookup());
    const plan_arithmetic arithmetic = arithmetic_of(made.plan(), net);
    const auto values = oracle.run(inputs, arithmetic);
    for (const output_binding& out : net.outputs) {
        const std::string name(out.at.view());
        const reference_tensor& expected = oracle.output(values, name);
        const auto found = run.get(name);
        if (exactly) CHECK(std::vector<float>(found.begin(), found.end()) == expected.values);
        const difference off = near(found, expected, arithmetic.at(out.node));
        CHECK_MESSAGE(off.is_near, name, ": ", off.what);
    }
    int dots = 0;
    for (const step_time& s : run.profile().steps) dots += s.tactic.starts_with("dots_");
    CHECK((multiplies_pairs() ? dots > 0 : dots == 0));
}

void check(void (*define)(network&), const char* seed) {
    network net;
    define(net);
    random_source random(seed);
    const random_weights weights(net, random);
    const reference_inputs inputs = random_floats(net, random);
    for (const target& by : narrow) check(net, weights, inputs, by);
}

}  // namespace

TEST_CASE("pairs: convolutions, volumes and linear layers stay within their bounds") {
    check(images, "images in pairs");
    check(volumes, "volumes in pairs");
    check(rows, "rows in pairs");
}

TEST_CASE("pairs: whole numbers are added up exactly, each input times its own weight") {
    // Whole numbers up to 256, inputs, weights and results, are exact in bfloat16: an input that met the
    // weight of its neighbour would show, whatever the tolerance.
    network net;
    const tensor x = net.input("x", {1, 5, 6, 9});
    const tensor wide = x | conv2d{"widen", {.out = 37}} | relu{} | clamp{0, 3};
    net.output("single", wide | conv2d{"single", {.out = 21}});
    net.output("square", wide | conv2d{"square", {.out = 34, .kernel = 3, .stride = 2, .pad = 1}});
    const tensor t = net.input("t", {29, 301});
    net.output("rows", t | linear{"rows", {.out = 50, .bias = false}});
    random_source random("whole numbers");
    const whole_weights weights(net, random);
    reference_inputs inputs;
    inputs["x"].dims = {1, 5, 6, 9};
    inputs["t"].dims = {29, 301};
    for (auto& [name, of] : inputs)
        for (std::int64_t i = 0; i < of.dims.count(); ++i)
            of.values.push_back(static_cast<float>(random.integer(-2, 2)));
    for (const target& by : narrow) check(net, weights, inputs, by, true);
}
