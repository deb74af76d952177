// SPDX-License-Identifier: Apache-2.0
// Definitions that pass several inputs or parameters to one operator: the compiler may evaluate them in another order
// in plan<Net>, which is a constant, than in the function that defines other shapes.
#include <doctest/doctest.h>

#include <vector>

#include <lamina/lamina.hpp>
#include <lamina/plan_at_run_time.hpp>

#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;

namespace {

struct scaled {
    static constexpr void define(network& net) {
        const int rows = net.dim("rows", {.max = 6});
        const auto x = net.input("x", {rows, 8}) - net.input("y", {rows, 8});
        net.output("z", x * net.parameter("a", {8}) + net.parameter("b", {8}));
    }
};

}  // namespace

TEST_CASE(
    "shapes agree on which parameter and input is which, in whatever order they are evaluated") {
    lamina_test::random_source random("shapes order");
    network net;
    scaled::define(net);
    const lamina_test::random_weights file(net, random);
    const auto a = file.lookup()("a"), b = file.lookup()("b");
    const engine made(plan<scaled>, file.opened());
    context run = made.make_context();
    for (const int rows : {1, 4, 6, 1}) {
        CAPTURE(rows);
        const auto count = static_cast<std::size_t>(rows) * 8;
        const std::vector<float> x = random.numbers(count), y = random.numbers(count);
        run.set_input("x", x, {rows, 8}).set_input("y", y, {rows, 8}).run();
        const auto z = run.get("z");
        for (std::size_t i = 0; i < count; ++i)
            CHECK(z[i] == doctest::Approx((x[i] - y[i]) * a[i % 8] + b[i % 8]).epsilon(1e-4));
    }
}
