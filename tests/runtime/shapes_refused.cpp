// SPDX-License-Identifier: Apache-2.0
// Shapes that a network cannot have, asked for in every way there is: one sentence with dim, value and range, and the
// context goes on at its last shape.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include "../support/faults.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;

namespace {

/// Two inputs that share two dims. One width is refused, which is not among those that the compiler tries.
struct two_inputs {
    static constexpr void define(network& net) {
        const int rows = net.dim("rows", {.max = 6});
        const int width = net.dim("width", {.min = 8, .opt = 12, .max = 96, .step = 4});
        const auto a = net.input("a", {rows, width}), b = net.input("b", {rows, width / 2});
        const auto c = net.input("c", {width, rows});
        if (width == 28) a.expect({rows, 27});
        net.output("y", a + (c | permute{{1, 0}}) + (b | reduce_sum{1, true}));
    }
};

std::vector<float> ones(int count) {
    return std::vector<float>(static_cast<std::size_t>(count), 1);
}

/// Sets all inputs for a shape, runs, and looks at the result.
bool runs_at(context& run, int rows, int width) {
    run.reshape({{"rows", rows}, {"width", width}});
    run.set_input("a", ones(rows * width)).set_input("b", ones(rows * width / 2));
    run.set_input("c", ones(rows * width)).run();
    const auto y = run.get("y");
    return static_cast<int>(y.size()) == rows * width && y[0] == static_cast<float>(2 + width / 2);
}

}  // namespace

TEST_CASE("values outside of a dim's range or off its step, in every way to ask for them") {
    const engine made(plan<two_inputs>, weights());
    context run = made.make_context();
    struct {
        const char* dim;
        int value;
        const char* range;
    } const wrong[] = {{"rows", 0, "1 to 6"}, {"rows", -3, "1 to 6"}, {"rows", 7, "1 to 6"},
        {"width", 4, "8 to 96 in steps of 4"}, {"width", 100, "8 to 96 in steps of 4"},
        {"width", 14, "8 to 96 in steps of 4"}};
    REQUIRE(runs_at(run, 3, 16));
    for (const auto& w : wrong) {
        const std::string sentence = std::string("dim '") + w.dim + "' cannot be "
            + std::to_string(w.value) + ", it is " + w.range
            + "; pad or scale the data, or widen the dim's range";
        const bool is_rows = w.dim == std::string("rows");
        const int rows = is_rows ? w.value : 2, width = is_rows ? 12 : w.value;
        std::vector<std::function<void()>> all{[&] { made.at({{w.dim, w.value}}); },
            [&] { run.reshape({{w.dim, w.value}}); }, [&] { made.prepare({{{w.dim, w.value}}}); },
            [&] { made.save("not written", {.shapes = {{{w.dim, w.value}}}}); }};
        if (w.value > 0) {
            all.push_back([&] { run.set_input("a", ones(rows * width), {rows, width}); });
            all.push_back([&] { run.set_input("c", ones(rows * width), {width, rows}); });
        }
        for (const std::function<void()>& call : all) {
            const caught fault = fault_of(call);
            CHECK(fault.code == errc::shape);
            CHECK(fault.what == sentence);
            CHECK(run.dims("c") == shape{16, 3});
        }
    }
    CHECK(runs_at(run, 3, 16));
}

TEST_CASE("inputs that disagree on a dim") {
    const engine made(plan<two_inputs>, weights());
    context run = made.make_context();
    REQUIRE(runs_at(run, 2, 20));
    run.set_input("a", ones(3 * 20), {3, 20});
    const caught width = fault_of([&] { run.set_input("c", ones(24 * 3), {24, 3}); });
    CHECK(width.code == errc::shape);
    CHECK(width.what
        == "dim 'width' (8 to 96 in steps of 4) is 20 by input 'a' and 24 by input 'c'; give both "
           "the same");
    const caught rows = fault_of([&] { run.set_input("c", ones(20 * 4), {20, 4}); });
    CHECK(rows.what
        == "dim 'rows' (1 to 6) is 3 by input 'a' and 4 by input 'c'; give both the same");
    // An extent that is computed names no dim: what it has to be at this shape.
    const caught half = fault_of([&] { run.set_input("b", ones(3 * 8), {3, 8}); });
    CHECK(half.code == errc::input_shape);
    CHECK(half.what
        == "input 'b' got 3x8, it is 3x10 at that shape; give these extents, or set dims of which "
           "others are computed by reshape()");
    CHECK(run.dims("y") == shape{3, 20});
    run.set_input("b", ones(3 * 10), {3, 10}).set_input("c", ones(3 * 20), {20, 3}).run();
    CHECK(run.get("y")[59] == 12);
    CHECK(fault_of([&] {
        made.run({{"a", ones(24), {2, 12}}, {"b", ones(12), {2, 6}}, {"c", ones(36), {12, 3}}});
    }).what
        == "dim 'rows' (1 to 6) is 2 by input 'b' and 3 by input 'c'; give both the same");
}

TEST_CASE("a shape that the network refuses at that value alone") {
    const engine made(plan<two_inputs>, weights());
    context run = made.make_context();
    REQUIRE(runs_at(run, 4, 24));
    for (const std::function<void()>& call :
        std::vector<std::function<void()>>{[&] { made.at({{"rows", 4}, {"width", 28}}); },
            [&] { run.reshape({{"rows", 4}, {"width", 28}}); },
            [&] { run.set_input("a", ones(4 * 28), {4, 28}); },
            [&] { made.prepare({{{"rows", 4}, {"width", 28}}}); }}) {
        const caught fault = fault_of(call);
        CHECK(fault.code == errc::shape);
        CHECK(fault.what.starts_with(
            "the network cannot be planned at rows 4, width 28 (rows can be 1 to 6, "
            "width 8 to 96 in steps of 4): "));
        CHECK(fault.says("shapes_refused.cpp:"));
        CHECK(fault.says("expected 4x27 here, the graph gives 4x28"));
        CHECK(fault.what.find('\n') == std::string::npos);
        CHECK(run.dims("a") == shape{4, 24});
    }
    CHECK(runs_at(run, 4, 24));
    CHECK(runs_at(run, 4, 32));
}
