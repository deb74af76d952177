// SPDX-License-Identifier: Apache-2.0
// Convolutions of few channels, whose results the `cpu` classes store as rows: every way into and out of
// them, odd sizes, several images, epilogues with operands in rows and in blocks; against the reference.
// And what memory and steps they take.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>

using namespace lamina;

namespace {

constexpr target classes[] = {cpu, cpu_avx2, cpu_neon, cpu.half(), gpu};
constexpr lamina_test::which_targets everywhere{.targets = classes};

/// Rows into rows: strides, dilation, groups, wide windows; blocks into rows.
template <int Channels> void convolutions(network& net) {
    const tensor x = net.input("x", {2, Channels, 9, 39});
    net.output("rows", x | conv2d{"a", {.out = Channels, .kernel = 3, .pad = 1, .bias = true}});
    net.output("wide", x | conv2d{"b", {.out = 3, .kernel = {1, 7}, .pad = {0, 6}}} | silu{});
    net.output("far",
        x
            | conv2d{"c",
                {.out = 1, .kernel = {3, 2}, .pad = {2, 17}, .dilation = {2, 30}, .bias = true}});
    net.output(
        "stride", x | conv2d{"d", {.out = 2, .kernel = 3, .stride = {3, 2}, .pad = 1}} | relu{});
    net.output("depthwise",
        x
            | conv2d{"e", {.out = Channels, .kernel = 5, .pad = 2, .groups = Channels}}
            | prelu{"p", {.count = Channels}});
    const tensor y = x | conv2d{"f", {.out = 19, .kernel = 1}} | relu{};
    net.output("point", y | conv2d{"g", {.out = Channels, .bias = true}} | sigmoid{});
    net.output("blocks",
        y | conv2d{"h", {.out = Channels, .kernel = 3, .stride = {2, 1}, .pad = 1}} | relu{});
    net.output("apart", y | conv2d{"i", {.out = Channels, .kernel = 3, .stride = 2, .pad = 2}});
}

template <int Channels> void transposed(network& net) {
    const tensor x = net.input("x", {2, Channels, 5, 19});
    net.output("rows",
        x
            | conv_transpose2d{"a",
                {.out = Channels, .kernel = 4, .stride = 2, .pad = 1, .bias = true}}
            | relu{});
    net.output("groups",
        x | conv_transpose2d{"b", {.out = Channels, .kernel = 3, .stride = 2, .groups = Channels}});
    const tensor y = x | conv2d{"c", {.out = 21, .kernel = 1}} | relu{};
    net.output("blocks",
        y
            | conv_transpose2d{"d",
                {.out = Channels,
                    .kernel = {2, 5},
                    .stride = {1, 3},
                    .pad = {0, 2},
                    .output_padding = {0, 1},
                    .bias = true}});
    net.output("single", y | conv_transpose2d{"e", {.out = Channels, .kernel = 3, .pad = 1}});
}

/// What reads them: the next convolution of few and of many channels, pools, resizes, a mask, a concat of
/// few and one of many, a permute; and operands in rows, in blocks and stretched.
template <int Channels> void readers(network& net) {
    const tensor x = net.input("x", {2, 17, 8, 35});
    const tensor few = x | conv2d{"a", {.out = Channels, .kernel = 3, .pad = 1}} | relu{};
    const tensor next = few | conv2d{"b", {.out = Channels, .kernel = 3, .pad = 1}};
    net.output("residual", add(next, few) | relu{});
    net.output("many", few | conv2d{"c", {.out = 24, .kernel = 3, .pad = 1, .bias = true}});
    net.output("wider", few | conv_transpose2d{"d", {.out = 20, .kernel = 2, .stride = 2}});
    net.output("pooled", few | max_pool{{.kernel = 3, .stride = 2, .pad = 1}} | silu{});
    net.output("large",
        next | resize{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}} | sigmoid{});
    const tensor mask = x | conv2d{"e", {.out = 1, .kernel = 5, .pad = 2}} | sigmoid{};
    net.output("masked", x * mask | conv2d{"f", {.out = 18, .kernel = 1}});
    net.output("gated", few * mask);
    net.output("joined", concat({few, mask, next}, 1) | conv2d{"g", {.out = 5}} | relu{});
    net.output("beside", concat({x, few}, 1) | conv2d{"h", {.out = 16, .kernel = 1}});
    net.output("classes", next | softmax{.axis = 1});
    net.output("heads", few | permute{{0, 2, 3, 1}} | flatten{} | lamina::tanh{});
    net.output(
        "scaled", few * (few | global_avg_pool{} | conv2d{"i", {.out = Channels}} | sigmoid{}));
    net.output("normal", few | instance_norm{"j"} | relu{});
    net.output("padded", next | pad{{.left = 2, .bottom = 1, .mode = replicate}});
}

void narrow(network& net) {
    const tensor x = net.input("x", {2, 20, 5, 3});
    const tensor y = x | conv2d{"a", {.out = 3, .kernel = 3, .pad = 1}} | relu{};
    net.output("y", y);
    net.output("z", y | conv_transpose2d{"b", {.out = 2, .kernel = 2, .stride = 2}});
}

}  // namespace

TEST_CASE("convolutions of few channels give what the reference gives") {
    lamina_test::check_on_devices("1 channel", convolutions<1>, everywhere);
    lamina_test::check_on_devices("2 channels", convolutions<2>, everywhere);
    lamina_test::check_on_devices("3 channels", convolutions<3>, everywhere);
    lamina_test::check_on_devices("5 channels", convolutions<5>, everywhere);
}

TEST_CASE("transposed convolutions of few channels give what the reference gives") {
    lamina_test::check_on_devices("1 channel", transposed<1>, everywhere);
    lamina_test::check_on_devices("2 channels", transposed<2>, everywhere);
    lamina_test::check_on_devices("3 channels", transposed<3>, everywhere);
    lamina_test::check_on_devices("5 channels", transposed<5>, everywhere);
}

TEST_CASE("what reads results of few channels gives what the reference gives") {
    lamina_test::check_on_devices("1 channel", readers<1>, everywhere);
    lamina_test::check_on_devices("3 channels", readers<3>, everywhere);
    lamina_test::check_on_devices("rows shorter than a vector", narrow, everywhere);
}

TEST_CASE("one channel of a 4K picture takes 4 bytes a pixel, its result none") {
    constexpr std::int64_t picture = 2160 * 3840;
    network net;
    tensor x = net.input("x", {1, 1, 2160, 3840});
    for (int i = 0; i < 4; ++i)
        x = x | conv2d{name("layer", i), {.out = 1, .kernel = 3, .pad = 1}} | relu{};
    net.output("y", x);
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon}) {
        for (const bool half : {false, true}) {
            const run_time_plan plan = plan_at_run_time(net, half ? target.half() : target);
            CHECK(plan.steps == 4);
            CHECK(plan.arena_bytes == 2 * (half ? 2 : 4) * picture);
        }
    }
}

TEST_CASE("the last convolution writes the caller's memory") {
    for (const int channels : {1, 2, 3, 4}) {
        network net;
        const tensor x = net.input("x", {1, 3, 64, 64})
            | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}}
            | relu{};
        net.output("y", x | conv2d{"b", {.out = channels, .bias = true}} | sigmoid{});
        net.output("z", x | conv_transpose2d{"c", {.out = channels, .kernel = 2, .stride = 2}});
        for (const lamina::target& target : {cpu, cpu.half()}) {
            const run_time_plan plan = plan_at_run_time(net, target);
            CHECK(plan.steps == 3);
            CHECK(plan.arena_bytes == 64 * 64 * 32 * (target.stores_floats() ? 4 : 2));
        }
    }
}
