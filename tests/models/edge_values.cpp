// SPDX-License-Identifier: Apache-2.0
// Options at their edges, where the right number is NaN, infinite or a matter of choice: on every
// target. The numbers are PyTorch's, or ONNX's where PyTorch refuses the option.
#include "support/exact_values.hpp"

#include <lamina/define.hpp>

#include <doctest/doctest.h>

using namespace lamina;
using lamina_test::check_values;
using lamina_test::infinity;
using lamina_test::not_a_number;

TEST_CASE("pools whose only window hangs over the edge see what is there") {
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {1, 1, 2, 2});
            net.output("max", x | max_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}});
            net.output("mean", x | avg_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}});
        },
        {{"x", {0, 1, 2, 3}}}, {{"max", {3}}, {"mean", {1.5f}}});
}

TEST_CASE("a window that sees only padding is -infinity, 0, or NaN where padding does not count") {
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {1, 1, 1, 2});
            net.output("max", x | max_pool{{.kernel = {1, 2}, .stride = 1, .pad = {0, 3}}});
            net.output("counted", x | avg_pool{{.kernel = {1, 2}, .stride = 1, .pad = {0, 3}}});
            net.output("not_counted",
                x
                    | avg_pool{{.kernel = {1, 2},
                        .stride = 1,
                        .pad = {0, 3},
                        .count_include_pad = false}});
            net.output("divided",
                x
                    | avg_pool{
                        {.kernel = {1, 2}, .stride = 1, .pad = {0, 3}, .divisor_override = 4}});
        },
        {{"x", {-2, 4}}},
        {{"max", {-infinity, -infinity, -2, 4, 4, -infinity, -infinity}},
            {"counted", {0, 0, -1, 1, 2, 0, 0}},
            {"not_counted", {not_a_number, not_a_number, -2, 1, 4, not_a_number, not_a_number}},
            {"divided", {0, 0, -0.5f, 0.5f, 1, 0, 0}}});
}

TEST_CASE("a wide window beyond the input sees nothing, for work-items that share it too") {
    std::vector<float> wanted(8 * 8, -infinity);
    wanted[4 * 8 + 4] = 7;
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {1, 1, 1, 1});
            net.output("y", x | max_pool{{.kernel = 8, .stride = 8, .pad = 32}});
        },
        {{"x", {7}}}, {{"y", wanted}});
}

TEST_CASE(
    "an index of a window's maximum: first of equals, last of NaNs, -1 where there is nothing") {
    const float n = not_a_number, i = infinity;
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {1, 2, 2, 3});
            const max_pool_options windows{.kernel = 2, .stride = 1};
            net.output("plane", (x | max_pool_with_indices{windows}).indices);
            net.output("tensor", (x | max_pool_with_indices{windows, index_space::tensor}).indices);
            net.output("far",
                (x | max_pool_with_indices{{.kernel = {2, 1}, .stride = 1, .pad = {2, 0, 0, 1}}})
                    .indices);
        },
        {{"x", {5, 5, n, 5, 1, n, -i, -i, 2, -i, -i, 2}}},
        {{"plane", {}, {0, 5, 0, 2}}, {"tensor", {}, {0, 5, 6, 8}},
            {"far", {},
                {-1, -1, -1, -1, 0, 1, 2, -1, 0, 1, 5, -1, -1, -1, -1, -1, 0, 1, 2, -1, 0, 1, 2,
                    -1}}});
}

TEST_CASE("max_unpool leaves out indices beyond the image") {
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {1, 2, 1, 3});
            const tensor at = net.input("at", {1, 2, 1, 3}, dtype::i32);
            net.output("plane", max_unpool(x, at, {2, 2}));
            net.output("tensor", max_unpool(x, at, {2, 2}, index_space::tensor));
        },
        {{"x", {1, 2, 3, 4, 5, 6}}, {"at", {}, {3, -1, 4, 0, 6, 2147483647}}},
        {{"plane", {0, 0, 0, 1, 4, 0, 0, 0}}, {"tensor", {0, 0, 0, 1, 0, 0, 5, 0}}});
}

TEST_CASE("argmax and argmin take the first or the last of equals, and NaN before all") {
    const float n = not_a_number;
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {4, 5});
            net.output("max", x | argmax{1});
            net.output("max_last", x | argmax{.axis = 1, .take_last = true});
            net.output("min", x | argmin{.axis = -1, .keep_dims = true});
            net.output("min_last", x | argmin{.axis = 1, .take_last = true});
        },
        {{"x",
            {1, 3, 3, 1, 2, 1, n, 9, n, -9, -infinity, -infinity, infinity, infinity, 0, 0, -0.0f,
                0, -0.0f, 0}}},
        {{"max", {}, {1, 1, 2, 0}}, {"max_last", {}, {2, 3, 3, 4}}, {"min", {}, {0, 1, 0, 0}},
            {"min_last", {}, {3, 3, 1, 4}}});
}

TEST_CASE("argmax and argmin of a long line, which work-items share") {
    std::vector<float> x(2 * 400, 1);
    x[30] = x[350] = 5;
    x[31] = x[351] = -5;
    x[400 + 77] = x[400 + 333] = not_a_number;
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {2, 400});
            net.output("max", x | argmax{1});
            net.output("max_last", x | argmax{.axis = 1, .take_last = true});
            net.output("min", x | argmin{1});
            net.output("min_last", x | argmin{.axis = 1, .take_last = true});
        },
        {{"x", x}},
        {{"max", {}, {30, 77}}, {"max_last", {}, {350, 333}}, {"min", {}, {31, 77}},
            {"min_last", {}, {351, 333}}});
}

TEST_CASE("clamp with one bound, crossed bounds and NaN") {
    const float n = not_a_number, i = infinity;
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {7});
            net.output("low", x | clamp{{.low = -1}});
            net.output("high", x | clamp{{.high = 2}});
            net.output("none", x | clamp{{}});
            net.output("crossed", x | clamp{3, -2});
        },
        {{"x", {-i, -5, 0, 1, 9, i, n}}},
        {{"low", {-1, -1, 0, 1, 9, i, n}}, {"high", {-i, -5, 0, 1, 2, 2, n}},
            {"none", {-i, -5, 0, 1, 9, i, n}}, {"crossed", {-2, -2, -2, -2, -2, -2, n}}});
}
