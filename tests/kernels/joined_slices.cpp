// SPDX-License-Identifier: Apache-2.0
// Concats that take what others have joined, all slices of a value, or rows that were blocks of channels: each
// value is written to its place once.
#include "support/on_targets.hpp"
#include "support/planned.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using namespace lamina;

namespace {

tensor conv(const tensor& x, std::string_view at, int out) {
    return x | conv2d{at, {.out = out, .kernel = 3, .pad = 1, .bias = true}} | relu{};
}

/// Each convolution reads all before it, listed anew (Real-ESRGAN's blocks).
template <int Width> void dense_block(network& net) {
    const tensor x = conv(net.input("x", {2, 3, 7, 9}), "stem", Width);
    const tensor a = conv(x, "a", Width), b = conv(concat({x, a}), "b", Width),
                 c = conv(concat({x, a, b}), "c", Width);
    net.output("y", conv(concat({x, a, b, c}), "d", Width) + x | global_avg_pool{});
}

/// The halves of a value and what is computed from one of them (YOLO's C2f).
template <int Width> void halves_first(network& net) {
    const tensor x = conv(net.input("x", {2, 3, 7, 9}), "stem", 2 * Width);
    const auto parts = split(x, {Width, Width}, 1);
    const tensor a = conv(parts[1], "a", Width), b = conv(a, "b", Width);
    net.output("y", conv(concat({parts[0], parts[1], a, b}), "c", Width) | global_avg_pool{});
}

/// Results of three sizes as rows, one behind the other (the head of a detector).
void levels(network& net) {
    const tensor x = net.input("x", {2, 3, 8, 12});
    const tensor a = conv(x, "a", 20), b = conv(a | max_pool{{.kernel = 2}}, "b", 20),
                 c = conv(b | max_pool{{.kernel = 2}}, "c", 20);
    net.output("y",
        concat({a | reshape{{2, 20, 96}}, b | reshape{{2, 20, 24}}, c | reshape{{2, 20, 6}}}, 2)
            | softmax{1});
}

/// Joined values that are read and given out by themselves too, in other orders and twice.
void in_many_ways(network& net) {
    const tensor x = conv(net.input("x", {1, 3, 5, 6}), "stem", 64);
    const auto parts = split(x, {16, 32, 16}, 1);
    const tensor a = conv(parts[2], "a", 16), b = conv(parts[1], "b", 32);
    const tensor both = concat({a, b});
    net.output("both", both);
    net.output("again", concat({a, b, a, b}) | relu{});
    net.output("same", concat({a, b}) | relu{});
    net.output("turned", concat({b, a, x}) | sigmoid{});
    net.output("out of order", concat({parts[1], parts[0], parts[2], a}) | relu{});
    net.output("all but one", concat({parts[0], parts[1], a}) | relu{});
    net.output("inside", concat({a, parts[0], parts[1], parts[2], a, b}) | relu{});
    net.output("only slices", concat({parts[0], parts[1], parts[2]}) | relu{});
    net.output("along a side", concat({x, x | relu{}, x}, 2) | relu{});
    const tensor rows = x | reshape{{1, 64, 30}};
    net.output("rows", rows | relu{});
    net.output("rows twice", concat({rows, rows, x | reshape{{1, 64, 30}}}, 2));
}

int reformats_of(void (*define)(network&), const lamina::target& target) {
    network net;
    define(net);
    const auto steps = lamina_test::steps_of(lamina_test::planned(net, target));
    return static_cast<int>(std::count(steps.begin(), steps.end(), "reformat"));
}

}  // namespace

TEST_CASE("nested concats give what the reference gives") {
    lamina_test::check_on_devices("dense block of 16", dense_block<16>);
    lamina_test::check_on_devices("dense block of 12", dense_block<12>);
    lamina_test::check_on_devices("halves of 16", halves_first<16>);
    lamina_test::check_on_devices("halves of 8", halves_first<8>);
    lamina_test::check_on_devices("halves of 10", halves_first<10>);
    lamina_test::check_on_devices("levels", levels);
    lamina_test::check_on_devices("in many ways", in_many_ways);
}

TEST_CASE("values that several concats join are written to their place") {
    for (const lamina::target& target : {cpu, cpu_avx2, gpu}) {
        CAPTURE(std::string(target.label()));
        CHECK(reformats_of(dense_block<16>, target) == 0);
        CHECK(reformats_of(halves_first<16>, target) == 0);
        if (target.blocks_channels()) CHECK(reformats_of(levels, target) == 3);
    }
}
