// SPDX-License-Identifier: Apache-2.0
// Convolutions in groups that are not made of whole blocks of channels (conv_grouped): widths that fill no
// block, more and fewer channels out than in, every kind of window, wherever an image ends.
#include "support/on_targets.hpp"
#include "support/planned.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

namespace {

constexpr lamina_test::which_targets blocked{.gpu = false};
constexpr lamina::target narrow_classes[]{cpu_avx2, cpu_neon};

tensor picture(network& net, int n, int c, int h, int w) {
    return net.input("x", {n, c, h, w}) | relu{};
}

/// Groups of Width channels, three of them and more, each way of moving over a picture.
template <int Width> void widths(network& net) {
    const tensor x = picture(net, 2, 7 * Width, 9, 11);
    const tensor y
        = x | conv2d{"a", {.out = 7 * Width, .kernel = 3, .pad = 1, .groups = 7, .bias = true}};
    net.output("y", add(y, x) | relu{});
    net.output("by two",
        y | conv2d{"b", {.out = 14 * Width, .kernel = 3, .stride = 2, .pad = 1, .groups = 7}});
    net.output("1x1", x | conv2d{"c", {.out = 7 * Width, .kernel = 1, .groups = 7}} | silu{});
    net.output("1x1 by two",
        x | conv2d{"d", {.out = 7 * Width, .kernel = 1, .stride = 2, .groups = 7, .bias = true}});
}

void windows(network& net) {
    const tensor x = picture(net, 1, 30, 37, 41);
    net.output("uneven",
        x
            | conv2d{"a",
                {.out = 20,
                    .kernel = {2, 5},
                    .stride = {3, 2},
                    .pad = {2, 0, 1, 3},
                    .groups = 10,
                    .bias = true}}
            | relu6{});
    net.output(
        "dilated", x | conv2d{"b", {.out = 30, .kernel = 3, .pad = 3, .dilation = 3, .groups = 6}});
    net.output("dilated by its stride",
        x
            | conv2d{
                "c", {.out = 30, .kernel = 3, .stride = 2, .pad = 2, .dilation = 2, .groups = 6}});
    net.output("dilated beside its stride",
        x
            | conv2d{
                "d", {.out = 30, .kernel = 3, .stride = {2, 3}, .dilation = {3, 2}, .groups = 6}});
    net.output("one column", x | conv2d{"e", {.out = 30, .kernel = {3, 41}, .groups = 5}});
    net.output("wider than a tile",
        x | conv2d{"f", {.out = 90, .kernel = {1, 3}, .pad = {0, 1}, .groups = 30}} | sigmoid{});
}

/// Work-items that begin inside a block of the input, and a last one with fewer groups than the others.
void periods(network& net) {
    const tensor x = picture(net, 2, 66, 6, 7);
    net.output(
        "y", x | conv2d{"a", {.out = 176, .kernel = 3, .pad = 1, .groups = 11, .bias = true}});
    net.output("z", x | conv2d{"b", {.out = 110, .kernel = 1, .groups = 11}});
    net.output("fewer", x | conv2d{"c", {.out = 33, .kernel = 3, .groups = 11}});
}

void sequences(network& net) {
    const tensor x = net.input("x", {2, 30, 53}) | relu{};
    net.output("y",
        x
            | conv1d{"a", {.out = 30, .kernel = 3, .pad = same, .groups = 10, .bias = true}}
            | relu{});
    net.output("z", x | conv1d{"b", {.out = 50, .kernel = 5, .stride = 2, .groups = 10}});
}

/// The result lies in a concat; an operand is a slice of another value.
void among_others(network& net) {
    const tensor x = picture(net, 2, 48, 8, 10);
    const tensor a = x | conv2d{"a", {.out = 48, .kernel = 3, .pad = 1, .groups = 4}};
    const tensor b = x | conv2d{"b", {.out = 36, .kernel = 1, .groups = 12}};
    const tensor both = concat({a, b});
    net.output("y", both | conv2d{"c", {.out = 84, .kernel = 1, .groups = 7}} | relu{});
    const auto parts = split(both, {42, 42}, 1);
    net.output(
        "z", parts[1] + (parts[0] | conv2d{"d", {.out = 42, .kernel = 3, .pad = 1, .groups = 6}}));
}

/// Groups of so many channels that a work-item computes a part of one and takes its input a few blocks at a time:
/// some work-items compute channels of two groups.
void many_channels(network& net) {
    const tensor x = picture(net, 2, 3 * 204, 7, 9);
    net.output("y",
        x
            | conv2d{"a", {.out = 3 * 204, .kernel = 3, .pad = 1, .groups = 3, .bias = true}}
            | relu{});
    net.output("by two", x | conv2d{"b", {.out = 3 * 40, .kernel = 3, .stride = 2, .groups = 3}});
    net.output("1x1", x | conv2d{"c", {.out = 3 * 72, .kernel = 1, .groups = 3}});
}

/// 1x1 convolutions whose groups are whole blocks of the output but not of the input, which are read in the lanes
/// where a shuffle or a slice finds them.
void whole_blocks_out(network& net) {
    const tensor x = picture(net, 2, 60, 5, 7);
    net.output("y", x | conv2d{"a", {.out = 96, .kernel = 1, .groups = 3, .bias = true}} | relu{});
    net.output("by two", x | conv2d{"b", {.out = 144, .kernel = 1, .stride = 2, .groups = 3}});
    net.output("shuffled",
        x
            | channel_shuffle{5}
            | conv2d{"c", {.out = 192, .kernel = 1, .groups = 12, .bias = true}});
    const auto parts = split(x, {18, 42}, 1);
    net.output("part", parts[1] | conv2d{"d", {.out = 96, .kernel = 1, .groups = 2}});
    net.output("padded", x | conv2d{"e", {.out = 96, .kernel = 1, .pad = 1, .groups = 3}});
}

std::string family_of(int in, int out, int groups, const lamina::target& target) {
    network net;
    net.output("y",
        picture(net, 1, in, 12, 12)
            | conv2d{"a", {.out = out, .kernel = 3, .pad = 1, .groups = groups}}
            | global_avg_pool{});
    return lamina_test::families_of(lamina_test::planned(net, target)).at(1);
}

}  // namespace

TEST_CASE("grouped convolutions give what the reference gives, whatever a group's width is") {
    lamina_test::check_on_devices(
        "1 to 2",
        [](network& net) {
            net.output("y",
                picture(net, 2, 19, 9, 11)
                    | conv2d{"a", {.out = 38, .kernel = 3, .pad = 1, .groups = 19, .bias = true}});
        },
        blocked);
    lamina_test::check_on_devices("widths of 3", widths<3>, blocked);
    lamina_test::check_on_devices("widths of 10", widths<10>, blocked);
    lamina_test::check_on_devices("widths of 17", widths<17>, narrow_classes);
}

TEST_CASE("grouped convolutions give what the reference gives, however the window moves") {
    lamina_test::check_on_devices("windows", windows, blocked);
    lamina_test::check_on_devices("periods", periods, blocked);
    lamina_test::check_on_devices("periods", periods, narrow_classes);
    lamina_test::check_on_devices("sequences", sequences, blocked);
    lamina_test::check_on_devices("among others", among_others, blocked);
}

TEST_CASE("grouped convolutions of many channels take them a few at a time") {
    lamina_test::check_on_devices("many channels", many_channels, blocked);
    lamina_test::check_on_devices("many channels", many_channels, narrow_classes);
}

TEST_CASE(
    "1x1 convolutions whose groups fill blocks of the output read the input's channels one by one") {
    lamina_test::check_on_devices("whole blocks out", whole_blocks_out, blocked);
    lamina_test::check_on_devices("whole blocks out", whole_blocks_out, narrow_classes);
    network net;
    net.output("y",
        picture(net, 1, 60, 12, 12)
            | conv2d{"a", {.out = 240, .kernel = 1, .groups = 3}}
            | global_avg_pool{});
    CHECK(lamina_test::families_of(lamina_test::planned(net, cpu)).at(1) == "conv2d_blocked");
}

TEST_CASE("no common convolution in groups is left to conv_any on a CPU") {
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon})
        for (const int width : {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, 64, 112})
            for (const int groups : {2, 3, 4, 10, 32}) {
                if (width * groups <= 4) continue;
                CAPTURE(std::string(target.label()));
                CAPTURE(width);
                CAPTURE(groups);
                CHECK(family_of(width * groups, width * groups, groups, target) != "conv_any");
                CHECK(family_of(width * groups, 2 * width * groups, groups, target) != "conv_any");
                CHECK(family_of(2 * width * groups, width * groups, groups, target) != "conv_any");
            }
}
