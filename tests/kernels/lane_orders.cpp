// SPDX-License-Identifier: Apache-2.0
// Channels that are read from other lanes than their own: slices with steps and from inside a block,
// shuffles, concats with gaps; by convolutions, copies, chains and the caller, against the reference.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

namespace {

constexpr lamina_test::which_targets blocked{.gpu = false};
constexpr lamina::target narrow_classes[]{cpu_avx2, cpu_neon};

tensor picture(network& net, int c) {
    return net.input("x", {2, c, 7, 9}) | relu{} | conv2d{"first", {.out = c, .kernel = 1}};
}

void slices(network& net) {
    const tensor x = picture(net, 45);
    const tensor odd = x | slice{1, {.start = 1, .step = 2}};
    net.output("1x1", odd | conv2d{"a", {.out = 35, .bias = true}} | relu{});
    net.output("1x1 by two",
        x | slice{1, {.start = 7, .stop = 41}} | conv2d{"b", {.out = 20, .stride = 2}});
    net.output(
        "3x3", x | slice{1, {.start = 2, .step = 3}} | conv2d{"c", {.out = 17, .kernel = 3}});
    net.output("itself", odd);
    net.output("sum", odd + (x | slice{1, {.start = 0, .stop = 44, .step = 2}}));
    net.output("every other pixel",
        x
            | slice{2, {.start = 1, .step = 2}}
            | slice{3, {.start = 0, .step = 3}}
            | conv2d{"d", {.out = 33}});
    net.output("pool", x | slice{1, {.start = 20}} | max_pool{{.kernel = 2}});
}

/// Parts from inside a block that chains read, as Res2Net adds them, and concats that begin there.
void parts(network& net) {
    const tensor x = picture(net, 45);
    const auto part
        = [&](int start, int stop) { return x | slice{1, {.start = start, .stop = stop}}; };
    const tensor a = part(7, 40) | conv2d{"a", {.out = 33, .kernel = 3, .pad = 1}} | relu{};
    net.output("sum", a + part(5, 38) | conv2d{"b", {.out = 9, .kernel = 3}});
    net.output("product", (part(20, 36) * part(3, 19) | silu{}) | max_pool{{.kernel = 2}});
    net.output("behind each other",
        concat({part(1, 6), part(30, 45), part(9, 32)}) | avg_pool{{.kernel = 2}});
}

void shuffles(network& net) {
    const tensor x = picture(net, 60);
    const tensor mixed = x | channel_shuffle{2};
    const auto halves = chunk<2>(mixed, 1);
    net.output("1x1", halves[1] | conv2d{"a", {.out = 30}} | relu{});
    net.output("depthwise", mixed | conv2d{"b", {.out = 60, .kernel = 3, .pad = 1, .groups = 60}});
    net.output("again", mixed | channel_shuffle{30} | conv2d{"c", {.out = 18}});
    net.output("others", mixed | channel_shuffle{3} | conv2d{"d", {.out = 18}});
    net.output(
        "a step", mixed | slice{1, {.start = 3, .stop = 50, .step = 4}} | conv2d{"e", {.out = 18}});
    net.output("odd parts", mixed | slice{1, {.start = 5, .stop = 32}} | conv2d{"f", {.out = 18}});
    net.output("itself", x | channel_shuffle{5});
    net.output("flat", mixed | reshape{{2, 60 * 63}} | linear{"g", 11});
}

void gaps(network& net) {
    const tensor x = picture(net, 20);
    const auto part = [&](const char* at) {
        return x | conv2d{at, {.out = 13, .kernel = 3, .pad = 1}} | silu{};
    };
    const tensor a = part("a");
    const tensor all = concat({a, part("b"), x | slice{1, {.start = 7}}});
    net.output("1x1", all | conv2d{"d", {.out = 40}} | relu{});
    net.output(
        "b", all | slice{1, {.start = 13, .stop = 26}} | conv2d{"e", {.out = 9, .kernel = 3}});
    net.output("across", all | slice{1, {.start = 10, .stop = 30}});
    net.output("shuffled", all | channel_shuffle{3} | conv2d{"f", {.out = 40}});
    net.output("a as well", a);
    net.output("without gaps", concat({a, x}) | avg_pool{{.kernel = 2}});
}

void sequences(network& net) {
    const tensor x
        = net.input("x", {2, 37, 21}) | relu{} | conv1d{"first", {.out = 37, .kernel = 1}};
    net.output(
        "1x1", x | slice{1, {.start = 0, .step = 2}} | conv1d{"a", {.out = 19, .kernel = 1}});
    net.output("3", x | slice{1, {.start = 1, .step = 2}} | conv1d{"b", {.out = 19, .kernel = 3}});
    net.output(
        "by two", x | slice{2, {.start = 1, .step = 2}} | conv1d{"c", {.out = 19, .kernel = 1}});
}

}  // namespace

TEST_CASE("channels in any order of lanes give what the reference gives") {
    lamina_test::check_on_devices("slices", slices, blocked);
    lamina_test::check_on_devices("parts", parts, blocked);
    lamina_test::check_on_devices("shuffles", shuffles, blocked);
    lamina_test::check_on_devices("gaps", gaps, blocked);
    lamina_test::check_on_devices("sequences", sequences, blocked);
    lamina_test::check_on_devices("parts", parts, narrow_classes);
    lamina_test::check_on_devices("shuffles", shuffles, narrow_classes);
    lamina_test::check_on_devices("gaps", gaps, narrow_classes);
}
