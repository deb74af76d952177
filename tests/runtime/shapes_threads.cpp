// SPDX-License-Identifier: Apache-2.0
// Contexts of one engine at different shapes, on several threads at the same time. Run as it is, and built with
// clang's sanitizers (tests/threads, tests/sanitized), which see what comes to nothing here.
#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include "../support/hand_weights.hpp"

using namespace lamina;

namespace {

struct rows_and_columns {
    static constexpr void define(network& net) {
        const int rows = net.dim("rows", {.max = 6});
        const int columns = net.dim("columns", {.min = 4, .max = 20, .step = 2});
        const auto x = net.input("x", {rows, columns}) * net.parameter("by", {1});
        net.output("y", (x | relu{}) + (x | reduce_sum{1, true}));
    }
};

struct at_shape {
    int rows, columns;
};

std::vector<float> values_of(const at_shape& s) {
    std::vector<float> out(static_cast<std::size_t>(s.rows * s.columns));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<float>(i % 7) - static_cast<float>(s.rows);
    return out;
}

bool is_right(std::span<const float> y, const at_shape& s) {
    const std::vector<float> x = values_of(s);
    if (y.size() != x.size()) return false;
    const auto columns = static_cast<std::size_t>(s.columns);
    for (std::size_t row = 0; row < x.size(); row += columns) {
        float sum = 0;
        for (std::size_t i = 0; i < columns; ++i) sum += 2 * x[row + i];
        for (std::size_t i = 0; i < columns; ++i) {
            const float wanted = (x[row + i] > 0 ? 2 * x[row + i] : 0) + sum;
            if (y[row + i] != wanted) return false;
        }
    }
    return true;
}

constexpr at_shape shapes[] = {{1, 4}, {6, 20}, {3, 6}, {2, 18}, {5, 4}, {1, 12}};

/// Each piece of work on a thread of its own; how many came back wrong.
int wrong_of(const std::vector<std::function<bool()>>& all) {
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (const auto& work : all)
        threads.emplace_back([&] {
            try {
                wrong += !work();
            } catch (...) {
                ++wrong;
            }
        });
    for (std::thread& t : threads) t.join();
    return wrong;
}

/// Goes through the shapes, from one of them on.
bool run_through(context& run, std::size_t first) {
    bool right = true;
    for (std::size_t k = 0; k < 2 * std::size(shapes); ++k) {
        const at_shape& s = shapes[(first + k) % std::size(shapes)];
        run.set_input("x", values_of(s), {s.rows, s.columns}).run();
        right = right && is_right(run.get("y"), s);
    }
    return right;
}

}  // namespace

TEST_CASE(
    "contexts at different shapes on several threads, while shapes are made, dropped and prepared") {
    lamina_test::hand_weights file;
    file.add("by", {1}, {2.0f});
    const weights by = file.open();
    // Two shapes are kept: some go while contexts are at them.
    for (const std::size_t kept : {std::size_t{2}, std::size_t{16}}) {
        const engine made(plan<rows_and_columns>, by, device::best(), {.shapes = kept});
        const auto in_context = [&](std::size_t first) {
            return [&made, first] {
                context run = made.make_context();
                return run_through(run, first);
            };
        };
        const auto of_engine = [&] {
            bool right = true;
            for (const at_shape& s : shapes) {
                const result y = made.run(values_of(s), {s.rows, s.columns});
                right = right && is_right(y.values, s);
            }
            return right;
        };
        const auto prepared = [&] {
            made.prepare({{{"rows", 3}, {"columns", 6}}, {{"rows", 4}}});
            context run = made.at({{"rows", 3}, {"columns", 6}}).make_context();
            return run_through(run, 2);
        };
        CHECK(wrong_of({in_context(0), in_context(1), of_engine, prepared, of_engine}) == 0);
    }
}
