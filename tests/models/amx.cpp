// SPDX-License-Identifier: Apache-2.0
// Convolutions and linear layers on AMX's tiles, in int8 and bfloat16, exactly: by the unit where the device has it, by
// plain code with the same indices where LAMINA_ABILITIES says so alone (amx@tiles).
#include "support/inputs.hpp"
#include "support/int8.hpp"
#include "support/near.hpp"
#include "support/random_weights.hpp"

#include <doctest/doctest.h>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/reference/plan_arithmetic.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

bool has_tiles() { return device::best().facts().is_able("amx"); }

/// Steps of a context's plan that run on tiles; `tactic` becomes that of the last one.
int tiled_steps(context& run, std::string* tactic = nullptr) {
    int count = 0;
    for (const step_time& s : run.profile().steps) {
        if (!s.tactic.starts_with("amx")) continue;
        ++count;
        if (tactic) *tactic = s.tactic;
    }
    return count;
}

/// The output of an int8 plan, by tiles where the device has them; `tactic` becomes theirs.
std::vector<float> run_bytes(drawn_layer& made, std::string* tactic = nullptr) {
    const target on = cpu.int8();
    const engine of(plan_at_run_time(made.net, on), made.file.file(planned_network(made.net, on)));
    context c = of.make_context();
    c.set_input("x", made.numbers);
    c.run();
    CHECK(tiled_steps(c, tactic) == (has_tiles() ? 1 : 0));
    c.set_input("x", made.numbers);
    c.run();
    const auto got = c.get(made.output);
    return {got.begin(), got.end()};
}

}  // namespace

TEST_CASE("amx: a convolution in int8 gives the bits of its sums of whole numbers") {
    random_source random("tiles of bytes");
    const layer_case cases[] = {
        {{1, 64, 14, 14}, {.out = 64, .kernel = 1}, 0},
        {{2, 24, 9, 7}, {.out = 40, .kernel = 1, .bias = true}, 128},           // 6 words
        {{1, 36, 8, 11}, {.out = 16, .kernel = 3, .pad = 1}, 255},              // 9, one block
        {{2, 96, 15, 13}, {.out = 80, .kernel = 3, .stride = 2, .pad = 1}, 7},  // 12, odd blocks
        {{1, 160, 7, 7}, {.out = 33, .kernel = 1, .bias = true}, 3},            // 10 of 40
        {{1, 128, 12, 12}, {.out = 32, .kernel = {3, 5}, .pad = {2, 4}, .dilation = 2}, 1},
        {{3, 32, 9, 9}, {.out = 48, .kernel = 1, .stride = 2}, 250},
        {{1, 64, 5, 40}, {.out = 96, .kernel = 3, .pad = 3}, 99},
        {{2, 48, 21, 30}, {.out = 64, .kernel = {1, 3}, .stride = {1, 2}, .pad = {0, 1}}, 60},
        {{1, 63, 6, 17}, {.out = 35, .kernel = {3, 1}, .pad = {1, 0}}, 17},  // a last quad of three
        {{1, 64, 30, 4}, {.out = 64, .kernel = 3, .pad = 1, .bias = true}, 30},
        {{5, 128, 7, 7}, {.out = 64, .kernel = 3, .pad = 1, .bias = true}, 9},
        {{2, 64, 13, 14}, {.out = 48, .kernel = 3, .stride = 2, .pad = 1}, 11},  // planes
        {{1, 32, 16, 23}, {.out = 64, .kernel = {4, 5}, .stride = {2, 3}, .pad = 2}, 5},
    };
    for (const layer_case& each : cases) {
        drawn_layer made(random, each);
        INFO(std::string(to_text(each.in).view()), " to ", std::string(to_text(made.dims).view()));
        CHECK(run_bytes(made) == made.wanted);
    }
}

TEST_CASE("amx: small images are taken several at a time, a last set may have fewer") {
    random_source random("sets of images");
    const layer_case cases[] = {
        {{7, 256, 7, 7}, {.out = 80, .kernel = 1}, 200},
        {{3, 128, 8, 9}, {.out = 64, .kernel = 3, .stride = 2, .pad = 1}, 128},
    };
    for (const layer_case& each : cases) {
        drawn_layer made(random, each);
        INFO(std::string(to_text(each.in).view()), " to ", std::string(to_text(made.dims).view()));
        std::string tactic;
        CHECK(run_bytes(made, &tactic) == made.wanted);
        // amx16x16_of4x1x2x4: tiles, rows, pairs of blocks and images of a work-item
        if (has_tiles()) CHECK_MESSAGE(std::count(tactic.begin(), tactic.end(), 'x') == 5, tactic);
    }
}

TEST_CASE("amx: a linear layer in int8 gives the bits of its sums of whole numbers") {
    random_source random("tiles of rows");
    const rows_case cases[] = {{{4, 64}, 40, true, 0}, {{3, 17, 80}, 33, true, 128},
        {{30, 132}, 32, false, 255}, {{2, 3, 5, 20}, 65, true, 7}, {{101, 16}, 48, false, 1}};
    for (const rows_case& each : cases) {
        drawn_layer made(random, each);
        INFO(std::string(to_text(each.in).view()));
        CHECK(run_bytes(made) == made.wanted);
    }
}

TEST_CASE("amx: whole numbers in bfloat16 are added up exactly, each input times its own weight") {
    // Whole numbers up to 256, inputs, weights and results, are exact in bfloat16.
    network net;
    const tensor x = net.input("x", {2, 20, 9, 13});
    const tensor wide = x | conv2d{"widen", {.out = 72}} | relu{} | clamp{0, 1};
    net.output("single", wide | conv2d{"single", {.out = 21, .bias = true}});
    net.output("square", wide | conv2d{"square", {.out = 34, .kernel = 3, .stride = 2, .pad = 1}});
    net.output("apart",
        wide | conv2d{"apart", {.out = 64, .kernel = 3, .pad = 2, .dilation = 2, .bias = true}});
    net.output("strided", wide | conv2d{"strided", {.out = 48, .stride = 2}});
    const tensor t = net.input("t", {29, 304});
    net.output("rows", t | linear{"rows", {.out = 50, .bias = false}});
    net.output("biased", t | linear{"biased", 64} | relu{});
    REQUIRE(net.problems.empty());
    random_source random("whole numbers on tiles");
    floats_by_name file;
    for (const parameter& wanted : net.parameters) {
        auto& own = file[std::string(wanted.at.view())];
        for (std::int64_t i = 0; i < wanted.dims.count(); ++i)
            own.push_back(static_cast<float>(random.integer(-1, 1)));
    }
    reference_inputs inputs;
    inputs["x"].dims = {2, 20, 9, 13};
    inputs["t"].dims = {29, 304};
    for (auto& [name, of] : inputs)
        for (std::int64_t i = 0; i < of.dims.count(); ++i)
            of.values.push_back(static_cast<float>(random.integer(-1, 1)));
    const std::vector<std::byte> bytes = weights_file(net, file);
    const engine made(
        plan_at_run_time(net, cpu.bf16().winograd(0)), weights::from_bytes(bytes, "whole numbers"));
    context run = made.make_context();
    for (const auto& [name, of] : inputs) run.set_input(name, of.values);
    run.run();
    CHECK(tiled_steps(run) == (has_tiles() ? 7 : 0));
    const reference oracle(net, [&](std::string_view name) -> std::span<const float> {
        return file.at(std::string(name));
    });
    const auto values = oracle.run(inputs, arithmetic_of(made.plan(), net));
    for (const output_binding& out : net.outputs) {
        const std::string name(out.at.view());
        INFO(name);
        const auto found = run.get(name);
        CHECK(std::vector<float>(found.begin(), found.end()) == oracle.output(values, name).values);
    }
}

TEST_CASE("amx: pictures in int8 give the same bits by tiles as by quads of other plans") {
    if (!has_tiles()) return;
    random_source random("pictures on tiles");
    struct picture_case {
        shape in;
        conv2d_options options;
    };
    const picture_case cases[] = {
        {{1, 3, 33, 41}, {.out = 32, .kernel = 7, .stride = 2, .pad = 3}},
        {{2, 3, 20, 37}, {.out = 19, .kernel = 4, .stride = 4, .bias = true}},
        {{1, 4, 15, 60}, {.out = 48, .kernel = {3, 5}, .pad = {1, 2}}},
        {{2, 1, 31, 18}, {.out = 33, .kernel = 8, .stride = {1, 3}, .pad = 4}},
    };
    for (const picture_case& each : cases) {
        network net;
        net.output("y", net.input("x", each.in) | conv2d{"conv", each.options} | relu{});
        REQUIRE(net.problems.empty());
        tensors file = drawn(planned_network(net, cpu.int8()), random);
        const auto x = random.numbers(static_cast<std::size_t>(each.in.count()), -3, 3);
        INFO(std::string(to_text(each.in).view()));
        const std::vector<float> wanted = run(net, cpu, file, x, "y");
        const engine made(plan_at_run_time(net, cpu.int8().with(ability::amx)),
            file.file(planned_network(net, cpu.int8())));
        context c = made.make_context();
        c.set_input("x", x);
        c.run();
        CHECK(tiled_steps(c) == 1);
        c.run();
        const auto got = c.get("y");
        CHECK(std::vector<float>(got.begin(), got.end()) == wanted);
    }
}

TEST_CASE("amx: pictures of whole numbers in bfloat16 are added up exactly") {
    if (!has_tiles()) return;
    random_source random("whole pictures on tiles");
    network net;
    const tensor x = net.input("x", {2, 3, 21, 45});
    net.output(
        "large", x | conv2d{"large", {.out = 40, .kernel = 7, .stride = 2, .pad = 3}} | relu{});
    net.output(
        "patches", x | conv2d{"patches", {.out = 33, .kernel = {3, 4}, .stride = 4, .bias = true}});
    net.output("small", x | conv2d{"small", {.out = 24, .kernel = 3, .pad = 1}});
    REQUIRE(net.problems.empty());
    floats_by_name file;
    for (const parameter& wanted : net.parameters) {
        auto& own = file[std::string(wanted.at.view())];
        for (std::int64_t i = 0; i < wanted.dims.count(); ++i)
            own.push_back(static_cast<float>(random.integer(-1, 1)));
    }
    std::vector<float> numbers;
    for (int i = 0; i < 2 * 3 * 21 * 45; ++i)
        numbers.push_back(static_cast<float>(random.integer(-1, 1)));
    const auto run_by = [&](const target& by, int tiles) {
        const std::vector<std::byte> bytes = weights_file(net, file);
        const engine made(plan_at_run_time(net, by), weights::from_bytes(bytes, "whole numbers"));
        context c = made.make_context();
        c.set_input("x", numbers);
        c.run();
        CHECK(tiled_steps(c) == tiles);
        c.run();
        std::vector<std::vector<float>> out;
        for (const char* name : {"large", "patches", "small"}) {
            const auto got = c.get(name);
            out.emplace_back(got.begin(), got.end());
        }
        return out;
    };
    CHECK(run_by(cpu.bf16().with(ability::amx), 3) == run_by(cpu.winograd(0), 0));
}

TEST_CASE("amx: attention stays within its bounds for any number of keys, masked or not") {
    if (!has_tiles()) return;
    struct attention_case {
        int queries, keys, heads, depth, width;
        int mask;  ///< 0 none, 1 a number a key, 2 a number a query and key
        bool causal;
    };
    const attention_case cases[] = {
        {197, 197, 3, 64, 64, 0, false},  // two blocks of keys, a tile of 5 queries
        {17, 1, 2, 32, 96, 0, false},
        {33, 145, 1, 64, 32, 1, false},
        {64, 64, 2, 96, 64, 2, false},
        {50, 50, 2, 64, 128, 0, true},
        {40, 31, 2, 128, 32, 2, false},
    };
    random_source random("attention on tiles");
    for (const attention_case& each : cases) {
        INFO("queries ", each.queries, ", keys ", each.keys, ", columns ", each.depth, " and ",
            each.width);
        network net;
        const auto heads = [&](const tensor& rows, const char* name, int columns) {
            return rows
                | linear{name, each.heads * columns}
            | reshape{{-1, each.heads, columns}}
            | permute{{1, 0, 2}};
        };
        const tensor x = net.input("x", {each.queries, 48}), z = net.input("z", {each.keys, 48});
        attention_options options{.causal = each.causal};
        if (each.mask)
            options.mask = net.input("mask", {each.mask == 2 ? each.queries : 1, each.keys});
        net.output("y",
            attention(heads(x, "q", each.depth), heads(z, "k", each.depth),
                heads(z, "v", each.width), options)
                | permute{{1, 0, 2}}
                | reshape{{each.queries, each.heads * each.width}});
        REQUIRE(net.problems.empty());
        const random_weights weights(net, random);
        reference_inputs inputs = make_inputs(net, [&](reference_tensor& given, std::size_t count) {
            given.values = random.numbers(count, -2, 2);
        });
        if (each.mask)  // some are not seen at all
            for (float& value : inputs["mask"].values) value = value < -1 ? -1e9f : value;
        const engine made(plan_at_run_time(net, cpu.bf16()), weights.opened());
        context run = made.make_context();
        for (const auto& [name, of] : inputs) run.set_input(name, of.values);
        int on_tiles = 0;
        for (const step_time& s : run.profile().steps)
            on_tiles += s.kernel == "attention_blocked" && s.tactic.starts_with("amx");
        CHECK(on_tiles == 1);
        run.run();
        const reference oracle(net, weights.lookup());
        const plan_arithmetic arithmetic = arithmetic_of(made.plan(), net);
        const auto values = oracle.run(inputs, arithmetic);
        const difference off
            = near(run.get("y"), oracle.output(values, "y"), arithmetic.at(net.outputs[0].node));
        CHECK_MESSAGE(off.is_near, off.what);
    }
}
