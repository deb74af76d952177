// SPDX-License-Identifier: Apache-2.0
// Tests of debug.hpp, and of the whole way from a definition to numbers: a small network, planned
// by the compiler for both device classes, step by step against the reference.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include <lamina/debug.hpp>
#include <lamina/lamina.hpp>

#include "../support/faults.hpp"
#include "../support/hand_weights.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;

namespace {

struct two_inputs {
    static constexpr void define(network& net) {
        auto a = net.input("a", {1, 4}), b = net.input("b", {1, 4});
        net.output("sum", add(a, b));
    }
};

struct small_network {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 12, 12})
            | conv2d{"conv1", {.out = 20, .kernel = 3, .pad = 1}}
            | batch_norm{"bn1"}
            | relu{};
        auto y = x | conv2d{"conv2", {.out = 20, .kernel = 3, .pad = 1, .bias = true}};
        net.output("scores", add(x, y) | relu{});
    }
};

/// `scale` is what the first convolution's weights are multiplied by.
lamina_test::hand_weights random_weights(unsigned seed, float scale = 1) {
    std::mt19937 next(seed);
    lamina_test::hand_weights file;
    const auto put = [&](const char* name, std::vector<int> dims, float low, float high) {
        std::size_t count = 1;
        for (int extent : dims) count *= static_cast<std::size_t>(extent);
        std::uniform_real_distribution<float> any(low, high);
        std::vector<float> values(count);
        for (float& value : values) value = any(next);
        file.add(name, std::move(dims), values);
    };
    put("conv1.weight", {20, 3, 3, 3}, -0.5f * scale, 0.5f * scale);
    put("bn1.weight", {20}, 0.5f, 1.5f);
    put("bn1.bias", {20}, -0.5f, 0.5f);
    put("bn1.running_mean", {20}, -0.5f, 0.5f);
    put("bn1.running_var", {20}, 0.5f, 1.5f);
    put("conv2.weight", {20, 20, 3, 3}, -0.1f, 0.1f);
    put("conv2.bias", {20}, -0.5f, 0.5f);
    return file;
}

/// Every step of the plan against the reference; `scale` changes the device's weights only.
step_comparison compare(std::span<const std::byte> plan, float scale = 1) {
    auto file = random_weights(5), other = random_weights(5, scale);
    const weights opened = file.open(), scaled = other.open();
    std::vector<float> image(432);
    for (std::size_t i = 0; i < image.size(); ++i)
        image[i] = static_cast<float>(i % 17) / 17 - 0.5f;
    network net;
    small_network::define(net);
    reference_tensor given(shape{1, 3, 12, 12});
    given.values = image;
    context c = engine(plan, scaled).make_context();
    return compare_steps(c, reference(net, lookup_in(opened)), {{"image", given}});
}

}  // namespace

TEST_CASE("engine: each step of a planned network equals the reference, on both layouts") {
    for (const auto& plan : {std::span<const std::byte>(plan<small_network, cpu>),
             std::span<const std::byte>(plan<small_network, gpu>)}) {
        const step_comparison found = compare(plan);
        CAPTURE(found.sentence());
        CHECK(found.same);
        CHECK(found.compared >= 2);
    }
}

TEST_CASE("engine: plans with storage of 16 bits stay near the fp32 reference") {
    const step_comparison half = compare(plan<small_network, cpu, precision::fp16>);
    const step_comparison bfloat = compare(plan<small_network, cpu, precision::bf16>);
    for (const step_comparison& found : {half, bfloat}) {
        CAPTURE(found.sentence());
        CHECK(found.same);
        CHECK(found.largest > 0);
    }
    CHECK(bfloat.largest > half.largest);  // 8 bits of significand, not 11
}

TEST_CASE("compare_steps: names the first step that differs, with both values") {
    const step_comparison found = compare(plan<small_network, cpu>, 1.0001f);
    CHECK(!found.same);
    CHECK(found.name == "conv1");
    CHECK(found.got != found.wanted);
    CHECK(found.sentence().find("'conv1'") != std::string::npos);
    CHECK(found.sentence().find("the reference has") != std::string::npos);
}

TEST_CASE("engine: run takes every input once, each time") {
    const engine e(plan<two_inputs>, weights());
    const std::vector<float> ones(4, 1), twos(4, 2), tens(4, 10);
    CHECK(e.run({{"a", ones}, {"b", tens}})["sum"][0] == 11);
    caught fault = fault_of([&] { e.run({{"a", twos}}); });
    CHECK(fault.code == errc::input_missing);
    CHECK(
        fault.says("input 'b' is not given, the network needs 'a', 'b'; run() keeps no inputs of"));
    fault = fault_of([&] { e.run({}); });
    CHECK(fault.says("inputs 'a', 'b' are not given"));
    fault = fault_of([&] { e.run({{"a", ones}, {"b", tens}, {"a", twos}}); });
    CHECK(fault.code == errc::input_missing);
    CHECK(fault.says("input 'a' is given twice, run() takes each input once; remove one of them"));
    CHECK(e.run({{"b", ones}, {"a", twos}})["sum"][3] == 3);

    // A context keeps its inputs, and has none in the beginning.
    context c = e.make_context();
    c.set_input("a", ones);
    fault = fault_of([&] { c.run(); });
    CHECK(fault.code == errc::input_missing);
    CHECK(fault.says("input 'b' has no values in this context, the network needs 'a', 'b'"));
    c.set_input("b", tens).run();
    c.set_input("a", twos).run();
    CHECK(c.get("sum")[0] == 12);
    context other = e.make_context();
    CHECK(fault_of([&] { other.run(); }).says("input 'a', 'b' has no values in this context"));
}

TEST_CASE("engine: names of Hugging Face's length, and a step that has none") {
    // 248 characters and ".weight": 255 together, the most there can be.
    const std::string long_name = "model." + std::string(241, 'n') + "0";
    network net;
    auto x = net.input("image", {1, 3, 4, 4});
    net.output("y", x | conv2d{name(long_name), {.out = 4}} | softmax{1});
    check(net);
    REQUIRE(net.problems.empty());
    const run_time_plan made = plan_at_run_time(net, cpu);
    lamina_test::hand_weights file;
    file.add(long_name + ".weight", {4, 3, 1, 1}, std::vector<float>(12, 0.25f));
    const weights opened = file.open();
    const engine e(made, opened);
    CHECK(e.run(std::vector<float>(48, 1.0f))[0] == doctest::Approx(0.25f));
    CHECK(e.plan().parameters[0].name.size() == 255);
    CHECK(step_text(e.plan(), 0).starts_with("step 0 '" + long_name + "' ("));

    const engine sum(plan<two_inputs>, weights());
    CHECK(step_text(sum.plan(), 0).starts_with("step 0, add ("));
}
