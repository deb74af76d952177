// SPDX-License-Identifier: Apache-2.0
// Inputs and outputs of whole numbers and truth values through the engine: what the host passes, what it
// gets, what it is told where the types do not agree.
#include "support/faults.hpp"

#include <doctest/doctest.h>
#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include <array>
#include <cstdint>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

struct typed {
    static constexpr void define(network& net) {
        const auto mask = net.input("mask", {4}, dtype::boolean);
        const auto bytes = net.input("bytes", {4}, dtype::u8);
        const auto small = net.input("small", {4}, dtype::i8);
        const auto x = net.input("x", {4});
        net.output("chosen", where(mask, x, cast(bytes, dtype::f32)));
        net.output("not", logical_not(mask));
        net.output("moved", bytes | flip{{0}});
        net.output("signed", where(mask, small, cast(bytes, dtype::i8)));
        net.output("equal", eq(small, cast(bytes, dtype::i8)));
    }
};

struct wide {
    static constexpr void define(network& net) {
        const auto a = net.input("a", {3}, dtype::i32), b = net.input("b", {3}, dtype::i32);
        net.output("eq", eq(a, b));
        net.output("gt", gt(a, b));
        net.output("larger", where(gt(a, b), a, b));
        net.output("one", ne(a, -2147483648.0f));
    }
};

const std::array<bool, 4> mask{true, false, false, true};
const std::vector<std::uint8_t> bytes{0, 7, 200, 255};
const std::vector<std::int8_t> small{0, 7, -128, 100};
const std::vector<float> x{0.5f, 1.5f, 2.5f, 3.5f};

}  // namespace

TEST_CASE("engine: truth values and bytes go in and come out in their own types") {
    for (const auto& plan :
        {std::span<const std::byte>(plan<typed, cpu>), std::span<const std::byte>(plan<typed, gpu>),
            std::span<const std::byte>(plan<typed, cpu, precision::fp16>)}) {
        const engine made(plan, weights());
        const results out
            = made.run({{"mask", mask}, {"bytes", bytes}, {"small", small}, {"x", x}});
        CHECK(out["chosen"].values == std::vector<float>{0.5f, 7, 200, 3.5f});
        CHECK(out["not"].indices == std::vector<int>{0, 1, 1, 0});
        CHECK(out["moved"].indices == std::vector<int>{255, 200, 7, 0});
        CHECK(out["signed"].indices == std::vector<int>{0, 7, -56, 100});
        CHECK(out["equal"].values == std::vector<float>{1, 1, 0, 0});

        context run = made.make_context();
        // Truth values as bytes: whatever is not 0 is true.
        run.set_input("mask", std::vector<std::uint8_t>{5, 0, 0, 255});
        run.set_input("bytes", bytes).set_input("small", small).set_input("x", x);
        run.run();
        const auto truths = run.get<bool>("not");
        CHECK((!truths[0] && truths[1] && truths[2] && !truths[3]));
        CHECK(run.get<std::uint8_t>("not")[1] == 1);
        CHECK(run.get<std::uint8_t>("moved")[1] == 200);
        CHECK(run.get<std::int8_t>("signed")[2] == -56);
    }
}

TEST_CASE("engine: ints are compared and chosen as ints, also beyond 2^24") {
    const std::vector<int> a{16777217, -2147483647 - 1, 2147483647},
        b{16777216, -2147483647, 2147483646};
    for (const auto& plan : {std::span<const std::byte>(plan<wide, cpu>),
             std::span<const std::byte>(plan<wide, gpu>)}) {
        const results out = engine(plan, weights()).run({{"a", a}, {"b", b}});
        CHECK(out["eq"].indices == std::vector<int>{0, 0, 0});
        CHECK(out["gt"].indices == std::vector<int>{1, 0, 1});
        CHECK(out["larger"].indices == std::vector<int>{16777217, -2147483647, 2147483647});
        CHECK(out["one"].indices == std::vector<int>{1, 0, 1});
    }
}

TEST_CASE("engine: numbers of another type than a binding's are one sentence with both") {
    context run = engine(plan<typed>, weights()).make_context();
    caught fault = fault_of([&] { run.set_input("mask", x); });
    CHECK(fault.code == errc::input_dtype);
    CHECK(fault.says("input 'mask' got floats, it is boolean; give bools or bytes (std::uint8_t)"));
    fault = fault_of([&] { run.set_input("bytes", small); });
    CHECK(fault.says("input 'bytes' got signed bytes, it is u8; give bytes"));
    fault = fault_of([&] { run.set_input("x", mask); });
    CHECK(fault.says("input 'x' got bools, it is f32; give floats"));
    run.set_input("mask", mask).set_input("bytes", bytes).set_input("small", small);
    run.set_input("x", x).run();
    fault = fault_of([&] { run.get<float>("not"); });
    CHECK(fault.code == errc::output_missing);
    CHECK(fault.says("output 'not' is boolean; get it with get<bool>"));
    fault = fault_of([&] { run.get<bool>("signed"); });
    CHECK(fault.says("output 'signed' is i8; get it with get<std::int8_t>"));
}
