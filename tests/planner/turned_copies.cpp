// SPDX-License-Identifier: Apache-2.0
// How many copies images, rows of channels and heads of attention need between each other: what a copy writes
// is what its last reader needs.
#include "support/torch_cases.hpp"

#include <lamina/plan_at_run_time.hpp>

#include <doctest/doctest.h>

#include <string_view>

using namespace lamina;

namespace {

unsigned copies(std::string_view name, const target& to) {
    for (const lamina_test::torch_case& each : lamina_test::place_cases())
        if (each.name == name) {
            network net;
            each.define(net);
            REQUIRE(net.problems.empty());
            return static_cast<unsigned>(plan_at_run_time(net, to).reformats);
        }
    FAIL("no case ", name);
    return 0;
}

}  // namespace

TEST_CASE("copies: heads of attention lie side by side for the product behind it") {
    for (const target& to : {cpu, cpu_avx2, gpu}) {
        network net;
        const tensor x = net.input("x", {2, 10, 64});
        const auto heads = [&](const char* at) {
            return x | linear{at, 64} | reshape{{2, 10, 4, 16}} | permute{{0, 2, 1, 3}};
        };
        const tensor seen = attention(heads("q"), heads("k"), heads("v"));
        net.output("y", seen | permute{{0, 2, 1, 3}} | reshape{{2, 10, 64}} | linear{"o", 64});
        CHECK(plan_at_run_time(net, to).reformats == 0);
    }
}

TEST_CASE("copies: an image becomes rows of channels, and these an image, by one copy each") {
    // The picture to blocks, these to rows of channels; values to blocks, the result to the caller's rows. Of two
    // pictures, heads of values have no stride: rows are between.
    CHECK(copies("attention_pixels", cpu) == 4);
    CHECK(copies("attention_pixels_batch", cpu) == 5);
    CHECK(copies("attention_areas", cpu) == 4);
    for (const target& to : {cpu, cpu_avx2}) {
        network net;
        const tensor image = net.input("x", {2, 3, 32, 32})
            | conv2d{"patch", {.out = 48, .kernel = 8, .stride = 8}};
        const tensor rows = image | flatten{2} | permute{{0, 2, 1}};
        net.output("y", rows | linear{"l", 20});
        CHECK(plan_at_run_time(net, to).reformats == 1);
    }
}
