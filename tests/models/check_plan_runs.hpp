// SPDX-License-Identifier: Apache-2.0
// Plans a small network, runs it on the device and compares its output with the reference.
// Shared by the gpu_kernels_*.cpp, which try the kernel families of the gpu class on any device.
#pragma once
#include "support/near.hpp"
#include "support/quick_kernels.hpp"
#include "support/random_weights.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

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
    const quick_kernels quick(target);
    const lamina::engine engine(plan, weights.opened(), device, {.tuning = tuning});
    bool is_there = wanted.family.empty();
    for (const auto& row : engine.report().kernels)
        is_there = is_there
            || (row.family == wanted.family
                && (wanted.tactic.empty() || row.tactic == wanted.tactic));
    CHECK_MESSAGE(is_there, "no step runs " << wanted.family << " " << wanted.tactic);

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
            const std::string_view needs = plan->tactics[t].needs;
            if (k.family == family
                && (matrix_units ? needs == "mma" || needs == "wgmma" : needs.empty())
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
