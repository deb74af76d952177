// SPDX-License-Identifier: Apache-2.0
// Random networks through every stage: no boundary is broken, the arena is tight, and the plan's bytes
// pass the reader's verifier with the very facts that were planned.
#include "support/random_networks.hpp"

#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/planned_network.hpp>
#include <lamina/planner/render.hpp>
#include <lamina/planner/verified_stages.hpp>
#include <lamina/planner/whole_plan.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace lamina_test;
using namespace lamina;

namespace {

struct string_sink {
    std::string all;
    void append(std::string_view part) { all += part; }
    void append(std::int64_t number) { all += std::to_string(number); }
};

/// Reads the bytes back and compares; a sentence of what differs, or nothing.
std::string reread(const network& net, const planner::module& m, const run_time_plan& p) {
    const plan_view view = plan_view::open(p, "random plan");
    if (view->arena_bytes != p.arena_bytes || view->weight_bytes != p.weight_bytes
        || view->flops != p.flops)
        return "bytes or flops differ";
    if (static_cast<int>(view->steps.size()) != p.steps
        || static_cast<int>(view->kernels.size()) != p.kernels)
        return "the number of steps or kernels differs";
    if (view->parameters.size() != net.parameters.size()) return "a parameter is missing";
    for (std::size_t i = 0; i < net.parameters.size(); ++i)
        if (view->parameters[i].name != net.parameters[i].at.view()
            || !(view->parameters[i].dims == net.parameters[i].dims))
            return "parameter " + std::to_string(i) + " differs";
    if (view->outputs.size() != net.outputs.size()) return "an output is missing";
    for (std::size_t i = 0; i < net.outputs.size(); ++i)
        if (view->outputs[i].name != net.outputs[i].at.view()) return "an output's name differs";
    for (std::size_t i = 0; i < m.launches.size(); ++i) {
        const plan_step& s = view->steps[i];
        const planner::launch& l = m.launches[i];
        if (s.arguments.size() != l.arguments.size()
            || !std::equal(s.numbers.begin(), s.numbers.end(), l.numbers.begin(), l.numbers.end()))
            return "step " + std::to_string(i) + " differs";
        string_sink defines;
        planner::render(m.kernels[planner::at(l.kernel)].defines, defines);
        if (view->kernels[s.kernel].defines != defines.all)
            return "the kernel of step " + std::to_string(i) + " differs";
        for (int id : m.steps[i].members)
            if (s.layers.find(net.nodes[planner::at(id)].layer) == std::string_view::npos
                && s.layers.size() < 230)
                return "step " + std::to_string(i) + " does not name its layers";
    }
    return {};
}

}  // namespace

TEST_CASE("random networks: no stage breaks a promise, on any target") {
    int sound = 0, loose = 0;
    for (int number = 0; number < 400; ++number) {
        random_source random("random plan " + std::to_string(number));
        network net;
        make_random_network(net, random, 4 + number % 24);
        check(net);
        INFO("seed ", test_seed(), ", network ", number);
        for (const problem& p : net.problems) FAIL_CHECK(std::string(full_sentence(p).view()));
        if (!net.problems.empty()) continue;
        ++sound;
        bool is_loose = false;
        for (const lamina::target& target :
            {cpu, gpu, cpu.half(), gpu.half(), cpu.bf16(), gpu.bf16(), cpu.int8(), gpu.int8()}) {
            INFO(std::string(target.label()), " ", std::string(to_text(target.numbers.storage)));
            network planned = planned_network(net, target);
            const planner::whole_plan<planner::verified> whole(planned, target, "random plan");
            const planner::module& m = whole.run;
            CHECK(m.fault.view() == "");
            if (!m.fault.empty()) continue;
            CHECK_MESSAGE(m.arena_bytes * 100 <= m.live_bytes * 150, m.arena_bytes, " bytes for ",
                m.live_bytes);
            is_loose |= !planner::is_tight(m);
            CHECK(reread(planned, m, plan_at_run_time(net, target)) == "");
        }
        loose += is_loose;
    }
    CHECK(sound == 400);
    // A few tensors in a bad pattern cannot be packed better: about 1 network in 4000 has a plan above
    // 1.05 times its floor, mostly for several targets.
    CHECK(loose <= 4);
}
