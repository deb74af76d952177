// SPDX-License-Identifier: Apache-2.0
// Ops of several outputs: one step writes them all, and the verifiers see where it does not.
#include "support/planned.hpp"

#include <lamina/plan/read.hpp>

#include <doctest/doctest.h>

using namespace lamina_test;

namespace {

/// Both outputs are the caller's, one is read further too.
void top_of_rows(network& net) {
    const tensor x = net.input("x", {2, 33});
    const auto [values, indices] = x | topk{5};
    net.output("values", values);
    net.output("indices", indices);
    net.output("rows", indices | embedding{"table", {.rows = 33, .width = 4}});
}

bool says(const sentence& found, std::string_view part) {
    INFO(found.c_str());
    return found.view().find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("further outputs: one step writes them straight into the caller's buffers") {
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon, gpu}) {
        network net;
        top_of_rows(net);
        const planner::module m = planned(net, target);
        CHECK(steps_of(m) == std::vector<std::string>{"topk", "embedding"});
        CHECK(m.steps[0].further.size() == 1);
        CHECK(m.launches[0].arguments.size() == 3);
        CHECK(m.arena_bytes == 0);
    }
}

TEST_CASE("further outputs: a plan has a tensor for each, behind each other") {
    network net;
    top_of_rows(net);
    planned(net);
    const run_time_plan made = plan_at_run_time(net, cpu);
    const plan_view plan = plan_view::open(made.data());
    const auto tensors = plan->tensors_of(0);
    REQUIRE(tensors.size() == 2);
    CHECK(tensors[0].type == dtype::f32);
    CHECK(tensors[1].type == dtype::i32);
    CHECK(tensors[0].dims == shape{2, 5});
    CHECK(tensors[1].dims == shape{2, 5});
    CHECK(tensors[0].node != tensors[1].node);
    CHECK(plan->tensors_of(1).size() == 1);
}

TEST_CASE("further outputs: either may stay unused") {
    for (const bool wants_indices : {false, true}) {
        network net;
        const auto [values, indices] = net.input("x", {2, 33}) | topk{5};
        net.output("y", wants_indices ? indices : values);
        const planner::module m = planned(net);
        CHECK(m.steps.size() == 1);
        CHECK(m.arena_bytes > 0);  // the other one's
    }
}

TEST_CASE("further outputs: verifiers see one that is written elsewhere or not at all") {
    network net;
    top_of_rows(net);
    const planner::module right = planned(net);
    planner::module m = right;
    m.steps[0].further[0].seen.storage = m.steps[0].inputs[0].storage;
    CHECK(says(planner::verify_steps(m, cpu), "which holds something else"));
    m = right;
    m.launches[0].arguments.pop_back();
    CHECK(says(planner::verify_launches(m), "does not pass the storage of its output"));
    m = right;
    m.groups[0].further[0] = m.groups[0].output;
    CHECK(says(planner::verify_groups(m, planner::boundary::schedule), "is written twice"));
}
