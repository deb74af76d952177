// SPDX-License-Identifier: Apache-2.0
// Tests of debug.hpp and ranges.hpp on networks made for them: no alarm where rounding or the order
// of evaluation explains what is seen, and the right step where the range of fp16 is left.
#include "../support/inputs.hpp"
#include "../support/random_weights.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include <lamina/debug.hpp>
#include <lamina/lamina.hpp>

#include "../support/hand_weights.hpp"

using namespace lamina;

namespace {

/// g++ evaluates the two operands in one order in the compiler and in another at run time.
struct either_operand_first {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 3, 8, 8});
        net.output("y",
            (x | sigmoid{} | max_pool{{.kernel = 2}})
                * (x | max_pool{{.kernel = 2}} | lamina::exp{}));
    }
};

/// Shared values, operands made after those that stand to their right, inputs within an expression.
struct any_order {
    static constexpr void define(network& net) {
        auto late = [&](const tensor& t) { return t | lamina::tanh{} | max_pool{{.kernel = 2}}; };
        auto x = net.input("x", {1, 3, 8, 8});
        auto b = late(x | lamina::abs{});
        auto a = late(x);
        net.output("sum", (a + b) * (late(net.input("z", {1, 3, 8, 8})) - (b | sigmoid{})));
        net.output("b", b | global_avg_pool{});
    }
};

/// y = second(relu(first(x))).
struct two_layers {
    static constexpr void define(network& net) {
        net.output("y",
            net.input("x", {2, 64})
                | linear{"first", 32}
                | relu{}
                | softmax{}
                | linear{"second", 8});
    }
};

reference_tensor filled(const shape& dims, float value) {
    reference_tensor out(dims);
    out.values.assign(out.values.size(), value);
    return out;
}

lamina_test::hand_weights two_layer_weights(float first) {
    lamina_test::hand_weights file;
    file.add("first.weight", {32, 64}, std::vector<float>(2048, first));
    file.add("first.bias", {32}, std::vector<float>(32, 0.0f));
    file.add("second.weight", {8, 32}, std::vector<float>(256, 0.5f));
    file.add("second.bias", {8}, std::vector<float>(8, 0.25f));
    return file;
}

template <class Net> network defined() {
    network net;
    Net::define(net);
    return net;
}

template <class Net> step_comparison compare_with_random(std::span<const std::byte> plan) {
    const network net = defined<Net>();
    lamina_test::random_source random("compare_steps");
    const lamina_test::random_weights file(net, random);
    const reference_inputs inputs = lamina_test::random_floats(net, random);
    context c = engine(plan, file.opened()).make_context();
    return compare_steps(c, reference(net, file.lookup()), inputs);
}

}  // namespace

TEST_CASE("compare_steps: the order in which C++ evaluates operands makes no difference") {
    for (std::span<const std::byte> made :
        {std::span<const std::byte>(plan<either_operand_first, cpu>),
            std::span<const std::byte>(plan<either_operand_first, gpu>)}) {
        const step_comparison found = compare_with_random<either_operand_first>(made);
        CHECK_MESSAGE(found.same, found.sentence());
        CHECK(found.compared >= 3);
    }
    for (std::span<const std::byte> made : {std::span<const std::byte>(plan<any_order, cpu>),
             std::span<const std::byte>(plan<any_order, gpu>)}) {
        const step_comparison found = compare_with_random<any_order>(made);
        CHECK_MESSAGE(found.same, found.sentence());
        CHECK(found.compared >= 4);
    }
    const run_time_plan planned = plan_at_run_time(defined<either_operand_first>(), cpu);
    CHECK(compare_with_random<either_operand_first>(planned).same);
}

TEST_CASE("compare_steps: an equal element needs no bound, as in check_bound") {
    struct of_zero {
        static constexpr void define(network& net) {
            net.output("y", net.input("x", {1, 6}) | lamina::log{});
        }
    };
    const network net = defined<of_zero>();
    lamina_test::hand_weights none;
    context c = engine(plan_at_run_time(net, cpu), none.open()).make_context();
    const step_comparison found = compare_steps(c,
        reference(net, [](std::string_view) { return std::span<const float>(); }),
        {{"x", filled({1, 6}, 0.0f)}});
    CHECK(found.same);
    CHECK(found.compared > 0);
    CHECK(found.unjudged == 0);  // -infinity both times
}

TEST_CASE("compare_steps: a plan of another network is refused") {
    auto file = two_layer_weights(1);
    const weights opened = file.open();
    const network other = defined<either_operand_first>();
    context c = engine(plan<two_layers, cpu>, opened).make_context();
    c.set_input("x", std::vector<float>(128, 1));
    const reference oracle(other, lookup_in(opened));
    CHECK_THROWS_WITH(compare_steps(c, oracle, {{"x", filled({1, 3, 8, 8}, 1)}}),
        doctest::Contains(
            "the plan's input 'x' is 2x64, the reference's network has it as 1x3x8x8"));
}

TEST_CASE("compare_steps: large products that cancel are judged by what was summed") {
    struct one_layer {
        static constexpr void define(network& net) {
            net.output("y", net.input("x", {1, 512}) | linear{"fc", 16});
        }
    };
    lamina_test::random_source random("cancel");
    std::vector<float> weight;
    for (int out = 0; out < 16; ++out) {
        const std::vector<float> half = random.numbers(256, 500, 1000);
        weight.insert(weight.end(), half.begin(), half.end());
        for (const float w : half) weight.push_back(-w);
        weight.back() += 0.5f;
    }
    const auto compare = [&](const std::vector<float>& run, std::optional<tolerance> within) {
        lamina_test::hand_weights file, right;
        file.add("fc.weight", {16, 512}, run).add("fc.bias", {16}, std::vector<float>(16, 0.0f));
        right.add("fc.weight", {16, 512}, weight)
            .add("fc.bias", {16}, std::vector<float>(16, 0.0f));
        const weights opened = file.open(), wanted = right.open();
        const network net = defined<one_layer>();
        context c = engine(plan<one_layer, gpu>, opened).make_context();
        return compare_steps(
            c, reference(net, lookup_in(wanted)), {{"x", filled({1, 512}, 0.7f)}}, within);
    };
    const step_comparison found = compare(weight, {});
    CHECK_MESSAGE(found.same, found.sentence());
    CHECK(found.share < 1);
    CHECK_FALSE(compare(weight, tolerance{1e-8, 1e-8}).same);  // a tolerance is not what rounds
    std::vector<float> lost = weight;
    lost[7 * 512 + 100] = 0;
    const step_comparison seen = compare(lost, {});
    CHECK_FALSE(seen.same);
    CHECK(seen.element == 7);
    CHECK(seen.differing == 1);
}

TEST_CASE("fp16 plans: the first step that leaves the range is named by compare_steps and ranges") {
    auto file = two_layer_weights(50);
    const weights opened = file.open();
    const network net = defined<two_layers>();
    const reference oracle(net, lookup_in(opened));
    context c = engine(plan<two_layers, cpu, precision::fp16>, opened).make_context();
    // 64 products of 10 and 50 are 32000, of 30 and 50 are 96000.
    step_comparison found = compare_steps(c, oracle, {{"x", filled({2, 64}, 10)}});
    CHECK_MESSAGE(found.same, found.sentence());
    range_report ranges = c.ranges();
    CHECK(ranges.first_not_finite() == nullptr);
    CHECK(ranges.steps.front().largest == doctest::Approx(32000));
    CHECK(ranges.steps.front().type == dtype::f16);
    CHECK(ranges.sentence().find("32000 of 65504 (f16)") != std::string::npos);

    found = compare_steps(c, oracle, {{"x", filled({2, 64}, 30)}});
    CHECK_FALSE(found.same);
    CHECK(found.name == "first");
    CHECK(found.out_of_range);
    CHECK_MESSAGE(
        found.sentence().find("is inf, the reference has 96000, which is beyond 65504, the "
                              "largest f16 number")
            != std::string::npos,
        found.sentence());
    const range_report over = c.ranges();
    REQUIRE(over.first_not_finite());
    CHECK(over.first_not_finite()->name == "first");
    CHECK(over.first_not_finite()->infinities == 64);
    CHECK_MESSAGE(
        over.sentence().find("is the first that leaves the range of f16, 65504: 64 infinite "
                             "and 0 NaN of 64 values")
            != std::string::npos,
        over.sentence());
    ranges.add(over);
    CHECK(ranges.runs == 2);
    CHECK(ranges.steps.front().largest == doctest::Approx(32000));
    CHECK(ranges.steps.front().infinities == 64);

    context full = engine(plan<two_layers, cpu>, opened).make_context();
    found = compare_steps(full, oracle, {{"x", filled({2, 64}, 30)}});
    CHECK_MESSAGE(found.same, found.sentence());
    CHECK(full.ranges().steps.front().largest == doctest::Approx(96000));
    CHECK(full.ranges().first_not_finite() == nullptr);
}

TEST_CASE("LAMINA_SHOW=ranges prints what all runs of a context stored") {
    auto file = two_layer_weights(50);
    const weights opened = file.open();
    const lamina_test::temporary_folder folder;
    const std::string path = folder / "stderr";
    setenv("LAMINA_SHOW", "ranges", 1);
    const engine made(plan<two_layers, cpu, precision::fp16>, opened);
    unsetenv("LAMINA_SHOW");
    std::fflush(stderr);
    const int kept = dup(2), to = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(to, 2);
    {
        context c = made.make_context();
        c.set_input("x", std::vector<float>(128, 10)).run();
        CHECK(c.get("y")[0] == doctest::Approx(0.75));
        c.set_input("x", std::vector<float>(128, 30)).run();
    }
    std::fflush(stderr);
    dup2(kept, 2);
    close(kept), close(to);
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    CHECK_MESSAGE(text.str().find("ranges of 2 runs:") != std::string::npos, text.str());
    CHECK(text.str().find(
              "is the first that leaves the range of f16, 65504: 64 infinite and 0 NaN of "
              "128 values")
        != std::string::npos);
}
