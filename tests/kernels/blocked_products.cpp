// SPDX-License-Identifier: Apache-2.0
// Kernels of the cpu class for matrix products and attention, at sizes that fit no tile: odd rows,
// columns and sums, parts of a sum, several batches; both storages, against the reference.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

namespace {

constexpr lamina_test::which_targets blocked{.gpu = false};

constexpr auto both = [](const char* name, void (*define)(network&)) {
    lamina_test::check_on_devices(name, define, blocked);
};

// Each program costs a build, so that only those with code for halves are tried with them.
constexpr auto floats = [](const char* name, void (*define)(network&)) {
    lamina_test::check_on_devices(name, define, {.cpu_narrow = false, .gpu = false});
};

}  // namespace

TEST_CASE("linear gives what the reference gives at any number of rows, columns and terms") {
    floats("one row, one part of a panel",
        [](network& net) { net.output("y", net.input("x", {1, 37}) | linear{"a", 10} | relu{}); });
    both("one row, several panels, a sum in parts", [](network& net) {
        net.output("y", net.input("x", {1, 4109}) | linear{"a", 83} | relu{} | linear{"b", 33});
    });
    both("few rows", [](network& net) {
        net.output("y", net.input("x", {3, 300}) | linear{"a", 77} | gelu_erf{});
        net.output("z", net.input("x2", {8, 513}) | linear{"b", {.out = 32, .bias = false}});
    });
    both("many rows, a residual, more rows than a work-item takes", [](network& net) {
        const tensor x = net.input("x", {3, 71, 67}) | relu{};
        const tensor a = x | linear{"a", 290} | gelu_tanh{};
        net.output("y", add(a | linear{"b", 67}, x));
    });
    floats("rows of a wider tensor", [](network& net) {
        const tensor x = net.input("x", {2, 19, 24}) | relu{};
        net.output("y", concat({x | linear{"a", 21}, x | linear{"b", 40}}, 2) | relu{});
    });
    floats("a picture's last pixel", [](network& net) {
        net.output("y",
            net.input("x", {2, 37, 5, 5}) | relu{} | global_avg_pool{} | linear{"a", 70} | relu{});
    });
}

TEST_CASE("products of activations give what the reference gives, turned, stretched or strided") {
    floats("batches, a sum in parts", [](network& net) {
        const tensor a = net.input("a", {3, 37, 275}), b = net.input("b", {3, 275, 41});
        net.output("y", matmul(a, b) | relu{});
        net.output("z", matmul(b, a, {.transpose_a = true, .transpose_b = true}));
    });
    floats("either one turned, one of them stretched", [](network& net) {
        const tensor a = net.input("a", {2, 1, 21, 35}), b = net.input("b", {3, 19, 35});
        net.output("y", matmul(a, b, {.transpose_b = true}));
        const tensor c = net.input("c", {35, 50}), d = net.input("d", {35, 33});
        net.output("z", matmul(c, d, {.transpose_a = true}) | gelu_tanh{});
        net.output("u", matmul(a, d));
    });
    floats("heads side by side, one row", [](network& net) {
        const tensor x = net.input("x", {2, 9, 48});
        const tensor heads = x | reshape{{2, 9, 3, 16}} | permute{{0, 2, 1, 3}};
        net.output("y", matmul(heads, heads, {.transpose_b = true}));
        net.output("z", matmul(heads | permute{{0, 3, 1, 2}}, heads | permute{{0, 3, 2, 1}}));
        net.output("u", matmul(net.input("v", {1, 70}), net.input("w", {70, 12})));
    });
}

TEST_CASE("attention gives what the reference gives, wherever queries and keys end") {
    both("heads of a product", [](network& net) {
        const tensor all = net.input("x", {2, 21, 48}) | linear{"qkv", 144};
        const auto [q, k, v] = chunk<3>(all, 2);
        const auto heads
            = [](tensor t) { return t | reshape{{2, 21, 3, 16}} | permute{{0, 2, 1, 3}}; };
        net.output("y",
            attention(heads(q), heads(k), heads(v))
                | permute{{0, 2, 1, 3}}
                | reshape{{2, 21, 48}}
                | linear{"out", 48});
    });
    both("more keys than a block, odd widths", [](network& net) {
        const auto in
            = [&](const char* name, shape dims) { return net.input(name, dims) | relu{}; };
        net.output(
            "y", attention(in("q", {3, 37, 21}), in("k", {3, 331, 21}), in("v", {3, 331, 27})));
    });
    both("causal, then a mask of each key, then of each query and key", [](network& net) {
        const tensor q = net.input("q", {2, 3, 50, 8}), k = net.input("k", {2, 3, 50, 8}),
                     v = net.input("v", {2, 3, 50, 24});
        net.output("y", attention(q, k, v, {.causal = true}));
        net.output("z", attention(q, k, v, {.mask = net.input("m", {2, 1, 1, 50})}));
        net.output("u", attention(q, k, v, {.scale = 0.7f, .mask = net.input("n", {3, 50, 50})}));
    });
}

TEST_CASE(
    "norms and softmax along a dense axis give what the reference gives, whole vectors or not") {
    both("layer and rms norms", [](network& net) {
        const tensor x = net.input("x", {3, 7, 53});
        net.output("y", add(x | layer_norm{"a"} | gelu_erf{}, x));
        net.output("z", net.input("x2", {9, 96}) | rms_norm{"b"});
        net.output("u", net.input("x3", {5, 11}) | layer_norm{"c"});
    });
    floats("softmax along the last axis and across it", [](network& net) {
        const tensor x = net.input("x", {3, 19, 37});
        net.output("y", x | softmax{-1});
        net.output("z", x | softmax{1});
        net.output("u", x | log_softmax{0});
        net.output("v", net.input("x2", {4, 7}) | log_softmax{-1});
        net.output("w", net.input("x3", {2, 3, 1000}) | softmax{2});
    });
}

TEST_CASE("group and instance norms of images in blocks give what the reference gives") {
    floats("groups of 2, of 20 and of 48 channels; each channel", [](network& net) {
        const tensor x = net.input("x", {2, 40, 5, 7}) | relu{};
        net.output("y", add(x | group_norm{"b", 2}, x) | max_pool{{.kernel = 2}});
        net.output("w", x | group_norm{"a", 20} | relu{} | max_pool{{.kernel = 2}});
        net.output("v", x | instance_norm{"c"} | max_pool{{.kernel = 2}});
        net.output("z",
            net.input("x2", {1, 96, 3, 3}) | relu{} | group_norm{"d", 2} | max_pool{{.kernel = 2}});
        net.output("u",
            net.input("x3", {2, 21, 4, 3})
                | relu{}
                | group_norm{"e", 1}
                | silu{}
                | max_pool{{.kernel = 2}});
    });
}

TEST_CASE("reductions of lines side by side and along a dense axis give what the reference gives") {
    floats("means of tokens, sums and extremes of rows", [](network& net) {
        const tensor x = net.input("x", {2, 197, 37});
        net.output("y", x | reduce_mean{1});
        net.output("z", x | reduce_max{-1});
        net.output("u", x | reduce_min{0});
        net.output("v", net.input("x2", {3, 5, 7, 19}) | reduce_sum{{2, 3}});
        net.output("w", net.input("x3", {4, 4, 3, 20}) | reduce_mean{{0, 2}});
    });
}
