// SPDX-License-Identifier: Apache-2.0
// What passes bytes on in int8 plans: views, concats, pools and nearest resizes between convolutions in 8 bits, and
// depthwise convolutions, bit for bit against whole numbers.
#include "support/int8.hpp"

#include <lamina/calibrate.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

/// Networks of few layers: where two numbers of 8 bits that depend on one another are rounded the other way than
/// the reference's, its bound, which adds squares, is too small.
tensor stem(network& net, int channels) {
    return net.input("image", {2, 3, 24, 20})
        | conv2d{"stem", {.out = channels, .kernel = 3, .stride = 2, .pad = 1}}
    | relu{};
}
/// GoogLeNet's: branches of several widths, with a pool in one and one behind them.
void inception(network& net) {
    const tensor x = stem(net, 24);
    const tensor a = x | conv2d{"a", {.out = 16}} | relu{};
    const tensor b = x | conv2d{"b", {.out = 40, .kernel = 3, .pad = 1, .bias = true}} | relu{};
    const tensor c
        = x | max_pool({.kernel = 3, .stride = 1, .pad = 1}) | conv2d{"c", {.out = 20}} | relu{};
    net.output("y", concat({a, b, c}, 1) | max_pool({.kernel = 2}) | conv2d{"last", {.out = 32}});
}
/// YOLO's neck: an enlarged part beside another.
void neck(network& net) {
    const tensor x = stem(net, 32);
    const tensor small = x | max_pool({.kernel = 2}) | conv2d{"small", {.out = 32}} | relu{};
    const tensor large = small
        | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric, .rounding = round_floor}};
    net.output("y", concat({large, x}, 1) | conv2d{"last", {.out = 48}});
}
/// DenseNet's transition.
void means(network& net) {
    const tensor x = stem(net, 24) | avg_pool({.kernel = 2}) | conv2d{"mean", {.out = 32}} | relu{};
    net.output("y", x | adaptive_avg_pool{{4, 3}} | conv2d{"last", {.out = 16}});
}
/// ShuffleNet's: half of the channels goes on as it is, then all of them are interleaved.
void shuffled(network& net) {
    const auto halves = split(stem(net, 32), {16, 16}, 1);
    net.output("y",
        concat({halves[0] | conv2d{"half", {.out = 16}} | relu{}, halves[1]}, 1)
            | channel_shuffle{2}
            | conv2d{"last", {.out = 24}});
}

/// An inverted residual block, and one that squeezes and excites.
void inverted(network& net) {
    const tensor x = stem(net, 24);
    const tensor deep = x
        | conv2d{"expand", {.out = 40}}
        | batch_norm{"bn1"}
        | relu6{}
        | conv2d{"deep", {.out = 40, .kernel = 3, .pad = 1, .groups = 40}}
        | batch_norm{"bn2"}
        | relu6{};
    net.output("y",
        add(x, deep | conv2d{"project", {.out = 24}} | batch_norm{"bn3"})
            | conv2d{"last", {.out = 16}});
}
void excited(network& net) {
    const tensor deep = stem(net, 40)
        | conv2d{"deep", {.out = 40, .kernel = 5, .stride = 2, .pad = 2, .groups = 40}}
        | batch_norm{"bn"}
        | silu{};
    const tensor gates = deep
        | global_avg_pool{}
        | conv2d{"squeeze", {.out = 8, .bias = true}}
        | silu{}
        | conv2d{"excite", {.out = 40, .bias = true}}
        | sigmoid{};
    net.output("y", mul(deep, gates) | conv2d{"project", {.out = 24}});
}

}  // namespace

TEST_CASE("int8: a depthwise convolution gives the bits of its sums of whole numbers") {
    random_source random("int8 depthwise");
    const layer_case cases[] = {
        {{1, 16, 7, 9}, {.out = 16, .kernel = 3, .pad = 1, .groups = 16}, 0},
        {{2, 19, 5, 8}, {.out = 19, .kernel = 3, .groups = 19, .bias = true}, 128},
        {{2, 40, 9, 11}, {.out = 40, .kernel = 5, .stride = 2, .pad = 2, .groups = 40}, 255},
        {{1, 33, 13, 10},
            {.out = 33, .kernel = {3, 1}, .pad = {2, 0}, .dilation = 2, .groups = 33, .bias = true},
            7},
        {{1, 17, 40, 3}, {.out = 17, .kernel = {9, 3}, .pad = {4, 1}, .groups = 17}, 254},
        {{2, 24, 21, 31},
            {.out = 24,
                .kernel = {4, 3},
                .stride = {1, 2},
                .pad = {3, 2},
                .dilation = {1, 2},
                .groups = 24},
            77},
        {{1, 16, 33, 30},
            {.out = 16, .kernel = {1, 7}, .stride = {2, 1}, .pad = {0, 3}, .groups = 16}, 199},
    };
    for (const layer_case& each : cases) {
        network net;
        const tensor x = net.input("x", each.in) | relu{};
        const tensor made = x | conv2d{"conv", each.options};
        net.output("y", made);
        REQUIRE(net.problems.empty());
        const window& win = net.nodes.back().attr.win;
        const int taps = win.kernel_h * win.kernel_w, channels = each.in.c;
        tensors file;
        auto& weight = file.all["conv.weight"]
            = random.numbers(static_cast<std::size_t>(channels * taps));
        std::fill_n(weight.begin() + taps, taps, 0.0f);      // an output of nothing
        std::fill_n(weight.begin() + 2 * taps, taps, 1.0f);  // the largest sum
        std::vector<float> bias;
        if (each.options.bias)
            file.all["conv.bias"] = bias = random.numbers(static_cast<std::size_t>(channels));
        const drawn_input input(random, each.in, each.zero, file);
        const std::vector<float> wanted
            = convolve_depthwise(input.bytes, input.scale, each.zero, made.dims, win, weight, bias);
        for (const target& on : drawn_classes(random)) {
            INFO(std::string(on.label()), ", ", std::string(to_text(each.in).view()), " to ",
                std::string(to_text(made.dims).view()));
            CHECK(run(net, on, file, input.numbers, "y") == wanted);
        }
    }
}

TEST_CASE("int8: a pool of maxima gives the bits of the greatest whole numbers") {
    random_source random("int8 maxima");
    for (const bool is_padded : {false, true}) {
        network net;
        const shape in{2, 24, 9, 11};
        const tensor pooled = net.input("x", in)
            | relu{}
            | max_pool({.kernel = is_padded ? 3 : 2, .stride = 2, .pad = is_padded ? 1 : 0});
        const tensor made = pooled | conv2d{"conv", {.out = 32}};
        net.output("y", made);
        REQUIRE(net.problems.empty());
        tensors file;
        file.all["conv.weight"] = random.numbers(32 * 24);
        const float scale = random.number(0.001f, 0.02f), zero = 3;
        file.all["x.output_scale"] = {scale};
        file.all["x.output_zero_point"] = {zero};
        const std::vector<float> input = random.numbers(static_cast<std::size_t>(in.count()), 0, 6);
        byte_image before = to_bytes(input, in, scale, zero), after{pooled.dims, {}};
        const int reach = is_padded ? 3 : 2, pad = is_padded ? 1 : 0;
        for (int n = 0; n < in.n; ++n)
            for (int c = 0; c < in.c; ++c)
                for (int h = 0; h < pooled.dims.h; ++h)
                    for (int w = 0; w < pooled.dims.w; ++w) {
                        int most = 0;
                        for (int i = 0; i < reach * reach; ++i) {
                            const int y = 2 * h - pad + i / reach, x = 2 * w - pad + i % reach;
                            if (y >= 0 && y < in.h && x >= 0 && x < in.w)
                                most = std::max(most, before.at(n, c, y, x));
                        }
                        after.q.push_back(most);
                    }
        const std::vector<float> wanted
            = convolve(after, scale, zero, made.dims, {}, file.all["conv.weight"], {});
        for (const target& on : drawn_classes(random)) {
            INFO(std::string(on.label()), is_padded ? " padded" : "");
            CHECK(run(net, on, file, input, "y") == wanted);
        }
    }
}

namespace {

struct passed_case {
    void (*define)(network&);
    int products, floats;  ///< layers of whole numbers, and steps that compute floats
};

}  // namespace

TEST_CASE("int8: branches, pools, slices, enlarged parts and depthwise layers stay bytes") {
    // The last layer's result is float, and of excited what the mean and the gates read and are.
    const passed_case cases[] = {{inception, 5, 1}, {neck, 3, 1}, {means, 3, 1}, {shuffled, 3, 1},
        {inverted, 5, 1}, {excited, 3, 5}};
    random_source random("int8 passed");
    for (const passed_case& each : cases) {
        network net;
        each.define(net);
        INFO("case ", &each - cases);
        agrees_with_reference(random, net,
            [&](const context& c, const run_time_plan& plan, const run_time_plan& floats) {
                int products = 0, in_floats = 0;
                for (const plan_step& s : c.plan().steps) {
                    const std::string_view family = c.plan().kernels[s.kernel].family;
                    products += family == "conv2d_quads" || family == "depthwise_blocked";
                    if (s.output >= 0)  // else it only moves numbers
                        in_floats += c.plan().tensors[static_cast<std::size_t>(s.output)].type
                            == dtype::f32;
                }
                CHECK(products == each.products);
                CHECK(in_floats == each.floats);
                CHECK(plan.arena_bytes < floats.arena_bytes);
            });
    }
}

TEST_CASE("calibrate: what a concat joins has one range, that of all of it") {
    network net;
    const tensor x = net.input("x", {1, 16, 2, 2});
    const tensor low = x | relu{}, high = mul(x, 3.0f);
    net.output("y", concat({low, high}, 1) | conv2d{"conv", {.out = 16}});
    REQUIRE(net.problems.empty());
    tensors file;
    file.all["conv.weight"] = std::vector<float>(16 * 32, 1.0f);
    std::vector<float> sample(64, 0.0f);
    sample[5] = -1;
    sample[6] = 2;
    for (const calibration_method method : {calibration_method::min_max, calibration_method::mse}) {
        const calibration found = calibrate(net, file.file(net), 1,
            [&](context& c, std::size_t) { c.set_input("x", sample); }, {.method = method});
        REQUIRE(found.values.size() == 1);
        CHECK(found.values[0].least == -3);
        CHECK(found.values[0].most == 6);
    }
}
