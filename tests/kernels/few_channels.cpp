// SPDX-License-Identifier: Apache-2.0
// Convolutions of few channels, whose results the `cpu` classes store as rows: every way into and out of
// them, images and sequences, odd sizes, several images, epilogues with operands in rows and in blocks;
// against the reference. tests/planner/few_channels.cpp has what is stored so.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

namespace {

/// Vectors of 16, 8 and 4 numbers and storage of 16 bits are texts of their own, and so is each count of
/// channels: each network runs with every count, and on every class, but not with every pair of them.
constexpr target of_16[] = {cpu}, of_8[] = {cpu_avx2}, of_4[] = {cpu_neon}, half[] = {cpu.half()},
                 of_16_and_4[] = {cpu, cpu_neon}, of_8_and_half[] = {cpu_avx2, cpu.half()};

void check(const char* name, void (*define)(network&), std::span<const target> on) {
    lamina_test::check_on_devices(name, define, on);
}

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
    net.output("within", x | slice{3, {.start = 2, .stop = -3}} | conv2d{"k", {.out = 2}});
    net.output(
        "short", x | slice{3, {.stop = 3}} | conv2d{"m", {.out = 1, .kernel = 3, .pad = {1, 8}}});
    net.output("second",
        x
            | slice{3, {.start = 1, .step = 2}}
            | conv2d{"j", {.out = Channels, .kernel = 3, .pad = 1, .bias = true}});
}

template <int Channels> void transposed(network& net) {
    const tensor x = net.input("x", {2, Channels, 5, 19});
    net.output("rows",
        x
            | conv_transpose2d{"a",
                {.out = Channels, .kernel = 4, .stride = 2, .pad = 1, .bias = true}}
            | relu{});
    net.output("groups",
        x
            | conv_transpose2d{"b",
                {.out = Channels,
                    .kernel = 3,
                    .stride = 2,
                    .dilation = {3, 2},
                    .groups = Channels}});
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
    net.output("single",
        y | conv_transpose2d{"e", {.out = Channels, .kernel = 3, .pad = 1, .dilation = {2, 3}}});
}

/// What reads them as rows: the next convolution of few and of many channels, a mask, a concat of few, a
/// softmax, a permute, norms; with operands in rows and stretched. And pools and resizes, of values of their
/// own, because above a quarter of a block these ask for blocks.
template <int Channels> void readers(network& net) {
    const tensor x = net.input("x", {2, 17, 8, 35});
    const tensor few = x | conv2d{"a", {.out = Channels, .kernel = 3, .pad = 1}} | relu{};
    const tensor next = few | conv2d{"b", {.out = Channels, .kernel = 3, .pad = 1}};
    net.output("many", few | conv2d{"c", {.out = 24, .kernel = 3, .pad = 1, .bias = true}});
    const tensor mask = x | conv2d{"e", {.out = 1, .kernel = 5, .pad = 2}} | sigmoid{};
    net.output("masked", x * mask | conv2d{"f", {.out = 18, .kernel = 1}});
    net.output("gated", few * mask);
    // Of a value that nothing else reads, so that the convolution's epilogue has the operands.
    const tensor again = few | conv2d{"l", {.out = Channels, .kernel = 3, .pad = 1}};
    net.output("residual", add(again, few) * mask | relu{});
    net.output("joined",
        concat({few, mask}, 1) | conv2d{"g", {.out = 2, .kernel = {1, 3}, .pad = {0, 1}}} | relu{});
    net.output("classes", next | softmax{.axis = 1});
    net.output("heads", few | permute{{0, 2, 3, 1}} | flatten{} | lamina::tanh{});
    net.output("scaled",
        (few | conv2d{"m", {.out = Channels}})
            * (few | global_avg_pool{} | conv2d{"i", {.out = Channels}} | sigmoid{}));
    net.output("normal", few | instance_norm{"j"} | relu{});
    net.output("padded", next | pad{{.left = 2, .bottom = 1, .mode = replicate}});
    const tensor seen = few | conv2d{"k", {.out = Channels, .kernel = {1, 3}, .pad = {0, 1}}};
    net.output("pooled", seen | max_pool{{.kernel = 3, .stride = 2, .pad = 1}} | silu{});
    net.output("large",
        seen | resize{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}} | sigmoid{});
}

/// What reads them in blocks, which a convolution then writes instead: a concat with many channels, a
/// transposed convolution of many, groups.
template <int Channels> void readers_of_blocks(network& net) {
    const tensor x = net.input("x", {2, 17, 4, 35});
    const tensor few = x | conv2d{"a", {.out = Channels, .kernel = 3, .pad = 1}} | relu{};
    net.output("wider", few | conv_transpose2d{"b", {.out = 20, .kernel = 2, .stride = 2}});
    const tensor beside = x | conv2d{"c", {.out = Channels, .kernel = {3, 1}, .pad = {1, 0}}};
    net.output("beside", concat({x, beside}, 1) | conv2d{"d", {.out = 16, .kernel = 1}});
    const tensor parts = x | conv2d{"e", {.out = 6 * Channels}} | relu{};
    net.output(
        "parts", parts | conv2d{"f", {.out = Channels, .kernel = 3, .groups = Channels}} | silu{});
}

/// The same over sequences, which are images of one row.
template <int Channels> void sequences(network& net) {
    const tensor x = net.input("x", {2, Channels, 90});
    const tensor few
        = x | conv1d{"a", {.out = Channels, .kernel = 9, .pad = 4, .bias = true}} | relu{};
    net.output("rows", few);
    net.output("stride", few | conv1d{"b", {.out = 2, .kernel = 4, .stride = 3, .pad = 2}});
    net.output("far", few | conv1d{"c", {.out = 1, .kernel = 3, .pad = {20, 30}, .dilation = 25}});
    net.output("depthwise",
        few | conv1d{"d", {.out = Channels, .kernel = 3, .pad = 1, .groups = Channels}} | silu{});
    const tensor many = few | conv1d{"e", {.out = 18, .kernel = 5, .pad = 2}} | relu{};
    net.output("blocks", many | conv1d{"f", {.out = Channels, .kernel = 3, .bias = true}} | silu{});
    const tensor longer
        = many | conv_transpose1d{"g", {.out = Channels, .kernel = 4, .stride = 2, .pad = 1}};
    net.output("longer", longer | lamina::tanh{});
    net.output("next", longer | conv_transpose1d{"h", {.out = Channels, .kernel = 2, .stride = 2}});
    const tensor mask = many | conv1d{"i", {.out = 1, .kernel = 3, .pad = 1}} | sigmoid{};
    net.output("masked", many * mask | conv1d{"j", {.out = 17, .kernel = 1}});
    net.output("residual", add(few | conv1d{"k", {.out = Channels, .kernel = 1}}, few) * mask);
    net.output("joined", concat({few, mask}, 1) | conv1d{"m", {.out = 2, .kernel = 2}} | relu{});
    net.output("pooled",
        few | conv1d{"n", {.out = Channels, .kernel = 3}} | max_pool1d{{.kernel = 2}} | relu{});
    net.output("classes", few | softmax{.axis = 1});
    net.output("turned", few | permute{{0, 2, 1}} | linear{"l", {.out = 3}});
    net.output(
        "padded", few | pad{{.before = {0, 0, 3}, .after = {0, 0, 2}, .mode = replicate}} | relu{});
}

void narrow(network& net) {
    const tensor x = net.input("x", {2, 20, 5, 3});
    const tensor y = x | conv2d{"a", {.out = 3, .kernel = 3, .pad = 1}} | relu{};
    net.output("y", y);
    net.output("z", y | conv_transpose2d{"b", {.out = 2, .kernel = 2, .stride = 2}});
}

}  // namespace

TEST_CASE("convolutions of few channels give what the reference gives") {
    check("1 channel", convolutions<1>, of_16_and_4);
    check("2 channels", convolutions<2>, of_4);
    check("3 channels", convolutions<3>, half);
    check("4 channels", convolutions<4>, of_8);
}

TEST_CASE("transposed convolutions of few channels give what the reference gives") {
    check("1 channel", transposed<1>, of_16_and_4);
    check("2 channels", transposed<2>, of_4);
    check("3 channels", transposed<3>, half);
    check("4 channels", transposed<4>, of_8);
}

TEST_CASE("convolutions of sequences of few channels give what the reference gives") {
    check("1 channel", sequences<1>, of_16);
    check("2 channels", sequences<2>, of_4);
    check("4 channels", sequences<4>, of_8_and_half);
}

TEST_CASE("what reads results of few channels gives what the reference gives") {
    check("1 channel", readers<1>, of_16_and_4);
    check("3 channels", readers<3>, of_8_and_half);
    check("3 channels in blocks", readers_of_blocks<3>, of_16);
    check("2 channels in blocks", readers_of_blocks<2>, of_4);
    check("rows shorter than a vector", narrow, of_16);
}
