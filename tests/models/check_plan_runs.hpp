// SPDX-License-Identifier: Apache-2.0
// Plans a small network, runs it on the device and compares its output with the reference.
// Shared by the gpu_kernels_*.cpp, which try the kernel families of the gpu class on any device.
#pragma once
#include "support/near.hpp"
#include "support/random_weights.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <doctest/doctest.h>

#include <functional>

namespace lamina_test {

/// Which kernel a step must have got, and a tactic to force (empty: the plan's own choice).
struct wanted_kernel {
    std::string_view family;
    std::string_view tactic = {};
};

inline void check_runs(const std::function<void(lamina::network&)>& define,
    const lamina::target& target, const wanted_kernel& wanted = {}) {
    lamina::network net;
    define(net);
    for (const lamina::problem& found : net.problems)
        FAIL(std::string(full_sentence(found).view()));
    random_source random("plan");
    const random_weights weights(net, random);
    lamina::reference_inputs inputs;
    for (const lamina::node& n : net.nodes) {
        if (n.kind != lamina::op::input) continue;
        lamina::reference_tensor tensor(n.dims);
        tensor.values = random.numbers(tensor.values.size());
        inputs.emplace(std::string(n.at.view()), tensor);
    }
    const lamina::device device = lamina::device::best();
    const lamina::run_time_plan plan = lamina::plan_at_run_time(net, target);
    std::vector<lamina::tuning_row> tuning;
    if (!wanted.tactic.empty())
        tuning.push_back({lamina::tuning_scope::type, std::string(to_text(device.facts().type)),
            std::string(wanted.family), {}, std::string(wanted.tactic)});
    const lamina::engine engine(plan, weights.opened(), device, {.tuning = tuning});
    bool is_there = wanted.family.empty();
    for (const auto& row : engine.report().kernels)
        is_there = is_there
            || (row.family == wanted.family
                && (wanted.tactic.empty() || row.tactic == wanted.tactic));
    CHECK_MESSAGE(is_there, "no step runs " << wanted.family << " " << wanted.tactic);

    const lamina::arithmetic by = lamina::arithmetic_of(engine.plan());
    const lamina::reference oracle(net, weights.lookup());
    const auto values = oracle.run(inputs, by);
    INFO("seed ", test_seed());
    lamina::context run = engine.make_context();
    for (const auto& [name, tensor] : inputs) run.set_input(name, tensor.values);
    run.run();
    for (const lamina::output_binding& out : net.outputs) {
        const std::string name(out.at.view());
        const difference off = near(run.get(name), oracle.output(values, name), by);
        CHECK_MESSAGE(off.is_near, name << ": " << off.what);
    }
}

}  // namespace lamina_test
