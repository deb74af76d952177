// SPDX-License-Identifier: Apache-2.0
// Layers that are done for one half of the batch after the other (planner/halve_batches.hpp) compute what they do
// for the whole batch.
#include "models/check_plan_runs.hpp"
#include "support/random.hpp"

#include <lamina/debug.hpp>

#include <algorithm>

using namespace lamina;
using namespace lamina_test;

namespace {

/// Two pictures just large enough: a skip beside what is made larger again, a residual, depthwise taps and a pool.
void define_decoder(network& net) {
    const tensor x = net.input("image", {2, 1, 384, 360});
    const tensor skip = x | conv2d{"stem", {.out = 16, .kernel = 1}} | relu{};
    const tensor low = skip | max_pool{{.kernel = 2}} | conv2d{"low", {.out = 8}} | relu{};
    const tensor up = low | conv_transpose2d{"up", {.out = 16, .kernel = 2, .stride = 2}};
    const tensor both = concat({skip, up}) | conv2d{"both", {.out = 8, .kernel = 1}};
    const tensor taps
        = both | conv2d{"taps", {.out = 8, .kernel = 3, .pad = 1, .groups = 8}} | silu{};
    net.output("out", taps + both | conv2d{"head", {.out = 3}} | avg_pool{{.kernel = 3}});
}

}  // namespace

TEST_CASE("halves of a batch give what the whole batch does") {
    const lamina::target targets[] = {gpu, gpu.half(), gpu.tf32()};
    const lamina::target& target = targets[test_seed() % std::size(targets)];
    network net;
    define_decoder(net);
    const run_time_plan bytes = plan_at_run_time(net, target);
    const plan_view plan = plan_view::open(bytes);
    random_source random("halves");
    const random_weights weights(net, random);
    const reference_inputs inputs = random_floats(net, random);
    const quick_kernels quick(target);
    const engine made(bytes, weights.opened());
    CHECK(steps_by(made, {"depthwise_tiled"}) == 2);
    context run = made.make_context();

    INFO("seed ", test_seed());
    const step_comparison found = compare_steps(run, reference(net, weights.lookup()), inputs);
    CHECK_MESSAGE(found.same, found.sentence());
    const auto computed = std::count_if(
        plan->steps.begin(), plan->steps.end(), [](const plan_step& s) { return s.output >= 0; });
    CHECK(found.compared == static_cast<std::size_t>(computed) + net.outputs.size());

    const range_report ranges = run.ranges();
    const auto times = [&](std::string_view layer) {
        return std::count_if(ranges.steps.begin(), ranges.steps.end(),
            [&](const step_range& s) { return s.name == layer; });
    };
    for (const char* layer : {"up", "both", "taps", "head"}) CHECK(times(layer) == 2);
    CHECK(times("stem") == 1);
}
