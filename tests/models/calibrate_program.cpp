// SPDX-License-Identifier: Apache-2.0
// The program that calibrates, and its report: what it writes runs, worse layers come first, a search keeps what
// is needed and no more.
#include "bench/models/npy.hpp"
#include "support/int8.hpp"
#include "support/temporary.hpp"

#include <doctest/doctest.h>
#include <lamina/calibrate_program.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

struct three_layers {
    static constexpr void define(network& net) {
        net.output("y",
            net.input("x", {1, 16, 6, 6})
                | relu{}
                | conv2d{"first", {.out = 32}}
                | relu{}
                | conv2d{"coarse", {.out = 32}}
                | relu{}
                | conv2d{"last", {.out = 16, .kernel = 6}}
                | flatten{});
    }
};

using net = three_layers;
int calibrate_as_main(int count, const char* const* words) {
    // [program]
    return lamina::calibrate_program<net>(count, words);
    // [/program]
}

/// Weights of these, where "coarse" has one huge weight an output that hits a channel of zeros: its scale leaves
/// nothing of the others in 8 bits.
tensors with_a_coarse_layer(const network& net, random_source& random) {
    tensors file = drawn(net, random);
    auto& first = file.all["first.weight"];
    std::fill_n(first.begin(), 16, -1.0f);  // channel 0 is 0 behind the relu
    auto& coarse = file.all["coarse.weight"];
    for (std::size_t i = 0; i < coarse.size(); i += 32) coarse[i] = 1000;
    return file;
}

struct run_of_program {
    temporary_folder folder;
    network made;
    tensors plain;

    run_of_program(random_source& random, int samples) {
        three_layers::define(made);
        plain = with_a_coarse_layer(made, random);
        plain.file(made);
        const std::span<const std::byte> parts[] = {plain.bytes};
        lamina::detail::write_file(folder / "plain.safetensors", parts);
        std::filesystem::create_directory(folder / "inputs");
        for (int i = 0; i < samples; ++i)
            bench::write_npy(folder / ("inputs/" + std::to_string(i) + ".npy"),
                random.numbers(16 * 36), shape{1, 16, 6, 6});
    }
    int operator()(std::vector<std::string> more) const {
        more.insert(more.begin(),
            {"calibrate", folder / "plain.safetensors", folder / "inputs",
                folder / "out.safetensors"});
        std::vector<const char*> words;
        for (const std::string& word : more) words.push_back(word.c_str());
        return calibrate_as_main(static_cast<int>(words.size()), words.data());
    }
};

}  // namespace

TEST_CASE("calibrate_program: writes scales that an int8 plan loads") {
    random_source random("calibrate program");
    const run_of_program program(random, 3);
    for (const std::string method : {"min_max", "percentile", "entropy", "mse"}) {
        INFO(method);
        REQUIRE(program({"--method", method, "--samples", "2"}) == 0);
        const weights file = weights::open(program.folder / "out.safetensors");
        CHECK_NOTHROW(engine(plan_at_run_time(program.made, cpu.int8()), file));
    }
}

TEST_CASE("calibrate_program: wrong arguments are 2, files that lack something 1") {
    random_source random("calibrate program");
    const run_of_program program(random, 1);
    CHECK(program({"one more"}) == 2);
    CHECK(program({"--method", "guess"}) == 2);
    CHECK(program({"--samples"}) == 2);
    CHECK(program({"--samples", "0"}) == 2);
    CHECK(program({"--search", "2"}) == 2);
    CHECK(program({"--keep", "f16"}) == 2);
    CHECK(program({"--percentile", "40"}) == 1);
    bench::write_npy(program.folder / "inputs/short.npy", random.numbers(5), shape{5});
    CHECK(program({}) == 1);
    std::filesystem::remove_all(program.folder / "inputs");
    CHECK(program({}) == 1);
}

TEST_CASE("report_int8: the layer that 8 bits spoil comes first, and a search keeps it alone") {
    random_source random("int8 report");
    network net;
    three_layers::define(net);
    tensors plain = with_a_coarse_layer(net, random);
    const weights file = plain.file(net);
    std::vector<std::vector<float>> samples;
    for (int i = 0; i < 4; ++i) samples.push_back(random.numbers(16 * 36));
    std::size_t runs = 0;
    const auto set = [&](context& c, std::size_t i) {
        c.set_input("x", samples[i]);
        ++runs;
    };
    std::size_t calls = 0, last = 0;
    const int8_report report = report_int8(net, file, samples.size(), set,
        {.least_signal_to_noise = 20, .progress = [&](std::size_t done, std::size_t all) {
             CHECK(done == ++calls);
             CHECK(done <= all);
             last = all;
         }});
    CHECK(last == 10);  // all layers one by one, and a search at its worst
    CHECK(runs == (2 + calls) * samples.size());  // calibrated once, fp32, and each plan
    REQUIRE(report.layers.size() == 3);
    CHECK(report.layers[0].name == "coarse");
    CHECK(report.bytes.signal_to_noise < 15);
    CHECK(report.layers[0].quality.signal_to_noise > 20);
    CHECK(report.layers[1].quality.signal_to_noise < 15);
    REQUIRE(report.kept.size() == 1);
    CHECK(report.kept[0] == "coarse");
    CHECK(report.chosen.signal_to_noise > 20);
    CHECK(report.chosen.agreement >= report.bytes.agreement);
    CHECK(report.table().find("net.keep(\"coarse\", dtype::f32);") != std::string::npos);
    // The ranges are those of the plan with it kept.
    network kept = net;
    kept.keep("coarse", dtype::f32);
    const std::vector<std::byte> bytes = report.ranges.with(file);
    const engine made(plan_at_run_time(kept, cpu.int8()), weights::from_bytes(bytes, "chosen"));
    context c = made.make_context();
    set(c, 0);
    c.run();
    const engine floats(plan_at_run_time(net, cpu), file);
    context exact = floats.make_context();
    set(exact, 0);
    exact.run();
    const auto got = c.get("y"), wanted = exact.get("y");
    double noise = 0, signal = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        noise += std::pow(static_cast<double>(got[i] - wanted[i]), 2);
        signal += std::pow(static_cast<double>(wanted[i]), 2);
    }
    CHECK(signal > 30 * noise);
}

TEST_CASE(
    "report_int8: ranges are those of the plan with the kept layers, whichever values share a scale") {
    random_source random("int8 report of shared scales");
    network net;
    const auto x = net.input("x", {1, 16, 6, 6}) | relu{};
    const auto a = x | conv2d{"a", {.out = 16}} | relu{};
    const auto both = concat({a, x | conv2d{"b", {.out = 16}}}, 1);
    net.output("y", both | conv2d{"c", {.out = 16}});  // in 8 bits both have one scale
    net.output("z", a | conv2d{"d", {.out = 16}});
    REQUIRE(net.problems.empty());
    tensors plain = drawn(net, random);
    const weights file = plain.file(net);
    const device on = device::best();
    const std::vector<std::vector<float>> samples{random.numbers(16 * 36), random.numbers(16 * 36)};
    const calibration_sample set = [&](context& c, std::size_t i) { c.set_input("x", samples[i]); };
    const int8_report_options options;
    detail::int8_trials trials(net, file, samples.size(), set, options, on);
    trials.run_floats();
    trials.calibrated(net);
    std::size_t other = 0;
    for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id) {
        if (net.nodes[static_cast<std::size_t>(id)].kind != op::conv2d) continue;
        network kept = net;
        kept.nodes[static_cast<std::size_t>(id)].kept = dtype::f32;
        const calibration got = trials.with({id}).second,
                          wanted = calibrate(kept, file, samples.size(), set, options.ranges);
        REQUIRE(got.values.size() == wanted.values.size());
        for (std::size_t i = 0; i < got.values.size(); ++i) {
            CHECK(got.values[i].layer == wanted.values[i].layer);
            // Plans with other outputs fuse, and so round, otherwise.
            CHECK(got.values[i].scale == doctest::Approx(wanted.values[i].scale).epsilon(1e-5));
            CHECK(std::abs(got.values[i].zero_point - wanted.values[i].zero_point) <= 1);
        }
        other += got.values.size();
    }
    CHECK(other > 0);
}
