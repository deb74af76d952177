// SPDX-License-Identifier: Apache-2.0
// First convolutions of int8 plans, of a picture in 8 bits, bit for bit against sums of whole numbers: one to four
// channels, odd sizes, batches, windows, zero points at the ends, NaN and infinity. By the instruction where the
// device has it, by plain code where not (int8_picture@plain).
#include "support/int8.hpp"

#include <doctest/doctest.h>
#include <lamina/calibrate.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

TEST_CASE("int8: a convolution of a picture gives the bits of its sums of whole numbers") {
    random_source random("int8 picture");
    const layer_case cases[] = {
        {{1, 3, 23, 37}, {.out = 64, .kernel = 7, .stride = 2, .pad = 3}, 128},
        {{2, 3, 19, 64}, {.out = 32, .kernel = 3, .stride = 2, .pad = 1, .bias = true}, 0},
        {{2, 1, 28, 29}, {.out = 17, .kernel = 5, .bias = true}, 255},
        {{1, 4, 9, 50}, {.out = 16, .kernel = 3, .pad = 1}, 7},
        {{3, 2, 11, 41}, {.out = 24, .kernel = {3, 5}, .pad = {2, 4}, .dilation = 2}, 1},
        {{1, 3, 32, 32}, {.out = 48, .kernel = 8, .stride = 8}, 99},
        {{2, 3, 5, 21}, {.out = 19, .kernel = 1}, 250},
        {{1, 3, 6, 2}, {.out = 16, .kernel = 3, .pad = 3, .bias = true}, 31},
    };
    for (const layer_case& each : cases) {
        network net;
        const tensor x = net.input("x", each.in);
        const tensor made = x | conv2d{"conv", each.options};
        net.output("y", made);
        REQUIRE(net.problems.empty());
        const node& conv = net.nodes.back();
        tensors file;
        const int out = each.options.out,
                  depth = each.in.c * conv.attr.win.kernel_h * conv.attr.win.kernel_w;
        const auto& weight = file.all["conv.weight"]
            = random.numbers(static_cast<std::size_t>(out * depth));
        std::vector<float> bias;
        if (each.options.bias)
            file.all["conv.bias"] = bias = random.numbers(static_cast<std::size_t>(out));
        const float scale = random.number(0.005f, 0.02f);
        file.all["x.output_scale"] = {scale};
        file.all["x.output_zero_point"] = {each.zero};
        std::vector<float> numbers
            = random.numbers(static_cast<std::size_t>(each.in.count()), -2, 2);
        numbers[0] = std::numeric_limits<float>::quiet_NaN();
        numbers[1] = std::numeric_limits<float>::infinity();
        numbers[2] = -std::numeric_limits<float>::infinity();
        const std::vector<float> wanted = convolve(to_bytes(numbers, each.in, scale, each.zero),
            scale, each.zero, made.dims, conv.attr.win, weight, bias);
        for (const target& on : drawn_classes(random)) {
            INFO(std::string(on.label()), ", ", std::string(to_text(each.in).view()), " to ",
                std::string(to_text(made.dims).view()));
            CHECK(run(net, on, file, numbers, "y") == wanted);
        }
    }
}

TEST_CASE("int8: what else reads a picture reads its floats, and a kept layer too") {
    network net;
    const tensor x = net.input("image", {1, 3, 12, 20});
    const tensor deep = x | conv2d{"first", {.out = 16, .kernel = 3, .pad = 1}};
    const tensor back = deep | relu{} | conv2d{"last", {.out = 3, .kernel = 3, .pad = 1}};
    net.output("y", add(back, x));
    REQUIRE(net.problems.empty());
    const network planned = planned_network(net, cpu.int8());
    int quantized_pictures = 0;
    for (const node& n : planned.nodes) {
        if (n.kind == op::quantize && n.dims == x.dims) ++quantized_pictures;
        if (n.kind == op::binary)
            CHECK(planned.nodes[static_cast<std::size_t>(n.inputs[1])].kind == op::input);
    }
    CHECK(quantized_pictures == 1);

    net.keep(deep, dtype::f32);
    for (const node& n : planned_network(net, cpu.int8()).nodes) CHECK(!n.multiplies_bytes);
}

TEST_CASE("int8: a first convolution agrees with the reference at every step") {
    random_source random("int8 first layers");
    network net;
    const tensor x = net.input("image", {2, 3, 17, 33});
    net.output("y",
        x
            | conv2d{"first", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}}
            | batch_norm{"bn"}
            | relu6{}
            | conv2d{"second", {.out = 16}}
            | max_pool({.kernel = 2})
            | relu{}
            | conv2d{"third", {.out = 20, .kernel = 3}});
    agrees_with_reference(
        random, net, [](const context& c, const run_time_plan& plan, const run_time_plan& floats) {
            CHECK(step_counts(c.plan()).of("conv2d_quads") == 3);
            CHECK(plan.weight_bytes < floats.weight_bytes);
        });
}

TEST_CASE("calibrate: the range of a picture is that of what was given") {
    network net;
    const tensor x = net.input("image", {1, 3, 8, 8});
    net.output("y", x | conv2d{"first", {.out = 16, .kernel = 3}});
    tensors file;
    file.all["first.weight"] = std::vector<float>(16 * 27, 1.0f);
    const weights given = file.file(net);
    std::vector<float> sample(3 * 64, 0.0f);
    sample[5] = -1;
    sample[6] = 3;
    const calibration found
        = calibrate(net, given, 1, [&](context& c, std::size_t) { c.set_input("image", sample); });
    REQUIRE(found.values.size() == 1);
    CHECK(found.values[0].layer == "image");
    CHECK(found.values[0].least == -1);
    CHECK(found.values[0].most == 3);
    CHECK(found.values[0].scale == static_cast<float>(4.0 / 255));
    CHECK(found.values[0].zero_point == 64);
}
