// SPDX-License-Identifier: Apache-2.0
// Kernels of the cpu class for images in blocks of channels, at sizes that fit no tile: odd rows and
// columns, channels that do not fill a block, several images; both storages, against the reference.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace lamina;

namespace {

constexpr lamina_test::which_targets blocked{.gpu = false};

tensor picture(network& net, int n, int c, int h, int w) {
    return net.input("x", {n, c, h, w}) | relu{};
}

template <int Channels> void rows_of(network& net) {
    const tensor x = picture(net, 2, Channels, 13, 7);
    net.output("y", x | max_pool{{.kernel = 3}} | silu{});
    net.output("z", add(x, x | sigmoid{}));
}

}  // namespace

TEST_CASE("depthwise tiles give what the reference gives, wherever an image ends") {
    lamina_test::check_on_devices(
        "7x7, three images, a residual",
        [](network& net) {
            const tensor x = picture(net, 3, 20, 7, 7);
            net.output(
                "y", add(x | conv2d{"a", {.out = 20, .kernel = 3, .pad = 1, .groups = 20}}, x));
        },
        blocked);
    lamina_test::check_on_devices(
        "13x11, 5x5, then by two",
        [](network& net) {
            const tensor x = picture(net, 3, 37, 13, 11)
                | conv2d{"a", {.out = 37, .kernel = 5, .pad = 2, .groups = 37, .bias = true}}
                | relu6{};
            net.output("y",
                x
                    | conv2d{"b", {.out = 37, .kernel = 3, .stride = 2, .pad = 1, .groups = 37}}
                    | sigmoid{});
        },
        blocked);
    lamina_test::check_on_devices(
        "more rows than a tile, dilated",
        [](network& net) {
            const tensor x = picture(net, 1, 18, 33, 31)
                | conv2d{"a", {.out = 18, .kernel = 3, .pad = 2, .dilation = 2, .groups = 18}};
            net.output("y",
                x
                    | conv2d{"b",
                        {.out = 18,
                            .kernel = {3, 5},
                            .stride = {1, 2},
                            .pad = {0, 3},
                            .groups = 18}});
        },
        blocked);
    lamina_test::check_on_devices(
        "three columns, 7x7 taps",
        [](network& net) {
            net.output("y",
                picture(net, 2, 17, 9, 3)
                    | conv2d{"a", {.out = 17, .kernel = 7, .pad = 3, .groups = 17}});
        },
        blocked);
}

TEST_CASE("groups of a few channels share a block") {
    lamina_test::check_on_devices(
        "4 a group, a last block half full",
        [](network& net) {
            const tensor x = picture(net, 2, 40, 9, 15);
            net.output("y",
                add(x
                        | conv2d{"a",
                            {.out = 40, .kernel = 3, .pad = 1, .groups = 10, .bias = true}}
                        | relu{},
                    x));
        },
        blocked);
    lamina_test::check_on_devices(
        "8 and 2 a group, by two, dilated",
        [](network& net) {
            const tensor x = picture(net, 3, 24, 15, 14)
                | conv2d{
                    "a", {.out = 24, .kernel = {3, 5}, .stride = 2, .pad = {1, 2}, .groups = 3}};
            net.output("y",
                x | conv2d{"b", {.out = 24, .kernel = 3, .pad = 2, .dilation = 2, .groups = 12}});
            net.output("z", x | conv2d{"c", {.out = 24, .kernel = 1, .groups = 3}});
        },
        blocked);
    lamina_test::check_on_devices(
        "windows that reach far",
        [](network& net) {
            const tensor x = picture(net, 1, 20, 70, 66);
            net.output(
                "y", x | conv2d{"a", {.out = 20, .kernel = 3, .dilation = 20, .groups = 20}});
            net.output(
                "z", x | conv2d{"b", {.out = 20, .kernel = 3, .dilation = 30, .groups = 20}});
        },
        blocked);
}

TEST_CASE("transposed convolutions are products a phase, whatever meets at the edges") {
    lamina_test::check_on_devices(
        "2x2 by two, as U-Nets have it",
        [](network& net) {
            net.output("y",
                picture(net, 3, 20, 5, 9)
                    | conv_transpose2d{"a", {.out = 37, .kernel = 2, .stride = 2, .bias = true}}
                    | batch_norm{"n"}
                    | silu{});
        },
        blocked);
    lamina_test::check_on_devices(
        "overlapping windows, cut and padded",
        [](network& net) {
            const tensor x = picture(net, 2, 18, 7, 6)
                | conv_transpose2d{
                    "a", {.out = 33, .kernel = 3, .stride = 2, .pad = 1, .output_padding = 1}};
            const tensor y
                = x | conv_transpose2d{"b", {.out = 17, .kernel = {4, 5}, .pad = {1, 2}}};
            net.output("y", add(y, y | conv_transpose2d{"c", {.out = 17, .kernel = 1}}));
        },
        blocked);
    lamina_test::check_on_devices(
        "phases without a tap, dilation, one column",
        [](network& net) {
            const tensor x = picture(net, 2, 16, 3, 1)
                | conv_transpose2d{"a", {.out = 5, .kernel = 2, .stride = 3, .output_padding = 2}};
            net.output("y",
                x
                    | conv_transpose2d{"b",
                        {.out = 40, .kernel = 3, .stride = {1, 2}, .pad = 2, .dilation = {2, 3}}});
        },
        blocked);
    lamina_test::check_on_devices(
        "groups of whole blocks",
        [](network& net) {
            net.output("y",
                picture(net, 2, 64, 4, 7)
                    | conv_transpose2d{
                        "a", {.out = 96, .kernel = 4, .stride = 2, .pad = 1, .groups = 2}});
        },
        blocked);
}

TEST_CASE("pointwise work on blocks takes runs of vectors, and writes rows of any channels") {
    lamina_test::check_on_devices(
        "norms and scales a channel, long and short rows",
        [](network& net) {
            const tensor x = picture(net, 3, 37, 9, 11);
            const tensor s = x | global_avg_pool{} | sigmoid{};
            net.output("y",
                mul(x, s)
                    | batch_norm{"n"}
                    | relu{}
                    | max_pool{{.kernel = 2}}
                    | batch_norm{"m"}
                    | relu{});
            net.output("s", mul(s, s));
        },
        blocked);
    lamina_test::check_on_devices("rows of 5 channels", rows_of<5>, blocked);
    lamina_test::check_on_devices("rows of 21 channels", rows_of<21>, blocked);
    lamina_test::check_on_devices("rows of 32 channels", rows_of<32>, blocked);
    lamina_test::check_on_devices(
        "one row of blocks",
        [](network& net) {
            const tensor x = picture(net, 1, 70, 1, 1) | batch_norm{"n"} | lamina::tanh{};
            net.output("y", x);
        },
        blocked);
}

TEST_CASE("windows of a pool are reduced by columns and rows, wherever an image ends") {
    lamina_test::check_on_devices(
        "3x3 of 13x17, by one and by two",
        [](network& net) {
            const tensor x = picture(net, 3, 20, 13, 17);
            net.output("y", x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}} | sigmoid{});
            net.output("z", x | max_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}});
            net.output("m", x | avg_pool{{.kernel = 3, .stride = 2, .pad = 1}});
        },
        blocked);
    lamina_test::check_on_devices(
        "means that count no padding, or hang over",
        [](network& net) {
            const tensor x = picture(net, 2, 33, 9, 20);
            net.output("y",
                x
                    | avg_pool{{.kernel = {2, 3},
                        .stride = {3, 2},
                        .pad = 1,
                        .count_include_pad = false}});
            net.output("z", x | avg_pool{{.kernel = 4, .stride = 3, .pad = 2, .ceil_mode = true}});
            net.output("d", x | avg_pool{{.kernel = 2, .divisor_override = 3}});
        },
        blocked);
    lamina_test::check_on_devices(
        "dilated, and as wide as the image",
        [](network& net) {
            const tensor x = picture(net, 2, 5, 7, 3);
            net.output("y", x | max_pool{{.kernel = {3, 2}, .stride = 1, .dilation = 2}});
            net.output("z", x | max_pool{{.kernel = {7, 3}}});
        },
        blocked);
}

TEST_CASE("a NaN passes through activations and pools on blocks, infinities go to their limits") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    network net;
    const tensor x = net.input("x", {1, 16, 1, 16}) | max_pool{{.kernel = 1}};
    net.output("relu", x | relu{});
    net.output("relu6", x | relu6{});
    net.output("sigmoid", x | sigmoid{});
    net.output("tanh", x | lamina::tanh{});
    net.output("silu", x | silu{});
    net.output("hard_swish", x | hard_swish{});
    net.output("gelu", x | gelu_erf{});
    net.output("gelu_tanh", x | gelu_tanh{});
    net.output("elu", x | elu{});
    net.output("leaky_relu", x | leaky_relu{.1f});
    net.output("pool", x | max_pool{{.kernel = {1, 2}, .stride = 1}});
    REQUIRE(net.problems.empty());
    const std::vector<std::byte> none{
        std::byte{2}, {}, {}, {}, {}, {}, {}, {}, std::byte{'{'}, std::byte{'}'}};
    const run_time_plan plan = plan_at_run_time(net, cpu);
    const engine made(plan, weights::from_bytes(none, "none"));
    context run = made.make_context();
    std::vector<float> values(256, 0.5f);
    values[3] = std::nanf("");
    values[9] = infinity;
    values[11] = -infinity;
    run.set_input("x", values);
    run.run();
    for (const output_binding& out : net.outputs) {
        const std::string name(out.at.view());
        INFO(name);
        CHECK(std::isnan(run.get(name)[3]));
        const bool is_bounded = name == "relu6" || name == "sigmoid" || name == "tanh";
        CHECK(run.get(name)[9] == (name == "relu6" ? 6 : is_bounded ? 1 : infinity));
    }
    CHECK(run.get("relu")[11] == 0);
    CHECK(run.get("tanh")[11] == -1);
    CHECK(std::abs(run.get("sigmoid")[11]) < 1e-37f);
    // Its limit, or infinity times 0, which is what PyTorch has.
    const float gelu = run.get("gelu")[11];
    CHECK((std::isnan(gelu) || std::abs(gelu) < 1e-6f));
}
