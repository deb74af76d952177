// SPDX-License-Identifier: Apache-2.0
// Several layers in one network, where what one step leaves is what the next one must read: blocks
// that are not full, slices inside of them, concats in place and not, residuals, two outputs.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;
using lamina_test::check_on_devices;

namespace {

/// What makes an image of another layout than the caller's rows, with `channels` channels.
constexpr tensor image_of(network& net, int channels, int batch = 2, int side = 5) {
    return net.input("x", {batch, 3, side, side})
        | conv2d{"first", {.out = channels, .kernel = 1, .bias = true}};
}

}  // namespace

TEST_CASE("chains through blocks that are not full compute what the reference does") {
    check_on_devices("three images, 20 channels", [](network& net) {
        auto x = image_of(net, 20, 3, 7) | sigmoid{};
        // Lanes behind the last channel would be -infinity here (padding_lanes.cpp looks at them).
        x = x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}} | log{};
        x = x | conv2d{"middle", {.out = 21, .kernel = 3, .pad = 1}} | batch_norm{"bn"} | silu{};
        x = x | resize{{.size = {5, 9}, .mode = bilinear, .coordinates = half_pixel}} | sigmoid{};
        x = x | group_norm{"norm", 3};
        x = x | pad{{.top = 1, .left = 2, .mode = reflect}};
        x = x | conv_transpose2d{"up", {.out = 18, .kernel = 2, .stride = 2, .bias = true}};
        net.output("y", x | conv2d{"last", {.out = 5, .kernel = 3}});
    });  // thirteen roundings to half in a row
    check_on_devices("grouped and depthwise", [](network& net) {
        auto x = image_of(net, 24) | relu6{};
        x = x | conv2d{"wise", {.out = 24, .kernel = 3, .stride = 2, .pad = 1, .groups = 24}};
        x = x | relu6{} | conv2d{"four", {.out = 20, .kernel = 3, .pad = 1, .groups = 4}};
        x = x | conv_transpose2d{"up", {.out = 12, .kernel = 3, .stride = 2, .groups = 2}};
        net.output("y", x | batch_norm{"bn"} | tanh{});
    });
}

TEST_CASE("concats and slices inside of blocks compute what the reference does") {
    check_on_devices("24 and 20 channels side by side", [](network& net) {
        const auto x = image_of(net, 24);
        const auto a = x | conv2d{"a", {.out = 24, .kernel = 3, .pad = 1}} | relu{};
        const auto b = x | conv2d{"b", {.out = 20, .kernel = 1}} | sigmoid{};
        net.output("y", concat({a, b}) | conv2d{"last", {.out = 7, .kernel = 1}});
    });
    check_on_devices("32 and 20 channels in place", [](network& net) {
        const auto x = image_of(net, 32);
        const auto a = x | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}} | relu{};
        const auto b = x | avg_pool{{.kernel = 3, .stride = 1, .pad = 1}};
        const auto c = x | conv2d{"c", {.out = 20, .kernel = 1}} | sigmoid{};
        net.output("y", concat({a, b, c}) | max_pool{{.kernel = 2, .stride = 2}});
    });
    check_on_devices("odd starts", [](network& net) {
        const auto x = image_of(net, 40);
        const auto a = x | slice{1, {.start = 5, .stop = 26}};
        const auto b = x | slice{1, {.start = 19}};
        const auto c = x | slice{2, {.start = 1, .step = 2}} | slice{1, {.start = 3, .step = 5}};
        net.output("sum", a + b);
        net.output("conv", a | conv2d{"conv", {.out = 6, .kernel = 3}});
        net.output("mean", c | reduce_mean{{1, 3}});
        net.output("soft", b | softmax{1});
    });
    check_on_devices("along other axes", [](network& net) {
        const auto x = image_of(net, 20);
        const auto a = x | relu{}, b = x | max_pool{{.kernel = 1}};
        net.output("rows", concat({a, b, x}, 2) | conv2d{"conv", {.out = 4, .kernel = 3}});
        net.output("batch", concat({x | slice{0, {.stop = 1}}, a}, 0) | global_avg_pool{});
    });
}

TEST_CASE("images that become rows and rows that become images compute what the reference does") {
    check_on_devices("tokens", [](network& net) {
        const auto x = image_of(net, 20, 2, 4);
        auto t = x | reshape{{2, 20, 16}} | permute{{0, 2, 1}};
        t = t + (t | layer_norm{"norm"} | linear{"mlp", {.out = 20}} | gelu_erf{});
        const auto q
            = t | linear{"q", {.out = 20}} | reshape{{2, 16, 2, 10}} | permute{{0, 2, 1, 3}};
        const auto k
            = t | linear{"k", {.out = 20}} | reshape{{2, 16, 2, 10}} | permute{{0, 2, 1, 3}};
        t = attention(q, k, q) | permute{{0, 2, 1, 3}} | reshape{{2, 16, 20}};
        const auto back = t | permute{{0, 2, 1}} | reshape{{2, 20, 4, 4}};
        net.output("y", (back + x) | conv2d{"last", {.out = 9, .kernel = 3}});
    });
    check_on_devices("shuffles", [](network& net) {
        const auto x = image_of(net, 20, 1, 6);
        net.output("big", x | pixel_shuffle{2} | conv2d{"big", {.out = 3, .kernel = 3}});
        net.output("small", x | pixel_unshuffle{2} | max_pool{{.kernel = 2}});
        net.output("mixed", x | channel_shuffle{4} | conv2d{"mixed", {.out = 3, .kernel = 1}});
        net.output("flat", x | flatten{} | linear{"flat", {.out = 11}});
    });
}

TEST_CASE(
    "functions behind views, which the step before the views takes, compute what the reference does") {
    check_on_devices("an image as rows", [](network& net) {
        const auto x = image_of(net, 20, 2, 5) | conv2d{"conv", {.out = 21, .kernel = 3}};
        const auto rows = x | flatten{2} | permute{{0, 2, 1}} | gelu_erf{};
        net.output("rows", rows);
        net.output("y", rows * 0.5f | linear{"linear", {.out = 7}} | permute{{1, 0, 2}} | relu{});
    });
    check_on_devices("shuffled pixels", [](network& net) {
        const auto x = image_of(net, 7, 2, 5) | conv2d{"up", {.out = 24, .kernel = 3, .pad = 1}};
        const auto y = (x | batch_norm{"norm"}) | pixel_shuffle{2} | silu{};
        net.output("y", y | conv2d{"last", {.out = 3, .kernel = 3}} | flatten{} | tanh{});
    });
    check_on_devices("heads and residuals", [](network& net) {
        const auto x = net.input("x", {3, 10, 24});
        const auto sum = x + (x | layer_norm{"norm"} | linear{"mlp", {.out = 24}});
        const auto heads = sum | reshape{{3, 10, 4, 6}} | permute{{0, 2, 1, 3}} | softplus{};
        net.output("scores",
            matmul(heads, heads, {.transpose_b = true}) | permute{{2, 3, 0, 1}} | sigmoid{});
    });
}

TEST_CASE("residuals, broadcasts and values used twice compute what the reference does") {
    check_on_devices("squeeze and excite", [](network& net) {
        const auto x = image_of(net, 24) | silu{};
        auto s = x | global_avg_pool{} | conv2d{"down", {.out = 6, .kernel = 1, .bias = true}};
        s = s | relu{} | conv2d{"up", {.out = 24, .kernel = 1, .bias = true}} | sigmoid{};
        const auto scaled = x * s;
        net.output("inside", scaled);
        net.output("y", (scaled | conv2d{"last", {.out = 24, .kernel = 3, .pad = 1}}) + x);
    });
    check_on_devices("option A shortcut", [](network& net) {
        const auto x = image_of(net, 16, 2, 8) | relu{};
        const auto y
            = x | conv2d{"a", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}} | batch_norm{"a.bn"};
        const auto half = x | slice{2, {.step = 2}} | slice{3, {.step = 2}};
        const auto shortcut = half | pad{{.before = {0, 8, 0, 0}, .after = {0, 8, 0, 0}}};
        net.output("y", (y + shortcut) | relu{} | global_avg_pool{} | linear{"fc", {.out = 10}});
    });
    check_on_devices("one channel of many, stretched over all and alone", [](network& net) {
        const auto x = image_of(net, 20);
        const auto one = x | slice{1, {.start = 2, .stop = 3}};
        const auto last = x | slice{1, {.start = 17, .stop = 18}};
        net.output("gated", (x * one) | conv2d{"next", {.out = 20, .kernel = 3, .pad = 1}});
        net.output("alone", (one * last) + (x | slice{1, {.stop = 1}} | sigmoid{}));
        net.output("both", (x - last) * one | max_pool{{.kernel = 2}});
    });
    check_on_devices("rows and columns stretched", [](network& net) {
        const auto x = image_of(net, 20);
        const auto row = net.input("row", {1, 1, 5, 1}), channel = net.input("c", {20, 1, 1});
        net.output("y", ((x + row) * channel | avg_pool{{.kernel = 2}}) - 0.5f);
        net.output("linear",
            (net.input("v", {2, 3, 9}) | linear{"l", {.out = 17}}) * net.input("w", {3, 1}));
    });
}

TEST_CASE("windows that one work-group shares compute what the reference does") {
    check_on_devices("wide windows and lines", [](network& net) {
        const auto x = net.input("x", {2, 3, 24, 20}) | conv2d{"first", {.out = 20, .kernel = 1}};
        net.output("mean", x | global_avg_pool{});
        net.output("max", x | adaptive_max_pool{2});
        net.output("sum", x | reduce_mean{{2, 3}});
        net.output("all", x | reduce_max{});
        net.output("norm", x | instance_norm{});
        net.output("soft", net.input("v", {2, 700}) | softmax{1});
        net.output("best", net.input("w", {2, 700}) | argmax{1});
    });
}
