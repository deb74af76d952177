// SPDX-License-Identifier: Apache-2.0
// Timing caches of networks with dims: a shape that was not measured takes the tactics of the nearest that was.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/timed_choice.hpp>

#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;

namespace {

struct rows_of_images {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.opt = 2, .max = 64});
        const auto x = net.input("image", {batch, 16, 12, 12});
        net.output(
            "y", x | conv2d{"conv", {.out = 64, .kernel = 3, .stride = 2, .pad = 1}} | relu{});
    }
};

/// The step that has several tactics; others move data.
std::size_t step_of(const engine& at) {
    const plan_records& plan = at.plan();
    for (std::size_t i = 0; i < plan.steps.size(); ++i)
        if (plan.steps[i].name == "conv") return i;
    FAIL("no step is the convolution");
    return 0;
}

/// The cache's row for that step of a shape, in which tactic `fastest` was the fastest of those in `named`.
void measure(timing_cache& cache, const engine& at, const std::vector<std::string>& named,
    const std::string& fastest) {
    const detail::timed_plan known(at.plan());
    timed_entry entry{"conv2d_blocked", 1, {}};
    for (const std::string& name : named)
        entry.tactics.push_back({name, 12345, name == fastest ? 1000.0 : 9000.0, 3});
    cache.set(at.device_of(), known.problem(at.plan().steps[step_of(at)]), entry);
}

std::vector<std::string> names_of(const engine& at) {
    std::vector<std::string> out;
    for (const std::uint32_t t : detail::tactics_of(at.plan(), at.plan().steps[step_of(at)]))
        out.emplace_back(at.plan().tactics[t].name);
    return out;
}

}  // namespace

TEST_CASE("a shape that was not measured takes the tactic of the nearest one") {
    lamina_test::random_source random("runtime shapes_tuning");
    network net;
    rows_of_images::define(net);
    const lamina_test::random_weights file(net, random);
    const engine made(plan<rows_of_images>, file.opened());
    const std::vector<std::string> names = names_of(made);
    REQUIRE(names.size() >= 3);
    const std::size_t step = step_of(made);
    // Fast is one tactic at 4 images and another at 32.
    timing_cache cache;
    measure(cache, made.at({{"batch", 4}}), names, names[1]);
    measure(cache, made.at({{"batch", 32}}), names, names[2]);
    const engine tuned(plan<rows_of_images>, file.opened(), device::best(), {.timings = &cache});
    const auto tactic_at
        = [&](int batch) { return std::string(tuned.at({{"batch", batch}}).tactic(step)); };
    CHECK(tactic_at(5) == names[1]);
    CHECK(tactic_at(11) == names[1]);
    CHECK(tactic_at(12) == names[2]);
    CHECK(tactic_at(64) == names[2]);
    CHECK(tuned.tactic(step) == names[1]);
    const engine at = tuned.at({{"batch", 16}});
    CHECK(at.tactic_chosen_by(step) == chosen_by::measured);
    CHECK(at.report().timings
        == "timing cache: 0 of 1 steps with several tactics were measured on this device, 1 more "
           "have the tactic of the nearest measured extents, which are at most 2.0 times as large "
           "or small");
    // The results are the same, and nothing was built for the shape.
    const std::vector<float> images = random.numbers(5 * 16 * 12 * 12, -1, 1);
    CHECK(tuned.run(images, {5, 16, 12, 12}).values == made.run(images, {5, 16, 12, 12}).values);
    // More than 4 times as large is too far: the plan's own.
    timing_cache small;
    measure(small, made.at({{"batch", 1}}), names, names[1]);
    const engine far(plan<rows_of_images>, file.opened(), device::best(), {.timings = &small});
    CHECK(far.at({{"batch", 4}}).tactic(step) == names[1]);
    CHECK(far.at({{"batch", 5}}).tactic_chosen_by(step) == chosen_by::plan);
    // A plan without dims has what was measured for it, and nothing else.
    const engine alone(std::as_bytes(std::span(plan<rows_of_images>.words)), file.opened(),
        device::best(), {.timings = &small});
    CHECK(alone.tactic_chosen_by(step) == chosen_by::plan);
}
