// SPDX-License-Identifier: Apache-2.0
// Weights as values (network::parameter) and weights that several layers share, on every target.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

TEST_CASE("a parameter is added and multiplied, stretched over the axes that it lacks") {
    lamina_test::check_on_devices("parameter in arithmetic", [](network& net) {
        const auto x = net.input("x", {2, 6, 5});
        const auto scale = net.parameter("scale", {5});
        net.output("added", x + net.parameter("position", {1, 6, 5}));
        net.output("scaled", mul(scale, x) | relu{});
        net.output("column", x - net.parameter("column", {6, 1}));
        net.output("both", scale + net.parameter("offset", {6, 1}));
    });
}

TEST_CASE("a parameter meets an image, before and behind convolutions") {
    lamina_test::check_on_devices("parameter and image", [](network& net) {
        const auto x = net.input("x", {2, 3, 5, 4}) | conv2d{"first", {.out = 20, .kernel = 1}};
        const auto y = x * net.parameter("gamma", {1, 20, 1, 1}) + net.parameter("map", {20, 5, 4});
        net.output("y", y);
        net.output("behind", y | relu{} | conv2d{"last", {.out = 4, .kernel = 3}});
        net.output("of itself",
            net.parameter("picture", {1, 3, 6, 6}) | conv2d{"own", {.out = 5, .kernel = 3}});
    });
}

TEST_CASE("a parameter is either operand of a product") {
    lamina_test::check_on_devices("parameter in products", [](network& net) {
        const auto x = net.input("x", {2, 4, 6});
        const auto table = net.parameter("table", {7, 6});
        net.output("right", matmul(x, table, {.transpose_b = true}));
        net.output("left", matmul(net.parameter("mix", {3, 4}), x));
        net.output("cut", matmul(x, table | slice{0, {.start = 2}} | transpose{0, 1}));
        net.output("queries", attention(net.parameter("queries", {2, 3, 6}), x, x));
        net.output("normal", table | layer_norm{"norm"} | linear{"fc", 5});
    });
}

TEST_CASE("a parameter is part of a concat, as class tokens are") {
    lamina_test::check_on_devices("class token", [](network& net) {
        const auto x = net.input("x", {1, 4, 6});
        const auto token = net.parameter("cls_token", {1, 1, 6});
        const auto all = concat({token, x}, 1) + net.parameter("pos_embed", {1, 5, 6});
        net.output("all", all);
        net.output("scores", all | slice{1, {.start = 0, .stop = 1}} | linear{"head", 3});
        net.output("repeated", concat({token, token}, 1));
    });
}

TEST_CASE("a parameter is an output, as it is and as another shape") {
    lamina_test::check_on_devices("parameter as output", [](network& net) {
        const auto table = net.parameter("anchors", {3, 4});
        net.output("anchors", table);
        net.output("flat", table | reshape{{12}});
        net.output("turned", table | transpose{0, 1});
        net.output("x", net.input("x", {2, 3, 4}) + table);
    });
}

TEST_CASE("an embedding's weights are shared with a layer and with a product") {
    lamina_test::check_on_devices("shared embedding", [](network& net) {
        const auto ids = net.input("ids", {2, 5}, dtype::i32);
        const auto x = ids | embedding{"wte", {.rows = 4, .width = 6}} | linear{"fc", 6};
        net.output("layer", x | linear{name("wte").shared(), {.out = 4, .bias = false}});
        net.output("product",
            matmul(x, net.parameter(name("wte.weight").shared(), {4, 6}), {.transpose_b = true}));
    });
}

TEST_CASE("convolutions and norms share their weights where the names say so") {
    lamina_test::check_on_devices("shared heads", [](network& net) {
        const auto x = net.input("x", {1, 4, 8, 8});
        const auto head = [](const tensor& at) {
            const auto y = at
                | conv2d{name("head").shared(), {.out = 6, .kernel = 3, .pad = 1, .bias = true}}
                | batch_norm{name("norm").shared()}
                | relu{};
            return y;
        };
        net.output("fine", head(x));
        net.output("coarse", head(x | max_pool{{.kernel = 2, .stride = 2}}));
    });
}

TEST_CASE("a shared convolution is folded with each batch norm of its own") {
    lamina_test::check_on_devices("shared convolution, own norms", [](network& net) {
        const auto x = net.input("x", {1, 4, 8, 8});
        const auto level = [](const tensor& at, int i) {
            const auto y = at
                | conv2d{name("head").shared(), {.out = 20, .kernel = 3, .pad = 1}}
                | batch_norm{name("norm") / i}
                | relu{};
            return y;
        };
        net.output("fine", level(x, 0));
        net.output("coarse", level(x | max_pool{{.kernel = 2, .stride = 2}}, 1));
    });
}
