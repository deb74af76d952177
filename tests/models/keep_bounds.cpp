// SPDX-License-Identifier: Apache-2.0
// Error bounds where a network keeps layers in another precision than the plan's: each element is judged
// by the types that its own step and its inputs have.
#include "support/random.hpp"
#include "support/random_weights.hpp"

#include <lamina/debug.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <initializer_list>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

/// "first" reads the caller's floats, "second" what it stores; a view lies between "second" and "third".
void layers(network& net) {
    const tensor first = net.input("x", {2, 3, 10, 10})
        | conv2d{"first", {.out = 16, .kernel = 3, .bias = true}}
        | relu{};
    const tensor second = first | conv2d{"second", {.out = 16, .kernel = 3}} | silu{};
    net.output("first", first);
    net.output("second", second);
    net.output("third", second | flatten{} | linear{"third", 8});
}

struct case_of {
    network net;
    std::optional<random_weights> weights;
    reference_inputs inputs;

    explicit case_of(std::initializer_list<std::pair<const char*, dtype>> kept) {
        layers(net);
        for (const auto& [pattern, type] : kept) net.keep(pattern, type);
        REQUIRE(net.problems.empty());
        random_source random("bounds of kept steps");
        weights.emplace(net, random);
        reference_tensor& x = inputs["x"];
        x.dims = {2, 3, 10, 10};
        x.values = random.numbers(600);
    }

    /// The spreads of an output by a plan for the target.
    std::vector<float> spreads(const char* output, const lamina::target& target) const {
        const run_time_plan plan = plan_at_run_time(net, target);
        const plan_view opened = plan_view::open(plan.data());
        const reference oracle(net, weights->lookup());
        const auto values = oracle.run(inputs, arithmetic_of(*opened, net));
        return oracle.output(values, output).spread;
    }
    /// What compare_steps says where all weights of a layer are larger in the reference.
    step_comparison compare(const lamina::target& target, std::string_view layer, float by) const {
        const engine made(plan_at_run_time(net, target), weights->opened());
        context run = made.make_context();
        std::deque<std::vector<float>> changed;
        const weights_lookup own = weights->lookup();
        const reference oracle(net, [&](std::string_view name) -> std::span<const float> {
            const std::span<const float> found = own(name);
            if (!name.starts_with(layer)) return found;
            std::vector<float>& other = changed.emplace_back(found.begin(), found.end());
            for (float& w : other) w *= by;
            return other;
        });
        return compare_steps(run, oracle, inputs);
    }
};

/// All spreads of a over all of b.
double share(const std::vector<float>& a, const std::vector<float>& b) {
    return std::accumulate(a.begin(), a.end(), 0.0) / std::accumulate(b.begin(), b.end(), 0.0);
}

}  // namespace

TEST_CASE("kept bounds: a step in fp32 of a plan for 16 bits has the bound of its fp32 sums") {
    const case_of plain({}), kept({{"first", dtype::f32}});
    for (const lamina::target& narrow :
        {cpu.half().winograd(0), cpu.bf16().winograd(0), gpu.half()}) {
        const lamina::target full = narrow.storing(dtype::f32);
        CHECK(kept.spreads("first", narrow) == plain.spreads("first", full));
        CHECK(share(kept.spreads("first", narrow), plain.spreads("first", narrow)) < 0.01);
        // What the inputs carry, and no more, goes on to the next.
        CHECK(share(kept.spreads("second", narrow), plain.spreads("second", narrow)) <= 1);
    }
    const case_of all({{"*", dtype::f32}});
    CHECK(all.spreads("third", cpu.half().winograd(0)) == plain.spreads("third", cpu.winograd(0)));
}

TEST_CASE(
    "kept bounds: a step of 16 bits in a plan for fp32 has that type's bound, the next one its own") {
    const case_of plain({}), kept({{"second", dtype::f16}});
    for (const lamina::target& full : {cpu.winograd(0), gpu}) {
        CHECK(kept.spreads("first", full) == plain.spreads("first", full));
        CHECK(share(plain.spreads("second", full), kept.spreads("second", full)) < 0.01);
        CHECK(share(kept.spreads("second", full), plain.spreads("second", full.half())) < 1.01);
        // "third" reads halves, but neither rounds its weights nor its result.
        CHECK(share(kept.spreads("third", full), plain.spreads("third", full.half())) < 0.99);
    }
}

TEST_CASE("kept bounds: compare_steps sees in a kept step what 16 bits would hide") {
    const float off = 1 + 0x1p-13f;
    const case_of plain({}), floats({{"first", dtype::f32}}), halves({{"second", dtype::f16}});
    CHECK(plain.compare(cpu.half(), "first", 1).same);
    CHECK(plain.compare(cpu.half(), "first", off).same);
    CHECK(floats.compare(cpu.half(), "first", 1).same);
    const step_comparison found = floats.compare(cpu.half(), "first", off);
    CHECK_FALSE(found.same);
    CHECK(found.name == "first");
    // The other way round: halves are no fault in a plan for fp32.
    CHECK(halves.compare(cpu, "second", 1).same);
    CHECK(halves.compare(cpu, "second", off).same);
    CHECK_FALSE(plain.compare(cpu, "second", off).same);
    CHECK_FALSE(halves.compare(cpu, "first", off).same);
}
