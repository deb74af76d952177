// SPDX-License-Identifier: Apache-2.0
// Int8 plans of networks with quantize and dequantize layers: one step for dequantize, convolution or linear layer,
// what follows, and quantize, with the bits of the plan whose ranges are in the weights file, and the numbers that
// ONNX Runtime computes for such a model. By the instruction where the device has it, by plain code where not
// (int8_pairs@plain).
#include "support/int8.hpp"
#include "support/reference_weights.hpp"
#include "support/skip.hpp"

#include <lamina/calibrate.hpp>
#include <lamina/plan.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

constexpr float first = 0.021f, second = 0.0173f, third = 0.031f, pooled = 0.024f;

tensor rounded(const tensor& x, float scale, int zero, dtype type) {
    const int own = type == dtype::u8 ? zero : zero - 128;
    return dequantize(quantize(x, scale, own, type), scale, own);
}
/// A residual block with a pool and a linear layer behind it. Without `pairs` calibration says the same ranges.
void block(network& net, bool pairs, dtype type) {
    const auto stored = [&](const tensor& x, float scale, int zero) {
        return pairs ? rounded(x, scale, zero, type) : x;
    };
    const tensor x = stored(net.input("x", {2, 3, 18, 22}), first, 117);
    const tensor skip = stored(
        x | conv2d{"stem", {.out = 24, .kernel = 3, .stride = 2, .pad = 1}} | relu{}, second, 3);
    const tensor a = stored(
        skip | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1, .bias = true}} | relu{}, third, 0);
    const tensor b
        = stored(add(a | conv2d{"b", {.out = 24}} | batch_norm{"bn"}, skip) | relu{}, second, 9);
    const tensor c = stored(
        b | conv2d{"deep", {.out = 24, .kernel = 3, .pad = 1, .groups = 24}} | relu6{}, third, 5);
    const tensor d = stored(c | conv2d{"c", {.out = 40}} | silu{}, second, 20);
    net.output("y", d | conv2d{"last", {.out = 20}});
    net.output("rows",
        stored(d | global_avg_pool{}, pooled, 12)
            | flatten{}
            | linear{"fc", {.out = 17, .bias = true}});
    REQUIRE(net.problems.empty());
}
/// What its weights file says where it has no pairs.
constexpr std::pair<const char*, std::pair<float, float>> ranges[]
    = {{"x", {first, 117}}, {"stem", {second, 3}}, {"a", {third, 0}}, {"b", {second, 9}},
        {"deep", {third, 5}}, {"c", {second, 20}}, {"c.global_avg_pool", {pooled, 12}}};

int count_of(const network& net, op kind) {
    return static_cast<int>(std::count_if(
        net.nodes.begin(), net.nodes.end(), [&](const node& n) { return n.kind == kind; }));
}
int count_multiplying(const network& net) {
    return static_cast<int>(std::count_if(
        net.nodes.begin(), net.nodes.end(), [](const node& n) { return n.multiplies_bytes; }));
}

/// The same in the compiler: relu with quantize, two convolutions, and a copy to rows of the result.
struct two_layers {
    static constexpr void define(network& net) {
        const auto stored
            = [](const tensor& x) { return dequantize(quantize(x, 0.02f, 3, u8), 0.02f, 3); };
        const tensor x = stored(net.input("x", {1, 32, 20, 20}) | relu{});
        const tensor y = stored(x | conv2d{"a", {.out = 64, .kernel = 3}} | relu{});
        net.output("y", y | conv2d{"b", {.out = 32}});
    }
};
static_assert(plan<two_layers, cpu.int8()>.steps == 4);

/// Of what tests/onnx/make_pairs.py recorded; the scales are tensors of the file, or numbers of the network.
struct recorded_pairs {
    const weights& file;
    bool from_file;

    std::vector<float> numbers(const std::string& name) const {
        const weight_view* const found = file.find(name);
        REQUIRE(found);
        return as_floats(*found);
    }
    tensor operator()(network& net, const tensor& x, const std::string& value) const {
        if (!from_file) return rounded(x, scale(value), zero(value), dtype::i8);
        const tensor s = net.parameter((value + ".scale").c_str(), {1});
        const tensor z = cast(net.parameter((value + ".zero_point").c_str(), {1}), dtype::u8);
        return dequantize(quantize(x, s, z), s, z);
    }
    float scale(const std::string& value) const { return numbers(value + ".scale")[0]; }
    int zero(const std::string& value) const {
        return static_cast<int>(numbers(value + ".zero_point")[0]);
    }
};

void recorded(network& net, const recorded_pairs& stored) {
    const auto conv = [](const char* name, int out, int kernel, int stride = 1, int groups = 1) {
        return conv2d{name,
            {.out = out,
                .kernel = kernel,
                .stride = stride,
                .pad = kernel / 2,
                .groups = groups,
                .bias = true}};
    };
    const tensor x = stored(net, net.input("x", {2, 3, 18, 22}), "image");
    const tensor skip = stored(net, x | conv("stem", 24, 3, 2) | relu{}, "stem");
    const tensor a = stored(net, skip | conv("a", 32, 3) | relu{}, "a");
    const tensor sum = stored(net, add(a | conv("b", 24, 1), skip) | relu{}, "sum");
    const tensor deep = stored(net, sum | conv("deep", 24, 3, 1, 24) | relu{}, "deep");
    const tensor c = stored(net, deep | conv("c", 40, 1) | relu{}, "c");
    net.output("sum", sum);
    const tensor pooled = stored(net, c | global_avg_pool{}, "pooled");
    net.output(
        "rows", stored(net, pooled | flatten{} | linear{"fc", {.out = 20, .bias = true}}, "rows"));
    REQUIRE(net.problems.empty());
}

}  // namespace

TEST_CASE("int8: pairs of quantize and dequantize give the bits of calibrated ranges") {
    random_source random("int8 pairs");
    network calibrated;
    block(calibrated, false, dtype::u8);
    const network planned = planned_network(calibrated, cpu.int8());
    tensors file = drawn(planned, random);
    for (const auto& [name, range] : ranges) {
        INFO(name);
        REQUIRE(file.all.contains(std::string(name) + ".output_scale"));
        file.all[std::string(name) + ".output_scale"] = {range.first};
        file.all[std::string(name) + ".output_zero_point"] = {range.second};
    }
    const std::vector<float> x = random.numbers(2 * 3 * 18 * 22, -2.5f, 3);
    for (const dtype type : {dtype::u8, dtype::i8}) {
        network net;
        block(net, true, type);
        const network pairs = planned_network(net, cpu.int8());
        CHECK(count_of(pairs, op::quantize) == 7);
        CHECK(count_of(pairs, op::pointwise) == count_of(planned, op::pointwise));
        CHECK(count_multiplying(pairs) == 7);
        for (const target& on : drawn_classes(random)) {
            for (const char* output : {"y", "rows"}) {
                INFO(std::string(on.label()), ", ", output, ", ", std::string(to_text(type)));
                CHECK(run(net, on, file, x, output) == run(calibrated, on, file, x, output));
            }
            CHECK(plan_at_run_time(net, on.int8()).steps
                == plan_at_run_time(calibrated, on.int8()).steps);
        }
    }
}

TEST_CASE(
    "int8: a network of pairs agrees with ONNX Runtime, scales from the file or in the network") {
    constexpr const char* path = "tests/onnx/pairs.safetensors";
    if (!has_source_file(path)) return;
    const weights file = weights::open(source_file(path));
    random_source random("int8 recorded pairs");
    for (const bool from_file : {true, false}) {
        const recorded_pairs stored{file, from_file};
        network net;
        recorded(net, stored);
        for (const target& on : drawn_classes(random)) {
            const engine made(
                plan_at_run_time(net, on.int8()), file, device::best(), {.strict = false});
            context c = made.make_context();
            CHECK(step_counts(c.plan()).of("conv2d_quads") == 4);
            CHECK(step_counts(c.plan()).of("depthwise_blocked") == 1);
            CHECK(step_counts(c.plan()).of("linear_quads") == 1);
            c.set_input("x", stored.numbers("x"));
            c.run();
            for (const char* output : {"sum", "rows"}) {
                const std::vector<float> wanted = stored.numbers(output);
                const auto got = c.get(output);
                REQUIRE(got.size() == wanted.size());
                double most = 0;
                std::size_t others = 0;
                for (std::size_t i = 0; i < wanted.size(); ++i) {
                    const double off = std::fabs(static_cast<double>(got[i] - wanted[i]))
                        / static_cast<double>(stored.scale(output));
                    most = std::max(most, off);
                    others += off > 0.5;
                }
                INFO(std::string(on.label()), ", ", output, ": ", others, " of ", wanted.size(),
                    " are another number, by ", most, " steps at most");
                CHECK(most < 1.5);
                // ONNX Runtime rounds biases to 32 bits and its means to 8 bits twice.
                CHECK(others * 50 <= wanted.size());
            }
        }
    }
}

TEST_CASE("int8: only pairs count where a network has some, and what else reads them stays right") {
    random_source random("int8 pairs and others");
    network net;
    const tensor x = net.input("x", {1, 16, 9, 7});
    const tensor q = quantize(x | relu{}, 0.02f, 7, u8);
    const tensor v = dequantize(q, 0.02f, 7);
    const tensor a = v | conv2d{"a", {.out = 16, .kernel = 3, .pad = 1}};
    net.output("a", a);                                      // its numbers are multiplied
    net.output("b", a | relu{} | conv2d{"b", {.out = 16}});  // no pair before it
    net.output("q", q);
    net.output("v", v);
    net.output("few", v | conv2d{"few", {.out = 8}});  // too few channels
    REQUIRE(net.problems.empty());
    const network planned = planned_network(net, cpu.int8());
    for (const node& n : planned.nodes) CHECK(n.multiplies_bytes == (n.at == name("a")));
    CHECK(count_of(planned, op::quantize) == 1);
    agrees_with_reference(
        random, net, [](const context& c, const run_time_plan&, const run_time_plan&) {
            CHECK(step_counts(c.plan()).of("conv2d_quads") == 1);
        });
}

TEST_CASE("int8: a scale for each channel and numbers of i8 that are seen stay functions") {
    network net;
    const tensor x = net.input("x", {1, 16, 9, 7});
    net.output("a", rounded(x, 0.02f, 100, dtype::u8) | conv2d{"a", {.out = 16}});
    const tensor scales = net.constant(std::vector<float>(16, 0.03f));
    const tensor each = dequantize(quantize(x, scales, quantize_options{.type = u8}), scales);
    net.output("each", each | conv2d{"each", {.out = 16}});
    const tensor seen = quantize(x, 0.05f);
    net.output("seen", seen);
    net.output("by", dequantize(seen, 0.05f) | conv2d{"by", {.out = 16}});
    REQUIRE(net.problems.empty());
    const network planned = planned_network(net, cpu.int8());
    for (const node& n : planned.nodes) CHECK(n.multiplies_bytes == (n.at == name("a")));
    CHECK(count_of(planned, op::quantize) == 1);
    const auto last = static_cast<std::size_t>(planned.outputs[2].node);
    CHECK(planned.nodes[last].type == dtype::i8);
}

TEST_CASE("int8: views carry the numbers of a pair on, and a concat of one range") {
    random_source random("int8 pairs viewed");
    network net;
    const tensor x = net.input("x", {2, 32, 6, 5});
    const auto halves = split(rounded(x | relu{}, 0.015f, 3, dtype::i8), {16, 16}, 1);
    const tensor a = rounded(halves[0] | conv2d{"a", {.out = 16}} | relu{}, 0.015f, 3, dtype::u8);
    net.output("y", concat({halves[1], a}, 1) | conv2d{"b", {.out = 24, .kernel = 3}});
    const tensor rows = quantize(x, 0.02f, -7) | reshape{{2, 32 * 30}};
    net.output("z", dequantize(rows, 0.02f, -7) | linear{"fc", {.out = 16}});
    REQUIRE(net.problems.empty());
    CHECK(count_multiplying(planned_network(net, cpu.int8())) == 3);
    agrees_with_reference(
        random, net, [](const context& c, const run_time_plan&, const run_time_plan&) {
            CHECK(step_counts(c.plan()).of("conv2d_quads") == 2);
            CHECK(step_counts(c.plan()).of("linear_quads") == 1);
        });
}

TEST_CASE("calibrate refuses a network that says its ranges itself") {
    network net;
    block(net, true, dtype::u8);
    CHECK_THROWS_WITH_AS(calibrate(net, weights(), 1, [](context&, std::size_t) {}),
        "calibrate: the network says its ranges itself, by quantize and dequantize layers, so that plans "
        "for int8 need no calibration; remove these layers to find ranges, or plan it as it is",
        error);
}
