// SPDX-License-Identifier: Apache-2.0
// Plans a small network, runs it on the device and compares its output with the reference.
// Shared by the gpu_kernels_*.cpp, which try the kernel families of the gpu class on any device.
#pragma once
#include "support/inputs.hpp"
#include "support/near.hpp"
#include "support/quick_kernels.hpp"
#include "support/random_weights.hpp"
#include "support/skip.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/tactic_limits.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace lamina_test {

/// Which kernel a step must have got, and a tactic to force (empty: the plan's own choice).
struct wanted_kernel {
    std::string_view family;
    std::string_view tactic = {};
    bool on_units = false;  ///< all steps of the family run by tactics for matrix units
};

inline bool needs_units(const lamina::plan_tactic& t) {
    return t.needs == "mma" || t.needs == "wgmma";
}

/// Rows that choose a tactic for all steps of a family.
inline std::vector<lamina::tuning_row> always(std::string_view family, std::string_view tactic) {
    return {{lamina::tuning_scope::type, std::string(to_text(lamina::device::best().facts().type)),
        std::string(family), {}, std::string(tactic)}};
}

/// Whether the device's facts allow a tactic for one of the steps that have it; says "skipped" and why where
/// they do not. What a driver refuses later is a failure: steps_by() finds no step then.
inline bool takes_tactic(const lamina::plan_records& plan, const wanted_kernel& wanted) {
    std::string why;
    for (const lamina::plan_step& step : plan.steps) {
        const lamina::plan_kernel& kernel = plan.kernels[step.kernel];
        if (kernel.family != wanted.family) continue;
        for (const std::uint32_t t : kernel.tactics) {
            if (plan.tactics[t].name != wanted.tactic) continue;
            why = lamina::detail::device_refuses(
                lamina::device::best().facts(), step, plan.tactics[t]);
            if (why.empty()) return true;
        }
    }
    if (why.empty()) return true;
    skip((std::string(wanted.family) + " " + std::string(wanted.tactic) + " " + why).c_str());
    return false;
}

/// How many steps an engine runs by a family, and by a tactic if one is named.
inline std::size_t steps_by(const lamina::engine& of, const wanted_kernel& wanted) {
    std::size_t steps = 0;
    for (const auto& row : of.report().kernels)
        if (row.family == wanted.family && (wanted.tactic.empty() || row.tactic == wanted.tactic))
            steps += row.steps;
    return steps;
}

/// How many steps an engine runs by tactics for matrix units, of one family or (empty) of all.
inline std::size_t steps_on_units(const lamina::engine& of, std::string_view family = {}) {
    std::size_t steps = 0;
    for (std::size_t i = 0; i < of.plan().steps.size(); ++i) {
        const lamina::plan_kernel& kernel = of.plan().kernels[of.plan().steps[i].kernel];
        if (!family.empty() && kernel.family != family) continue;
        steps += std::any_of(kernel.tactics.begin(), kernel.tactics.end(), [&](std::uint32_t t) {
            return of.plan().tactics[t].name == of.tactic(i) && needs_units(of.plan().tactics[t]);
        });
    }
    return steps;
}

inline void check_runs(const std::function<void(lamina::network&)>& define,
    const lamina::target& target, const wanted_kernel& wanted = {}) {
    lamina::network net;
    define(net);
    for (const lamina::problem& found : net.problems)
        FAIL(std::string(full_sentence(found).view()));
    random_source random("plan");
    const random_weights weights(net, random);
    const lamina::reference_inputs inputs = random_floats(net, random);
    const lamina::device device = lamina::device::best();
    const lamina::run_time_plan plan = lamina::plan_at_run_time(net, target);
    const std::vector<lamina::tuning_row> tuning = wanted.tactic.empty()
        ? std::vector<lamina::tuning_row>()
        : always(wanted.family, wanted.tactic);
    if (!wanted.tactic.empty() && !takes_tactic(*lamina::plan_view::open(plan.data()), wanted))
        return;
    const quick_kernels quick(target);
    const lamina::engine engine(plan, weights.opened(), device, {.tuning = tuning});
    const std::size_t steps = steps_by(engine, wanted);
    CHECK_MESSAGE((steps > 0 || wanted.family.empty()),
        "no step runs " << wanted.family << " " << wanted.tactic);
    if (wanted.on_units) CHECK(steps_on_units(engine, wanted.family) == steps);

    const lamina::plan_arithmetic by = lamina::arithmetic_of(engine.plan(), net);
    const lamina::reference oracle(net, weights.lookup());
    const auto values = oracle.run(inputs, by);
    INFO("seed ", test_seed());
    lamina::context run = engine.make_context();
    for (const auto& [name, tensor] : inputs) run.set_input(name, tensor.values);
    run.run();
    for (const lamina::output_binding& out : net.outputs) {
        const std::string name(out.at.view());
        const difference off = near(run.get(name), oracle.output(values, name), by.at(out.node));
        CHECK_MESSAGE(off.is_near, name << ": " << off.what);
    }
}

/// The tactics of a family in the network's plan, each once: those for matrix units, or those that need no
/// ability.
inline std::vector<std::string> tactics_of(const std::function<void(lamina::network&)>& define,
    const lamina::target& target, std::string_view family, bool matrix_units) {
    lamina::network net;
    define(net);
    const lamina::run_time_plan made = lamina::plan_at_run_time(net, target);
    const lamina::plan_view plan = lamina::plan_view::open(made.data());
    std::vector<std::string> out;
    for (const lamina::plan_kernel& k : plan->kernels)
        for (std::uint32_t t : k.tactics) {
            if (k.family == family
                && (matrix_units ? needs_units(plan->tactics[t]) : plan->tactics[t].needs.empty())
                && std::find(out.begin(), out.end(), plan->tactics[t].name) == out.end())
                out.emplace_back(plan->tactics[t].name);
        }
    return out;
}

/// Attention in one step, with lengths that fill no tile, with causal and other masks.
struct attention_case {
    lamina::shape q, k, v;
    bool causal = false, mask = false;

    /// Fused with what follows ("out") and, if wanted, alone too ("plain").
    void define(lamina::network& net, bool is_plain_too = false) const {
        const auto q_ = net.input("q", q) | lamina::silu{}, k_ = net.input("k", k) | lamina::silu{};
        const auto v_ = net.input("v", v) | lamina::silu{};
        lamina::attention_options options{.causal = causal};
        if (mask) options.mask = net.input("mask", {q[q.rank - 2], k[k.rank - 2]});
        net.output("out", attention(q_, k_, v_, options) | lamina::relu{});
        if (is_plain_too) net.output("plain", attention(q_, k_, v_, options));
    }
};

inline std::vector<attention_case> attention_cases(const std::vector<attention_case>& more) {
    std::vector<attention_case> out{
        {{2, 3, 37, 64}, {2, 3, 37, 64}, {2, 3, 37, 64}},
        {{1, 2, 70, 16}, {1, 2, 201, 16}, {1, 2, 201, 24}},
        {{1, 2, 130, 40}, {1, 2, 130, 40}, {1, 2, 130, 40}, true},
        {{2, 1, 20, 128}, {2, 1, 64, 128}, {2, 1, 64, 128}, false, true},
        {{1, 3, 65, 32}, {1, 3, 65, 32}, {1, 3, 65, 80}, true, true},
    };
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

}  // namespace lamina_test
