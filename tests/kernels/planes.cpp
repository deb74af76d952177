// SPDX-License-Identifier: Apache-2.0
// Pools and resizes of images with few channels, which on the `cpu` classes stay rows instead of
// filling a block with padding: every kind, odd sizes, several images, epilogues with operands in rows
// and in blocks, between convolutions; against the reference. And that they take no memory.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>

using namespace lamina;

namespace {

constexpr target classes[] = {cpu, cpu_avx2, cpu_neon, cpu.half(), gpu};

template <int Channels> void pools(network& net) {
    const tensor x = net.input("x", {2, Channels, 13, 11});
    net.output("max", x | max_pool{{.kernel = 3, .stride = 2, .pad = 1}} | relu{});
    net.output("mean", x | avg_pool{{.kernel = 2}} | silu{});
    net.output("adaptive", x | adaptive_avg_pool{{4, 3}});
    net.output("bins", x | adaptive_max_pool{{5, 2}});
    net.output("all", x | global_avg_pool{});
    net.output(
        "chain", x | max_pool{{.kernel = 2}} | avg_pool{{.kernel = 3, .stride = 1, .pad = 1}});
}

template <int Channels> void resizes(network& net) {
    const tensor x = net.input("x", {2, Channels, 5, 7});
    const tensor y
        = x | resize{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}} | sigmoid{};
    net.output("linear", y);
    net.output("near",
        x
            | resize{{.scale = 3, .mode = nearest, .coordinates = asymmetric}}
            | prelu{"p", {.count = Channels}});
    net.output("cubic", x | resize{{.scale = 2, .mode = bicubic, .coordinates = half_pixel}});
    net.output("joined",
        concat({y, x | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric}}}, 1)
            | relu{});
    net.output("padded", y | pad{{.top = 1, .left = 2}} | max_pool{{.kernel = 2}});
}

/// A picture that is made small for a convolution, scores that are made large behind one.
template <int Channels> void between_convolutions(network& net) {
    const tensor x = net.input("x", {2, Channels, 12, 10});
    const tensor small = x | avg_pool{{.kernel = 2}};
    const tensor y = small | conv2d{"a", {.out = 20, .kernel = 3, .pad = 1}} | relu{};
    const tensor scores = y | conv2d{"b", {.out = Channels, .kernel = 1, .bias = true}};
    const tensor large = scores | resize{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}};
    net.output("large", add(large, x) | lamina::tanh{});
    net.output("pooled", mul(scores | max_pool{{.kernel = 3, .stride = 1, .pad = 1}}, scores));
    net.output("rows", large | flatten{} | softmax{});
}

/// Channels that begin inside of a block of a value of many.
void parts_of_many(network& net) {
    const tensor x = net.input("x", {2, 3, 8, 6}) | conv2d{"a", {.out = 20}} | relu{};
    net.output("pooled", x | slice{1, {.start = 3, .stop = 4}} | max_pool{{.kernel = 2}} | silu{});
    net.output("resized",
        x
            | slice{1, {.start = 17, .stop = 18}}
            | resize{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}});
    net.output("many", x | conv2d{"b", {.out = 17}});
}

}  // namespace

TEST_CASE("pools of few channels give what the reference gives") {
    lamina_test::check_on_devices("1 channel", pools<1>, classes);
    lamina_test::check_on_devices("3 channels", pools<3>, classes);
    lamina_test::check_on_devices("5 channels", pools<5>, classes);
}

TEST_CASE("resizes of few channels give what the reference gives") {
    lamina_test::check_on_devices("1 channel", resizes<1>, classes);
    lamina_test::check_on_devices("2 channels", resizes<2>, classes);
    lamina_test::check_on_devices("4 channels", resizes<4>, classes);
}

TEST_CASE("pools and resizes of a part of many channels give what the reference gives") {
    lamina_test::check_on_devices("a part", parts_of_many, classes);
}

TEST_CASE("few channels between convolutions give what the reference gives") {
    lamina_test::check_on_devices("1 channel", between_convolutions<1>, classes);
    lamina_test::check_on_devices("3 channels", between_convolutions<3>, classes);
}

TEST_CASE("a pool of one channel reads and writes the caller's memory") {
    network net;
    const tensor x = net.input("x", {1, 1, 64, 64});
    net.output("y", x | max_pool{{.kernel = 2}} | relu{});
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon, gpu}) {
        const run_time_plan plan = plan_at_run_time(net, target);
        CHECK(plan.arena_bytes == 0);
        CHECK(plan.steps == 1);
    }
    network scores;
    const tensor z = scores.input("x", {1, 16, 32, 32}) | conv2d{"c", {.out = 1, .kernel = 1}};
    scores.output(
        "y", z | resize{{.scale = 4, .mode = nearest, .coordinates = asymmetric}} | sigmoid{});
    const run_time_plan plan = plan_at_run_time(scores, cpu);
    CHECK(plan.steps
        == 3);  // the input's copy, the convolution, and straight into the caller's memory
    CHECK(plan.arena_bytes == (16 + 1) * 32 * 32 * 4);
}
