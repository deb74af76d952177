// SPDX-License-Identifier: Apache-2.0
// Kernels that depend on a number of rows: an engine has built what each number needs when it is made.
#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;

namespace {

struct sequences {
    static constexpr void define(network& net) {
        const int steps = net.dim("steps", {.min = 4, .opt = 6, .max = 30});
        const int batch = net.dim("batch", {.max = 8});
        const auto x = net.input("x", {steps, batch, 5});
        net.output("y", (x | lstm{"layer", {.hidden_size = 16}}).output);
    }
};

/// Tiles have at most as many rows as there are, and other layers have others.
struct blocks {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 2});
        const int length = net.dim("length", {.min = 4, .opt = 64, .max = 128});
        const auto x = net.input("x", {batch, length, 64});
        const auto y = x | linear{"wide", 2304} | relu{} | linear{"narrow", 768};
        const auto z = (y | linear{"same", 768}) + y;
        net.output("y", z | linear{"last", 3072} | relu{} | linear{"back", 768});
    }
};

}  // namespace

TEST_CASE("every batch of few finds its recurrent kernel") {
    lamina_test::random_source random("runtime shapes_rows");
    network net;
    sequences::define(net);
    const lamina_test::random_weights file(net, random);
    const engine made(plan<sequences>, file.opened());
    if (made.plan().steps.size() == made.report().launches) return;  // no merged steps: not a CPU
    for (int batch = 1; batch <= 8; ++batch) {
        CAPTURE(batch);
        const engine at = made.at({{"batch", batch}, {"steps", 9}});
        for (const engine_report::kernel_row& row : at.report().kernels)
            CHECK(row.note == "shared with another shape");
        // Which are its own plan's numbers, bit for bit.
        const std::vector<float> x = random.numbers(static_cast<std::size_t>(9 * batch * 5), -1, 1);
        const shape_words alone = plan<sequences>.shapes->plan(std::vector<int>{9, batch});
        const engine fixed(std::as_bytes(std::span(alone.words)), file.opened());
        CHECK(at.run(x).values == fixed.run(x).values);
    }
}

TEST_CASE("every number of rows finds kernels of linear layers") {
    lamina_test::random_source random("runtime shapes_rows 2");
    network net;
    blocks::define(net);
    const lamina_test::random_weights file(net, random);
    const engine made(plan<blocks>, file.opened());
    if (made.plan().steps.size() == made.report().launches) return;  // no merged steps: not a CPU
    for (int batch = 1; batch <= 2; ++batch)
        for (int length = 4; length <= 128; length += length < 34 ? 1 : 7) {
            CAPTURE(batch);
            CAPTURE(length);
            const engine at = made.at({{"batch", batch}, {"length", length}});
            for (const engine_report::kernel_row& row : at.report().kernels)
                CHECK(row.note == "shared with another shape");
        }
}
