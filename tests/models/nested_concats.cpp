// SPDX-License-Identifier: Apache-2.0
// Dense blocks that name all their parts in each concat: every target against the reference.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

#include <vector>

using namespace lamina;

namespace {

constexpr target all_targets[] = {cpu, cpu_avx2, gpu, cpu.half(), gpu.half()};

/// What each layer reads is also an output, a residual, or what a longer concat ends with.
void dense_block(network& net, int width, int axis) {
    const auto conv = [&](const tensor& x, const char* at) {
        return x | conv2d{at, {.out = width, .kernel = 3, .pad = 1, .bias = true}};
    };
    const tensor first = conv(net.input("x", {2, 5, 9, 7}), "first");
    const tensor a = conv(first, "a") | relu{};
    const tensor b = conv(concat({first, a}, axis) | slice{2, {.stop = 9}}, "b") | relu{};
    const tensor abc = concat({first, a, b}, axis);
    const tensor c = conv(abc | slice{2, {.stop = 9}}, "c");
    net.output("pooled", abc | global_avg_pool{});
    const tensor all = concat({first, a, b, c}, axis);
    net.output("all", all);
    net.output("y", conv(all | slice{2, {.stop = 9}}, "last") * 0.2f + first);
}

}  // namespace

TEST_CASE("concats that begin as others do have one memory, and the reference's numbers") {
    lamina_test::check_on_devices(
        "dense block", [](network& net) { dense_block(net, 32, 1); }, all_targets);
    lamina_test::check_on_devices(
        "dense block of odd widths", [](network& net) { dense_block(net, 9, 1); }, all_targets);
    lamina_test::check_on_devices(
        "dense block along rows", [](network& net) { dense_block(net, 16, 2); }, all_targets);
}
