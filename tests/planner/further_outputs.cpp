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

/// The steps that are no copies.
std::vector<std::string> computed(const planner::module& m) {
    std::vector<std::string> out;
    for (const std::string& step : steps_of(m))
        if (step != "reformat") out.push_back(step);
    return out;
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
        // Unused indices are not written; the values always are.
        CHECK(m.steps[0].further.size() == (wants_indices ? 1 : 0));
        CHECK(m.launches[0].arguments.size() == (wants_indices ? 3 : 2));
        CHECK((m.arena_bytes > 0) == wants_indices);
    }
}

TEST_CASE("further outputs: verifiers see one that is written elsewhere or not at all") {
    network net;
    top_of_rows(net);
    const planner::module right = planned(net);
    planner::module m = right;
    m.steps[0].further[0].seen.storage = m.steps[0].inputs[0].storage;
    CHECK(says(planner::verify_steps(m, cpu), "writes to a network input"));
    m = right;
    m.launches[0].arguments.pop_back();
    CHECK(says(planner::verify_launches(m), "does not pass the storage of its output"));
    m = right;
    m.steps[0].further[0].seen.storage = m.steps[0].output.storage;
    CHECK(says(planner::verify_steps(m, cpu), "write to the same elements"));
    m = right;
    m.groups[0].further[0] = m.groups[0].output;
    CHECK(says(planner::verify_groups(m, planner::boundary::schedule), "none of the 2 outputs"));
    m = right;
    m.groups[0].further.push_back(m.groups[0].further[0]);
    CHECK(says(planner::verify_groups(m, planner::boundary::schedule), "is written twice"));
}

TEST_CASE("further outputs: parts of one concat are written in place") {
    for (const lamina::target& target : {cpu, gpu}) {
        network net;
        const tensor x = net.input("x", {2, 33}), y = net.input("y", {2, 33});
        net.output("at", concat({(x | topk{5}).indices, (y | topk{3}).indices}, -1));
        const planner::module m = planned(net, target);
        CHECK(steps_of(m) == std::vector<std::string>{"topk", "topk"});
    }
}

TEST_CASE("further outputs: a pool with indices takes an epilogue on its values") {
    for (const lamina::target& target : {cpu, cpu_avx2, gpu}) {
        network net;
        const tensor x = net.input("x", {2, 32, 8, 8});
        const auto [values, indices]
            = x | conv2d{"c", {.out = 32, .kernel = 1}} | max_pool_with_indices{{.kernel = 2}};
        net.output("y", max_unpool(values | relu{}, indices, 8));
        const planner::module m = planned(net, target);
        CHECK(computed(m)
            == std::vector<std::string>{"conv2d", "max_pool_with_indices relu", "max_unpool"});
    }
}

TEST_CASE("further outputs: an epilogue does not move its step behind their readers") {
    network net;
    const tensor x = net.input("x", {2, 32, 8, 8});
    const auto [values, indices] = x | max_pool_with_indices{{.kernel = 2}};
    const tensor back = max_unpool(x | max_pool{{.kernel = 2}}, indices, {4, 4});
    net.output("y", values + back);
    const planner::module m = planned(net);
    CHECK(computed(m)
        == std::vector<std::string>{"max_pool_with_indices", "max_pool", "max_unpool", "add"});
}
