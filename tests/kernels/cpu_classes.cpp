// SPDX-License-Identifier: Apache-2.0
// Kernels of the classes cpu_avx2 and cpu_neon: blocks of 8 and 4 channels, tiles of their
// registers, at sizes that fit neither; against the reference.
#include "support/on_targets.hpp"
#include "support/random_networks.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/planner/target.hpp>

using namespace lamina;

namespace {

constexpr target classes[] = {cpu_avx2, cpu_neon};
constexpr target avx2[] = {cpu_avx2}, neon[] = {cpu_neon};
constexpr target halves[] = {cpu_avx2.half()};

/// A picture, 7x7 by two, 1x1, 3x3 directly and by Winograd, in groups and depthwise.
void convolutions(network& net) {
    const tensor x = net.input("x", {2, 3, 37, 41})
        | conv2d{"a", {.out = 21, .kernel = 7, .stride = 2, .pad = 3, .bias = true}}
        | relu{};
    const tensor y = x | conv2d{"b", {.out = 48, .kernel = 1}} | silu{};
    net.output("grouped",
        y
            | conv2d{"d", {.out = 64, .kernel = 3, .pad = 1, .groups = 2}}
            | conv2d{"e", {.out = 64, .kernel = 3, .pad = 1, .groups = 64}}
            | relu6{});
    const tensor z = x | conv2d{"f", {.out = 21, .kernel = 3, .pad = 1, .bias = true}};
    net.output("residual", add(z, x) | relu{});
}

/// What else has images: pools, resizes, transposed convolutions, norms, scales, concats.
void images(network& net) {
    const tensor x = net.input("x", {2, 19, 9, 11}) | relu{};
    const tensor up = x | conv_transpose2d{"a", {.out = 13, .kernel = 2, .stride = 2}};
    net.output("joined",
        concat({up, x | resize{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}}}, 1)
            | max_pool{{.kernel = 3, .stride = 2, .pad = 1}});
    const tensor s = x | global_avg_pool{} | sigmoid{};
    net.output("scaled", mul(x, s) | avg_pool{{.kernel = 2}} | batch_norm{"n"} | lamina::tanh{});
    net.output("normed", x | instance_norm{"i"} | relu{} | max_pool{{.kernel = 2}});
}

void rows(network& net) {
    const tensor t = net.input("t", {2, 21, 40});
    const tensor u = t | linear{"q", 40} | gelu_erf{};
    const tensor v = add(attention(u, t, u), t) | layer_norm{"n"};
    net.output("y", matmul(v, u, {.transpose_b = true}) | softmax{2});
    net.output("z", net.input("one", {1, 300}) | linear{"o", 37} | relu{});
}

}  // namespace

TEST_CASE("the CPU classes of 8 and 4 lanes give what the reference gives") {
    lamina_test::check_on_devices("convolutions", convolutions, classes);
    lamina_test::check_on_devices("images", images, neon);
    lamina_test::check_on_devices("rows", rows, avx2);
    lamina_test::check_on_devices(
        "a random network",
        [](network& net) {
            lamina_test::random_source random("random network of other CPU classes");
            lamina_test::make_random_network(net, random, 8);
        },
        avx2);
}

TEST_CASE("half storage works in blocks of 8") {
    lamina_test::check_on_devices(
        "a direct and a depthwise one",
        [](network& net) {
            const tensor x = net.input("x", {2, 21, 9, 11}) | relu{};
            net.output("y",
                x
                    | conv2d{"a", {.out = 40, .kernel = 3, .pad = 1, .bias = true}}
                    | relu{}
                    | conv2d{"b", {.out = 40, .kernel = 3, .stride = 2, .groups = 40}});
        },
        halves);
}
