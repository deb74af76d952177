// SPDX-License-Identifier: Apache-2.0
// Int8 plans on CPUs, bit for bit against sums of whole numbers that this file adds up itself: zero points at
// the ends, padding, strides, dilation, residuals, odd sizes, batches, weights that are all 0, NaN. By the
// instruction where the device has it, by plain code where not (int8@plain).
#include "support/int8.hpp"
#include "support/temporary.hpp"

#include <doctest/doctest.h>
#include <lamina/calibrate.hpp>
#include <lamina/plan/check_plan.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/planned_network.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

TEST_CASE("int8: a convolution gives the bits of its sums of whole numbers") {
    random_source random("int8 layer");
    const layer_case cases[] = {
        {{1, 16, 7, 9}, {.out = 16, .kernel = 1}, 0},
        {{2, 19, 5, 8}, {.out = 35, .kernel = 1, .bias = true}, 128},
        {{2, 64, 9, 11}, {.out = 64, .kernel = 3, .pad = 1, .bias = true}, 255},
        {{1, 33, 13, 10}, {.out = 48, .kernel = 3, .stride = 2, .pad = 1}, 7},
        {{1, 17, 12, 12}, {.out = 32, .kernel = {3, 5}, .pad = {2, 4}, .dilation = 2}, 1},
        {{3, 32, 6, 6}, {.out = 16, .kernel = 1, .stride = 2}, 250},
        {{1, 128, 1, 1}, {.out = 130, .kernel = 1}, 3},
        {{1, 20, 3, 40}, {.out = 96, .kernel = 3, .pad = 3}, 99},
        // Short sums: a work-item computes several groups of blocks, of both images.
        {{2, 16, 30, 33}, {.out = 96, .kernel = 1, .bias = true}, 11},
        {{3, 17, 24, 23}, {.out = 105, .kernel = 1}, 200},
        {{2, 16, 41, 28}, {.out = 80, .kernel = {1, 3}, .stride = {1, 2}, .pad = {0, 1}}, 60},
    };
    for (const layer_case& each : cases) {
        drawn_layer made(random, each);
        for (const target& on : drawn_classes(random)) {
            INFO(std::string(on.label()), ", ", std::string(to_text(each.in).view()), " to ",
                std::string(to_text(made.dims).view()));
            CHECK(run(made.net, on, made.file, made.numbers, made.output) == made.wanted);
        }
    }
}

TEST_CASE("int8: a linear layer gives the bits of its sums of whole numbers") {
    random_source random("int8 rows");
    const rows_case cases[] = {{{1, 64}, 40, true, 0}, {{3, 17, 67}, 33, true, 128},
        {{30, 130}, 16, false, 255}, {{2, 3, 5, 19}, 65, true, 7}, {{101, 16}, 48, false, 1}};
    for (const rows_case& each : cases) {
        drawn_layer made(random, each);
        for (const target& on : drawn_classes(random)) {
            INFO(std::string(on.label()), ", ", std::string(to_text(each.in).view()));
            CHECK(run(made.net, on, made.file, made.numbers, made.output) == made.wanted);
        }
    }
}

namespace {

/// A part of a transformer: products of tokens with a silu and residuals between, and a head whose scores are floats.
void tokens(network& net) {
    tensor x = net.input("tokens", {2, 9, 48}) | layer_norm{"ln0"};
    const tensor q = x | linear{name("q_").prefix(), 64}, v = x | linear{"v", 64};
    x = add(x, mul(q, v | sigmoid{}) | linear{"out", 48});
    x = add(x, x | layer_norm{"ln"} | linear{"fc1", 96} | silu{} | linear{"fc2", 48});
    net.output("scores", x | linear{"head", 20} | softmax{});
}

/// A convolution of a picture, a residual block with a projection, one without, a depthwise layer, and what stays
/// float: a last layer of few channels.
void blocks(network& net) {
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
    const tensor shortcut
        = x | conv2d{"a.down", {.out = 40, .stride = 2}} | batch_norm{"a.down_bn"};
    const tensor y = add(a, shortcut) | relu{};
    const tensor b = y
        | conv2d{"b.conv1", {.out = 32, .kernel = 3, .pad = 1, .bias = true}}
        | silu{}
        | conv2d{"b.conv2", {.out = 40, .bias = true}};
    const tensor z = add(b, y) | relu{};
    net.output("deep", z | conv2d{"deep", {.out = 40, .kernel = 3, .pad = 1, .groups = 40}});
    net.output("few", z | conv2d{"few", {.out = 5}});
    net.output("y", z | conv2d{"last", {.out = 48}});
}

}  // namespace

TEST_CASE("int8: networks agree with the reference at every step, and store bytes between") {
    random_source random("int8 network");
    network net;
    blocks(net);
    agrees_with_reference(
        random, net, [](const context& c, const run_time_plan& plan, const run_time_plan& floats) {
            const step_counts steps(c.plan());
            CHECK(steps.of("conv2d_quads") == 7);
            CHECK(steps.of("depthwise_blocked") == 1);
            // The picture, and what the stem, the pool, a.conv1, a.down, the first sum, b.conv1 and the second
            // sum give.
            CHECK(steps.bytes == 8);
            CHECK(plan.arena_bytes <= floats.arena_bytes);
            CHECK(plan.weight_bytes < floats.weight_bytes);
        });
}

TEST_CASE("int8: a saved plan gives the same bits, and a damaged one is refused") {
    random_source random("int8 saved");
    network net;
    tokens(net);
    const network planned = planned_network(net, cpu.int8());
    tensors file = drawn(planned, random);
    const run_time_plan plan = plan_at_run_time(net, cpu.int8());
    const engine made(plan, file.file(planned));
    const temporary_folder folder;
    made.save(folder / "tokens.plan");
    const std::vector<float> x = random.numbers(2 * 9 * 48);
    const result wanted = made.run(x);
    CHECK(engine::load(folder / "tokens.plan").run(x).values == wanted.values);

    const plan_view sound = plan_view::open(plan.data());
    const auto refuses = [&](std::string_view transform, auto change) {
        plan_records damaged = *sound;
        bool is_changed = false;
        for (plan_weight& w : damaged.weights)
            if (w.transform == transform && !is_changed) {
                change(w);
                is_changed = true;
            }
        REQUIRE(is_changed);
        CHECK_THROWS_AS(check_plan(damaged), error);
    };
    refuses("int8", [](plan_weight& w) { w.type = dtype::f32; });
    refuses("int8", [](plan_weight& w) { w.bias = 100000; });
    refuses("int8_factor", [](plan_weight& w) { w.input_scale = -1; });
    refuses("int8_factor", [](plan_weight& w) { w.dims = {w.dims.n + 16}; });
    refuses("int8_shift", [](plan_weight& w) { w.input_zero_point = w.source; });
    refuses("int8_shift", [](plan_weight& w) { w.bias = w.source; });
    refuses("reciprocal", [](plan_weight& w) { w.source = 0; });
}

TEST_CASE("int8: weights that no float holds once folded are an error") {
    network net;
    const tensor x = net.input("x", {1, 16, 2, 2});
    net.output("y", x | relu{} | conv2d{"conv", {.out = 16}} | batch_norm{"bn"});
    tensors file;
    const network planned = planned_network(net, cpu.int8());
    for (const lamina::parameter& p : planned.parameters)
        file.all[std::string(p.at.view())]
            = std::vector<float>(static_cast<std::size_t>(p.dims.count()), 1.0f);
    file.all["conv.weight"][17] = 3e38f;
    file.all["bn.running_var"][1] = 1e-12f;
    file.all["bn.weight"][1] = 1e3f;
    std::string message;
    try {
        engine(plan_at_run_time(net, cpu.int8()), file.file(planned));
    } catch (const error& e) {
        message = e.what();
    }
    CHECK(
        message.find("'conv.weight' has weights of output 1 that no float holds") != message.npos);
}

TEST_CASE("int8: what reads one of several outputs stays float") {
    network net;
    const tensor x = net.input("x", {1, 16, 8, 8}) | relu{};
    const auto [most, where] = x | max_pool_with_indices{{.kernel = 2}};
    net.output("where", where);
    net.output("y", most | conv2d{"conv", {.out = 16}});
    REQUIRE(net.problems.empty());
    CHECK_NOTHROW(plan_at_run_time(net, cpu.int8()));
    CHECK(planned_network(net, cpu.int8()).nodes.size() == net.nodes.size());
}

TEST_CASE("int8: linear layers agree with the reference at every step, a kept one is float") {
    random_source random("int8 tokens");
    for (const bool keeps : {false, true}) {
        network net;
        tokens(net);
        if (keeps) net.keep("head", dtype::f32);
        agrees_with_reference(
            random, net, [&](const context& c, const run_time_plan&, const run_time_plan&) {
                CHECK(step_counts(c.plan()).of("linear_quads") == (keeps ? 5 : 6));
                CHECK(step_counts(c.plan()).of("linear_blocked") == (keeps ? 1 : 0));
                CHECK(c.plan().outputs[0].type == dtype::f32);
            });
    }
}

namespace {

/// Heads of one product, from its rows and of its keys alone.
void heads(network& net) {
    const tensor x = net.input("x", {1, 37, 40});
    const tensor rows = x | linear{"first", 64} | relu{};
    const auto [q, k, v] = chunk<3>(rows | linear{"qkv", 192}, 2);
    const auto split
        = [](const tensor& t) { return t | reshape{{1, 37, 4, 16}} | permute{{0, 2, 1, 3}}; };
    const tensor mixed = attention(split(q), split(k), split(v))
        | permute{{0, 2, 1, 3}}
        | reshape{{1, 37, 64}}
        | linear{"out", 64};
    const tensor added = add(mixed, rows);
    const tensor keys = added | linear{"keys", 64};
    net.output("y", attention(split(keys), split(keys), split(keys), {.causal = true}));
    net.output("keys", keys);
}

}  // namespace

TEST_CASE("int8: attention multiplies pairs of bfloat16 unless it is kept in floats") {
    random_source random("int8 attention");
    for (const bool keeps : {false, true}) {
        network net;
        heads(net);
        if (keeps)
            for (std::size_t id = 0; id < net.nodes.size(); ++id)
                if (net.nodes[id].kind == op::attention) net.nodes[id].kept = dtype::f32;
        agrees_with_reference(
            random, net, [&](const context& c, const run_time_plan&, const run_time_plan&) {
                const step_counts steps(c.plan());
                CHECK(steps.of("attention_blocked") == 2);
                CHECK(steps.of("linear_quads") == 3);
                int pairs = 0;
                for (const plan_tensor& t : c.plan().tensors) pairs += t.type == dtype::bf16;
                // The first product and both results; the keys, which a caller reads too, are floats that are
                // rounded before the second.
                CHECK((keeps ? pairs == 0 : pairs >= 3));
                for (const plan_binding& b : c.plan().outputs) CHECK(b.type == dtype::f32);
            });
    }
}

TEST_CASE("calibrate: names that end without a dot come back as the plan asks for them") {
    random_source random("int8 prefix");
    network net;
    tokens(net);
    tensors file = drawn(net, random);
    const std::vector<float> x = random.numbers(2 * 9 * 48);
    const weights plain = file.file(net);
    const calibration found
        = calibrate(net, plain, 1, [&](context& c, std::size_t) { c.set_input("tokens", x); });
    const std::vector<std::byte> bytes = found.with(plain);
    CHECK_NOTHROW(
        engine(plan_at_run_time(net, cpu.int8()), weights::from_bytes(bytes, "calibrated")));
}

TEST_CASE("calibrate: finds ranges, and its file makes an int8 plan agree with fp32") {
    random_source random("int8 calibration");
    network net;
    blocks(net);
    REQUIRE(net.problems.empty());
    tensors plain = drawn(net, random);
    const weights file = plain.file(net);
    std::vector<std::vector<float>> pictures;
    for (int i = 0; i < 3; ++i)
        pictures.push_back(random.numbers(static_cast<std::size_t>(net.nodes[0].dims.count())));
    const auto set
        = [&](context& c, std::size_t number) { c.set_input("image", pictures[number]); };
    const engine floats(plan_at_run_time(net, cpu), file);
    context exact = floats.make_context();
    set(exact, 0);
    exact.run();
    const auto wanted_span = exact.get("y");
    const std::vector<float> wanted(wanted_span.begin(), wanted_span.end());
    for (const calibration_method method :
        {calibration_method::min_max, calibration_method::percentile, calibration_method::entropy,
            calibration_method::mse}) {
        INFO("method ", static_cast<int>(method));
        const calibration found = calibrate(net, file, pictures.size(), set, {.method = method});
        REQUIRE(found.values.size() == 7);
        CHECK(found.values[0].layer == "image");
        CHECK(found.values[1].layer == "stem");
        CHECK(found.values[1].least == 0);  // behind a relu
        CHECK(found.values[1].zero_point == 0);
        for (const calibrated_value& v : found.values) {
            CHECK(v.not_finite == 0);
            if (method == calibration_method::min_max)
                CHECK(v.scale
                    == static_cast<float>(
                        (static_cast<double>(v.most) - static_cast<double>(std::min(v.least, 0.0f)))
                        / 255));
            CHECK(v.scale * 255 <= (v.most - std::min(v.least, 0.0f)) * 1.0001f);
        }
        const std::vector<std::byte> bytes = found.with(file);
        const weights with_scales = weights::from_bytes(bytes, "calibrated");
        // A plan in fp32 ignores the scales, though strict.
        CHECK_NOTHROW(engine(plan_at_run_time(net, cpu), with_scales));
        const engine made(plan_at_run_time(net, cpu.int8()), with_scales);
        context c = made.make_context();
        set(c, 0);
        c.run();
        const auto got = c.get("y");
        double noise = 0, signal = 0;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const double off = static_cast<double>(got[i] - wanted[i]);
            noise += off * off;
            signal += static_cast<double>(wanted[i] * wanted[i]);
        }
        // 20 dB. The divergence of so few numbers says little, and its ranges are narrow: of 100 seeds the
        // least was 5 dB.
        CHECK(signal > (method == calibration_method::entropy ? 1 : 100) * noise);
    }
}

TEST_CASE("calibrate: of values that are all 0, and of NaN and infinities") {
    network net;
    const tensor x = net.input("x", {1, 16, 2, 2});
    net.output("y", x | relu{} | conv2d{"conv", {.out = 16}});
    tensors file;
    file.all["conv.weight"] = std::vector<float>(256, 1.0f);
    const weights given = file.file(net);
    std::vector<float> sample(64, -1.0f);
    const auto set = [&](context& c, std::size_t) { c.set_input("x", sample); };
    const calibration zeros = calibrate(net, given, 1, set);
    REQUIRE(zeros.values.size() == 1);
    CHECK(zeros.values[0].scale == 1);
    CHECK(zeros.values[0].zero_point == 0);
    sample[3] = std::numeric_limits<float>::infinity();
    sample[4] = std::numeric_limits<float>::quiet_NaN();
    sample[5] = 51;
    const calibration some = calibrate(net, given, 1, set);
    CHECK(some.values[0].not_finite == 2);
    CHECK(some.values[0].scale == 51.0f / 255);
}

TEST_CASE("calibrate: what is not given, and plans without scales, say what to do") {
    network net;
    const tensor x = net.input("x", {1, 16, 2, 2});
    net.output("y", x | relu{} | conv2d{"conv", {.out = 16}});
    tensors file;
    file.all["conv.weight"] = std::vector<float>(256, 1.0f);
    const weights given = file.file(net);
    const auto set
        = [](context& c, std::size_t) { c.set_input("x", std::vector<float>(64, 1.0f)); };
    const auto message_of = [](auto act) -> std::string {
        try {
            act();
        } catch (const error& e) {
            return e.what();
        }
        return "nothing was thrown";
    };
    CHECK(message_of([&] { calibrate(net, given, 0, set); }).find("got no samples")
        != std::string::npos);
    CHECK(message_of([&] {
        calibrate(net, given, 1, set, {.percentile = 50});
    }).find("above 50 to 100")
        != std::string::npos);
    network small;
    small.output("y", small.input("x", {1, 3, 4, 4}) | conv2d{"conv", {.out = 4}});
    CHECK(
        message_of([&] { calibrate(small, weights(), 1, set); }).find("no layer that an int8 plan")
        != std::string::npos);
    CHECK(message_of([&] {
        engine(plan_at_run_time(net, cpu.int8()), given);
    }).find("which an int8 plan needs for 'x'; lamina::calibrate()")
        != std::string::npos);
    file.all["x.output_scale"] = {0};
    file.all["x.output_zero_point"] = {0};
    const network planned = planned_network(net, cpu.int8());
    CHECK(message_of([&] {
        engine(plan_at_run_time(net, cpu.int8()), file.file(planned));
    }).find("a number that can be divided by")
        != std::string::npos);
    file.all["x.output_scale"] = {1};
    file.all["x.output_zero_point"] = {256};
    CHECK(message_of([&] {
        engine(plan_at_run_time(net, cpu.int8()), file.file(planned));
    }).find("a whole number from 0 to 255")
        != std::string::npos);
}
