// SPDX-License-Identifier: Apache-2.0
// What CPUs do for many elements at once: lines that are turned, wrapped and repeated along other axes are copied whole,
// blocks of channels become planes by squares, and their pixels are reduced together; against the reference.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>

#include <algorithm>

using namespace lamina;

namespace {

constexpr lamina::target narrow_classes[]{cpu_avx2, cpu_neon};

/// True if a step of the network's plan for a CPU has the kernel with such a line among its defines.
bool has_kernel(void (*define)(network&), std::string_view family, std::string_view with = "") {
    network net;
    define(net);
    const run_time_plan plan = plan_at_run_time(net, cpu);
    const auto view = plan_view::open(plan);
    return std::any_of(view->kernels.begin(), view->kernels.end(), [&](const plan_kernel& k) {
        return k.family == family && k.defines.find(with) != std::string_view::npos;
    });
}

void lines(network& net) {
    const tensor x = net.input("x", {2, 5, 7, 19});
    net.output("rolled", x | roll{{-3, 2}, {1, 2}});
    net.output("rolled within lines", x | roll{{1, 4}, {0, 3}});
    net.output("turned", x | lamina::flip{{0, 2}});
    net.output("turned within lines", x | lamina::flip{{1, 3}});
    net.output("repeated", x | tile{{1, 2, 3, 1}});
    net.output("repeated within lines", x | tile{{1, 1, 2, 2}});
    net.output("columns", x | permute{{0, 1, 3, 2}} | roll{4, 2});
    net.output("short lines", net.input("x2", {3, 5, 2}) | roll{2, 1});
    net.output("indices", net.input("i", {4, 11}, dtype::i32) | lamina::flip{0});
    net.output("truths", gt(x, 0) | roll{3, 2});
}

void pixels(network& net) {
    const auto image = [&](const char* at, shape dims) {
        return net.input(at, dims) | conv2d{name("to") / at, {.out = dims.c, .kernel = 1}};
    };
    const tensor x = image("x", {2, 45, 19, 17});  // more than one run of 256
    net.output("sums", x | reduce_sum{{2, 3}, true} | lamina::sqrt{});
    net.output("means", x | reduce_mean{{2, 3}});
    net.output("scaled", x * (x | reduce_max{{2, 3}, true}) | max_pool{{.kernel = 2}});
    const tensor few = image("few", {3, 21, 3, 3});
    net.output("least", few | reduce_min{{2, 3}});
    net.output("products", few | reduce_prod{{2, 3}, true});
    net.output("one row", few | slice{2, {.stop = 1}} | reduce_max{{2, 3}});
    net.output("a part of each row", x | slice{3, {.start = 3}} | reduce_sum{{2, 3}});
    const tensor sequence
        = net.input("s", {2, 37, 300}) | conv1d{"first", {.out = 37, .kernel = 1}} | relu{};
    net.output("sequence", sequence | reduce_mean{2});
}

void planes(network& net) {
    const tensor x = net.input("x", {2, 5, 9, 7}) | conv2d{"a", {.out = 45, .kernel = 1}};
    net.output("itself", x);
    net.output("parts of rows",
        net.input("wide", {2, 5, 4, 83})
            | conv2d{"b", {.out = 19, .kernel = 1}}
            | slice{3, {.start = 3}});
    const tensor y = x | conv2d{"c", {.out = 45, .kernel = 3, .stride = 2, .bias = true}};
    net.output(
        "by pixels", concat({x | reshape{{2, 45, 63}}, y | reshape{{2, 45, 12}}}, 2) | sigmoid{});
    net.output("sequence", net.input("s", {2, 37, 150}) | conv1d{"d", {.out = 21, .kernel = 3}});
}

}  // namespace

TEST_CASE(
    "lines that keep their elements in place are copied whole, and give what the reference gives") {
    CHECK(has_kernel(lines, "flip", "int LINE"));
    lamina_test::check_on_devices("lines", lines);
    lamina_test::check_on_devices("lines", lines, narrow_classes);
}

TEST_CASE("pixels of blocks are reduced together, and give what the reference gives") {
    CHECK(has_kernel(pixels, "reduce_blocks"));
    lamina_test::check_on_devices("pixels", pixels);
    lamina_test::check_on_devices("pixels", pixels, narrow_classes);
}

TEST_CASE("blocks become planes by squares, and give what the reference gives") {
    CHECK(has_kernel(planes, "copy_planes"));
    lamina_test::check_on_devices("planes", planes);
    lamina_test::check_on_devices("planes", planes, narrow_classes);
}
