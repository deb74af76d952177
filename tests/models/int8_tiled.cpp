// SPDX-License-Identifier: Apache-2.0
// Int8 plans of the gpu class, bit for bit against sums of whole numbers that tests/support/int8.hpp adds up: by
// every tactic of the kernel, sizes that fill no tile, channels that fill no chunk, padding with each zero point.
// CTest runs this file once more with LAMINA_ABILITIES="mma dp4a": any device then computes what matrix units and
// products of four bytes would by plain code.
#include "models/check_plan_runs.hpp"
#include "support/int8.hpp"

#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

constexpr target on_gpu = gpu.int8();

/// The tactics of quads_tiled that the device can run, as its facts say; on a CPU a few of each kind, drawn, as
/// all take long there (LAMINA_TEST_LONG: all).
std::vector<std::string> tactics_here(const plan_records& plan, random_source& random) {
    std::map<std::string, std::vector<std::string>> kinds;
    std::set<std::string> known;
    for (const plan_step& step : plan.steps) {
        const plan_kernel& kernel = plan.kernels[step.kernel];
        if (kernel.family != "quads_tiled") continue;
        for (const std::uint32_t t : kernel.tactics) {
            const plan_tactic& tactic = plan.tactics[t];
            const std::string name(tactic.name);
            if (!detail::device_refuses(device::best().facts(), step, tactic).empty()
                || !known.insert(name).second)
                continue;
            const bool is_split = name.find("_split") != name.npos;
            kinds[std::string(tactic.needs) + (is_split ? " split" : "")].push_back(name);
        }
    }
    const bool all = device::best().facts().type == device_type::gpu || tests_are_long();
    std::vector<std::string> out;
    for (const auto& [kind, names] : kinds)
        if (all)
            out.insert(out.end(), names.begin(), names.end());
        else
            out.push_back(names[static_cast<std::size_t>(
                random.integer(0, static_cast<int>(names.size()) - 1))]);
    return out;
}

/// Runs a network by the plan's own choice and by tactics_here, and compares an output bit by bit.
void check_bits(const network& net, const target& on, tensors& file, const std::vector<float>& x,
    std::string_view output, const std::vector<float>& wanted, random_source& random) {
    const run_time_plan plan = plan_at_run_time(net, on);
    std::vector<std::string> tactics = tactics_here(*plan_view::open(plan.data()), random);
    REQUIRE(!tactics.empty());
    tactics.insert(tactics.begin(), "");
    const weights given = file.file(planned_network(net, on));
    for (const std::string& tactic : tactics) {
        INFO(tactic, ", seed ", test_seed());
        const quick_kernels quick(on);
        const engine made(plan, given, device::best(), {.tuning = always("quads_tiled", tactic)});
        CHECK(steps_by(made, {"quads_tiled", tactic}) == 1);
        context run = made.make_context();
        run.set_input("x", x);
        run.run();
        const auto found = run.get(output);
        CHECK(std::vector<float>(found.begin(), found.end()) == wanted);
    }
}

/// Sizes as constants or as arguments.
target form_of_sizes(random_source& random) {
    return random.integer(0, 1) ? on_gpu : on_gpu.general_sizes();
}

}  // namespace

TEST_CASE(
    "int8 on gpu: a convolution gives the bits of its sums of whole numbers, by every tactic") {
    random_source random("int8 tiled layer");
    const layer_case cases[] = {
        {{1, 16, 7, 9}, {.out = 16, .kernel = 1}, 0},
        {{2, 19, 5, 8}, {.out = 35, .kernel = 1, .bias = true}, 128},
        {{2, 64, 9, 11}, {.out = 64, .kernel = 3, .pad = 1, .bias = true}, 255},
        {{1, 36, 13, 10}, {.out = 50, .kernel = 3, .stride = 2, .pad = 1}, 7},
        {{1, 17, 12, 12}, {.out = 32, .kernel = {3, 5}, .pad = {2, 4}, .dilation = 2}, 1},
        {{3, 32, 6, 6}, {.out = 16, .kernel = 1, .stride = 2}, 250},
        {{1, 128, 1, 1}, {.out = 130, .kernel = 1}, 3},
        {{1, 480, 4, 4}, {.out = 40, .kernel = 3, .pad = 1}, 99},
    };
    for (const layer_case& each : cases) {
        INFO(std::string(to_text(each.in).view()), " out ", each.options.out);
        drawn_layer made(random, each);
        check_bits(made.net, form_of_sizes(random), made.file, made.numbers, made.output,
            made.wanted, random);
    }
}

TEST_CASE(
    "int8 on gpu: a linear layer gives the bits of its sums of whole numbers, by every tactic") {
    random_source random("int8 tiled rows");
    const rows_case cases[] = {{{1, 64}, 40, true, 0}, {{3, 17, 67}, 33, true, 128},
        {{30, 130}, 16, false, 255}, {{2, 3, 5, 20}, 66, true, 7}, {{7, 2048}, 48, false, 1}};
    for (const rows_case& each : cases) {
        INFO(std::string(to_text(each.in).view()), " out ", each.out);
        drawn_layer made(random, each);
        check_bits(made.net, form_of_sizes(random), made.file, made.numbers, made.output,
            made.wanted, random);
    }
}

TEST_CASE("int8 on gpu: a depthwise convolution gives the bits of its sums of whole numbers") {
    random_source random("int8 tiled depthwise");
    for (const auto& [in, options, zero] : {
             layer_case{{2, 24, 9, 7}, {.out = 24, .kernel = 3, .pad = 1, .groups = 24}, 255},
             layer_case{{1, 18, 11, 8},
                 {.out = 18, .kernel = 5, .stride = 2, .pad = 2, .groups = 18, .bias = true}, 9},
             layer_case{{1, 17, 6, 6}, {.out = 17, .kernel = 3, .groups = 17, .bias = true}, 0},
         }) {
        INFO(std::string(to_text(in).view()));
        network net;
        const tensor x = net.input("x", in) | relu{};
        const tensor made = x | conv2d{"conv", options};
        net.output("y", made);
        REQUIRE(net.problems.empty());
        const window win = net.nodes.back().attr.win;
        tensors file;
        const auto& weight = file.all["conv.weight"]
            = random.numbers(static_cast<std::size_t>(in.c * win.kernel_h * win.kernel_w));
        std::vector<float> bias;
        if (options.bias)
            file.all["conv.bias"] = bias = random.numbers(static_cast<std::size_t>(in.c));
        const drawn_input input(random, in, zero, file);
        CHECK(run(net, gpu, file, input.numbers, "y")
            == convolve_depthwise(input.bytes, input.scale, zero, made.dims, win, weight, bias));
    }
}

namespace {

/// A residual block with a projection and a depthwise layer, branches that are joined, pools of both kinds, and
/// linear layers of tokens with a norm between: all that stores bytes or reads them.
void mixed(network& net) {
    tensor x = net.input("image", {2, 3, 23, 21})
        | conv2d{"stem", {.out = 24, .kernel = 3, .stride = 2, .pad = 1}}
        | batch_norm{"bn"}
        | relu{};
    x = x | max_pool({.kernel = 3, .stride = 2, .pad = 1});
    const tensor a = x
        | conv2d{"a.conv1", {.out = 32, .stride = 2}}
        | batch_norm{"a.bn1"}
        | relu{}
        | conv2d{"a.conv2", {.out = 40, .kernel = 3, .pad = 1}}
        | batch_norm{"a.bn2"};
    const tensor y = add(a, x | conv2d{"a.down", {.out = 40, .stride = 2}}) | relu{};
    const tensor left
        = y | conv2d{"left", {.out = 32, .kernel = 3, .pad = 1, .bias = true}} | silu{};
    const tensor right = y
        | conv2d{"right", {.out = 40, .kernel = 3, .pad = 1, .groups = 40}}
        | relu{}
        | conv2d{"point", {.out = 16, .bias = true}}
        | relu{};
    const tensor joined = concat({left, right});
    const tensor z = add(joined | conv2d{"mix", {.out = 40}}, y) | relu{};
    net.output("z", z | conv2d{"last", {.out = 48}});
    tensor t = z | global_avg_pool{} | flatten{} | linear{"fc1", 64} | silu{} | linear{"fc2", 32};
    t = t | layer_norm{"norm"} | linear{"fc3", 32} | relu{} | linear{"fc4", 16};
    net.output("scores", t | linear{"head", 20} | softmax{});
}

}  // namespace

TEST_CASE(
    "int8 on gpu: a network agrees with the reference at every step, and stores bytes between") {
    random_source random("int8 tiled network");
    network net;
    mixed(net);
    const target classes_here[] = {gpu, gpu.half()};
    agrees_with_reference(
        random, net,
        [](const context& c, const run_time_plan& plan, const run_time_plan& floats) {
            const step_counts steps(c.plan());
            CHECK(steps.of("quads_tiled") >= 7);
            CHECK(steps.of("depthwise_tiled") == 1);
            CHECK(steps.of("conv_any") == 0);
            CHECK(steps.bytes >= 8);
            CHECK(plan.weight_bytes < floats.weight_bytes);
        },
        classes_here);
}

TEST_CASE("int8: a linear layer with weights in groups stores bytes for the next one") {
    random_source random("int8 groups");
    network net;
    const tensor x = net.input("x", {7, 48}) | linear{"four", 40} | relu{};
    net.quantize_weights("four", {.bits = 4, .group = 16, .zero_points = true});
    net.output("y", x | linear{"bytes", 32} | relu{} | linear{"head", 20});
    const target classes_here[] = {cpu, cpu_avx2, gpu, gpu.half()};
    agrees_with_reference(
        random, net,
        [](const context& c, const run_time_plan&, const run_time_plan&) {
            const step_counts steps(c.plan());
            CHECK(steps.of("linear_groups") + steps.of("matvec_groups") == 1);
            CHECK(steps.of("linear_quads") + steps.of("quads_tiled") == 2);
            CHECK(steps.bytes >= 1);
        },
        classes_here);
}
