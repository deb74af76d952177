// SPDX-License-Identifier: Apache-2.0
// Layers on one input that run as one product: each one's value against the reference, on every
// target, and the same numbers as from products of their own.
#include "support/on_targets.hpp"
#include "support/quick_kernels.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

#include <doctest/doctest.h>
#include <lamina/debug.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace lamina;

namespace {

constexpr target all_targets[] = {cpu, cpu_avx2, gpu, cpu.half(), gpu.half()};

/// A convolution with what PyTorch's GoogLeNet puts behind it.
tensor unit(const tensor& x, const name& at, int out, int kernel = 1) {
    return x
        | conv2d{at / "conv", {.out = out, .kernel = kernel, .pad = kernel / 2}}
    | batch_norm{at / "bn"}
    | relu{};
}

/// An Inception block: one branch lies in the concat, two are reduced first.
void inception(network& net, int straight, int wide, int narrow) {
    const tensor x = net.input("x", {2, 20, 7, 9}) | conv2d{"stem", {.out = 33, .kernel = 3}};
    const tensor a = unit(x, "a", straight);
    const tensor b = unit(unit(x, "b1", wide), "b2", 40, 3);
    const tensor c = unit(unit(x, "c1", narrow), "c2", 24, 3);
    const tensor d = unit(x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}}, "d", 17);
    const tensor y = concat({a, b, c, d});
    net.output("y", unit(y, "last", 11));
}

/// Projections of a transformer, two heads of queries to each of keys and values.
void projections(network& net, int length, bool bias) {
    const tensor x = net.input("x", {3, length, 36}) | layer_norm{"norm"};
    const auto heads = [&](const tensor& t, int each) {
        return t | reshape{{3, length, 2, each, 16}} | permute{{0, 2, 3, 1, 4}};
    };
    const tensor q = heads(x | linear{"q", {.out = 64, .bias = bias}}, 2);
    const tensor k = heads(x | linear{"k", {.out = 32, .bias = bias}}, 1);
    const tensor v = heads(x | linear{"v", {.out = 32, .bias = false}}, 1);
    const tensor scores = matmul(q, k, {.transpose_b = true}) | softmax{4};
    net.output("y",
        matmul(scores, v)
            | permute{{0, 3, 1, 2, 4}}
            | reshape{{3, length, 64}}
            | linear{"out", 36});
}

int beside(void (*define)(network&), const target& made_for) {
    network net;
    define(net);
    return plan_at_run_time(net, made_for).beside;
}

void check_both(const char* name, void (*define)(network&)) {
    for (const target& made_for : all_targets) {
        INFO(name, std::string(" for "), std::string(made_for.label()));
        CHECK(beside(define, made_for) > 0);
        CHECK(beside(define, made_for.horizontal_fusion(false)) == 0);
    }
    lamina_test::check_on_devices(name, define, all_targets);
}

}  // namespace

TEST_CASE("horizontal fusion: branches before, inside and behind a concat") {
    check_both("odd inception", [](network& net) { inception(net, 64, 32, 24); });
    check_both("branches in a concat", [](network& net) {
        const tensor x = net.input("x", {2, 16, 24, 20}) | relu{};
        const tensor a = x | conv2d{"a", {.out = 16, .kernel = 3, .pad = 1, .bias = true}};
        const tensor b = x | conv2d{"b", {.out = 32, .kernel = 3, .pad = 1}};
        const tensor c = x | conv2d{"c", {.out = 5, .kernel = 3, .pad = 1, .bias = true}};
        net.output("y", concat({a, b, c}) | max_pool{{.kernel = 3}});
    });
    check_both("a branch behind a concat", [](network& net) {
        const tensor x = net.input("x", {2, 16, 5, 3}) | relu{};
        const tensor a = x | conv2d{"a", {.out = 16, .kernel = 3, .pad = 1}};
        const tensor b = x | conv2d{"b", {.out = 32, .bias = true}};
        const tensor c = x | conv2d{"c", {.out = 13}};
        const tensor y = concat({a, b}) | conv2d{"d", {.out = 13}};
        net.output("y", (c | max_pool{{.kernel = 2}}) + (y | max_pool{{.kernel = 2}}));
    });
}

TEST_CASE("horizontal fusion: projections of other widths, with a bias and without one") {
    check_both("projections", [](network& net) { projections(net, 7, true); });
    check_both("projections of one row", [](network& net) { projections(net, 1, false); });
    check_both("linears in a concat", [](network& net) {
        const tensor x = net.input("x", {5, 19}) | relu{};
        const tensor a = x | linear{"a", 32} | lamina::tanh{};
        const tensor b = x | linear{"b", {.out = 48, .bias = false}} | lamina::tanh{};
        const tensor c = x | linear{"c", 7} | lamina::tanh{};
        net.output("y", concat({a, b, c}, 1) | linear{"d", 3});
        net.output("z", b | softmax{1});
    });
}

TEST_CASE("horizontal fusion: each layer's value is compared with the reference") {
    for (const target& made_for : all_targets) {
        network net;
        inception(net, 64, 32, 32);
        lamina_test::random_source random("values");
        const lamina_test::random_weights weights(net, random);
        const lamina_test::quick_kernels quick(made_for);
        const engine made(plan_at_run_time(net, made_for), weights.opened());
        context run = made.make_context();
        const reference oracle(net, weights.lookup());
        reference_inputs inputs;
        inputs["x"].dims = {2, 20, 7, 9};
        inputs["x"].values = random.numbers(std::size_t{2} * 20 * 7 * 9);
        const step_comparison found = compare_steps(run, oracle, inputs);
        CHECK_MESSAGE(found.same, found.sentence());
        std::size_t tensors = 0, layers = 0;
        for (std::size_t i = 0; i < made.plan().steps.size(); ++i) {
            const bool joins = made.plan().steps[i].layers.find(" | ") != std::string_view::npos;
            if (joins) ++tensors;
            if (joins) layers += made.plan().tensors_of(i).size();
        }
        CHECK(tensors == 1);
        CHECK(layers == 3);
        CHECK(found.compared >= 9);
    }
}
