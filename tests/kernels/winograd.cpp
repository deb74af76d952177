// SPDX-License-Identifier: Apache-2.0
// Winograd's 3x3 convolutions with each output tile, where images end inside a tile: against the
// reference, which sums in fp64.
#include "support/on_targets.hpp"
#include "support/planned.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

namespace {

/// Tiles of the transforms in a network's plan, one digit a weight.
std::string tiles_in(void (*define)(network&), int largest, const lamina::target& of = cpu) {
    network net;
    define(net);
    const planner::module m = lamina_test::planned(net, of.winograd(largest));
    std::string out;
    for (const planner::weight_recipe& r : m.weights)
        if (r.winograd) out += std::to_string(r.winograd);
    return out;
}

void residual_and_odd(network& net) {
    const tensor x = net.input("x", {3, 37, 29, 31}) | relu{};
    const tensor y = x | conv2d{"a", {.out = 37, .kernel = 3, .pad = 1, .bias = true}} | silu{};
    net.output("y", add(y, x) | relu{});
}

void asymmetric(network& net) {
    const tensor x = net.input("x", {2, 32, 27, 44}) | relu{};
    net.output("y",
        x | conv2d{"a", {.out = 48, .kernel = 3, .pad = {0, 2, 1, 0}}} | batch_norm{"n"} | relu6{});
}

void no_padding(network& net) {
    net.output(
        "y", net.input("x", {1, 40, 64, 63}) | relu{} | conv2d{"a", {.out = 64, .kernel = 3}});
}

void many_channels(network& net) {
    net.output("y",
        net.input("x", {1, 256, 14, 14})
            | relu{}
            | conv2d{"a", {.out = 256, .kernel = 3, .pad = 1, .bias = true}});
}

void in_a_concat(network& net) {
    const tensor x = net.input("x", {2, 32, 28, 28}) | relu{};
    net.output("y", concat({x, x | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}}}) | tanh{});
}

struct problem_of {
    const char* name;
    void (*define)(network&);
};
constexpr problem_of problems[] = {
    {"three images of 29x31, a residual", residual_and_odd},
    {"padding on two sides, a folded norm", asymmetric},
    {"no padding", no_padding},
    {"256 channels", many_channels},
    {"a slice of a concat", in_a_concat},
};

}  // namespace

TEST_CASE("Winograd's convolutions give what the reference gives, wherever an image ends") {
    for (const problem_of& each : problems)
        for (int tile : {2, 4, 6}) {
            CAPTURE(tile);
            // Storage of 16 bits has the same sums, with transformed weights in float.
            const lamina::target targets[]
                = {cpu.winograd(tile), (tile == 4 ? cpu.half() : cpu.bf16()).winograd(tile)};
            lamina_test::check_on_devices(each.name, each.define, targets);
        }
}

TEST_CASE("a target says how large the tiles of Winograd's filtering may be") {
    CHECK(tiles_in(no_padding, 0).empty());
    CHECK(tiles_in(no_padding, 2) == "2");
    CHECK(tiles_in(no_padding, 4) == "4");
    CHECK(tiles_in(no_padding, 6) == "6");
}

TEST_CASE(
    "storage of 16 bits takes Winograd's filtering where fp32 does, unless pairs are quicker") {
    CHECK(tiles_in(no_padding, 6, cpu.half()) == "6");
    CHECK_FALSE(tiles_in(many_channels, 6).empty());
    CHECK(tiles_in(many_channels, 6, cpu.bf16()) == tiles_in(many_channels, 6));
    CHECK(tiles_in(many_channels, 6, cpu.bf16().with(ability::avx512_bf16)).empty());
}

TEST_CASE("convolutions that Winograd's filtering does not fit are done directly") {
    const auto none = [](network& net) {
        const tensor x = net.input("x", {1, 32, 56, 56}) | relu{};
        net.output("stride", x | conv2d{"a", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}});
        net.output("taps", x | conv2d{"b", {.out = 32, .kernel = 5, .pad = 2}});
        net.output("dilated", x | conv2d{"c", {.out = 32, .kernel = 3, .pad = 2, .dilation = 2}});
        net.output("groups", x | conv2d{"d", {.out = 32, .kernel = 3, .pad = 1, .groups = 2}});
    };
    CHECK(tiles_in(none, 6).empty());
}
