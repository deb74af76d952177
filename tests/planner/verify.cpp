// SPDX-License-Identifier: Apache-2.0
// The verifiers see what they promise to see: each case breaks one thing in a right module.
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using planner::boundary;

namespace {

bool says(const sentence& found, std::string_view part) {
    INFO(found.c_str());
    CHECK(found.view().find("please report it") != std::string_view::npos);
    return found.view().find(part) != std::string_view::npos;
}

struct example {
    network net;
    planner::module m;
    example() {
        inception_like::define(net);
        m = planned(net, cpu.horizontal_fusion(false));  // groups as schedule left them
    }
};

}  // namespace

TEST_CASE("verify: a node in two fusion groups, in none, or written twice") {
    example e;
    const planner::module right = e.m;
    e.m.groups[1].members.push_back(right.groups[0].members[0]);
    CHECK(says(verify_groups(e.m, boundary::schedule), "is a member of 2 fusion groups"));
    e.m = right;
    e.m.groups[1].members.erase(e.m.groups[1].members.begin() + 1);
    CHECK(says(verify_groups(e.m, boundary::fuse), "is a member of 0 fusion groups"));
    e.m = right;
    e.m.groups.push_back(e.m.groups[0]);
    CHECK(says(verify_groups(e.m, boundary::schedule), "is written twice"));
}

TEST_CASE("verify: a node with more inputs than its op takes") {
    example e;
    e.net.nodes[planner::at(e.m.groups[0].anchor)].inputs.push_back(0);
    CHECK(says(verify_groups(e.m, boundary::fold), "has 2 inputs, its op takes 1 to 1"));
}

TEST_CASE("verify: a value that was swallowed, or is read before it is written") {
    example e;
    const planner::module right = e.m;
    e.m.groups[1].inputs[0] = right.groups[0].members[0];  // inside the first group
    CHECK(says(verify_groups(e.m, boundary::fuse), "which no work writes"));
    e.m = right;
    std::swap(e.m.groups[0], e.m.groups[1]);
    CHECK(verify_groups(e.m, boundary::fuse).empty());
    CHECK(says(verify_groups(e.m, boundary::schedule), "which no work writes before it"));
}

TEST_CASE("verify: operands of an epilogue that do not exist") {
    example e;
    const planner::module right = e.m;
    e.m.groups[0].epilogue[0].operand = 3;
    CHECK(says(verify_groups(e.m, boundary::fuse), "reads operand 3 of 0"));
    e.m = right;
    e.m.groups[0].operands.push_back({-1, -1, 1});
    CHECK(says(verify_groups(e.m, boundary::fuse), "exactly one that exists"));
    e.m = right;
    e.m.groups[0].epilogue.resize(17);
    CHECK(says(verify_groups(e.m, boundary::fuse), "has 17 functions"));
}

TEST_CASE("verify: a view beyond its storage, a foreign block, a storage read too early") {
    example e;
    const planner::module right = e.m;
    e.m.steps[2].output.offset += 1;
    CHECK(says(verify_steps(e.m, cpu), "that ends at byte"));
    e.m = right;
    e.m.steps[2].inputs[0].lay.block = 8;
    CHECK(says(verify_steps(e.m, cpu), "in blocks of 8"));
    e.m = right;
    e.m.steps[2].output.shift = 16;
    CHECK(says(verify_steps(e.m, cpu), "begins 16 lanes inside a block of 16"));
    e.m = right;
    std::swap(e.m.steps[0], e.m.steps[1]);
    CHECK(says(verify_steps(e.m, cpu), "which no step writes before it"));
    e.m = right;
    e.m.steps[3].output.storage = 99;
    CHECK(says(verify_steps(e.m, cpu), "of storage 99"));
}

TEST_CASE("verify: two parts of a concat in the same place") {
    for (const lamina::target& target : {cpu, gpu}) {
        network net;
        inception_like::define(net);
        planner::module m = planned(net, target);
        std::vector<planner::step*> parts;  // of the first storage with several writers
        for (planner::step& s : m.steps)
            if (parts.empty() || s.output.storage == parts[0]->output.storage) {
                if (!parts.empty() || m.storages[planner::at(s.output.storage)].bytes > 300000)
                    parts.push_back(&s);
            }
        REQUIRE(parts.size() == 4);
        parts[1]->output.offset = parts[0]->output.offset;
        CHECK(says(verify_steps(m, target), "write to the same elements"));
    }
}

TEST_CASE("verify: boxes of views tell parts that touch from parts that overlap") {
    const planner::view whole{0, 0, {1, 48, 4, 4}, channels_blocked({1, 48, 4, 4}, 16), dtype::f32};
    const auto part = [&](int start, int count) {
        return planner::layout_assignment::part_of(whole, 1, start, count, 1);
    };
    CHECK(are_disjoint(part(0, 16), part(16, 32)));
    CHECK_FALSE(are_disjoint(part(0, 17), part(16, 32)));
    CHECK(are_disjoint(part(0, 5), part(5, 11)));  // share a block, not a lane
    CHECK_FALSE(are_disjoint(part(0, 6), part(5, 11)));
    const planner::view rows{0, 0, {3, 5, 7}, row_major({3, 5, 7}), dtype::f32};
    for (int axis = 0; axis < 3; ++axis) {
        const auto cut = [&](int start, int count) {
            return planner::layout_assignment::part_of(rows, axis, start, count, 1);
        };
        CHECK(are_disjoint(cut(0, 1), cut(1, 2)));
        CHECK_FALSE(are_disjoint(cut(0, 2), cut(1, 2)));
    }
    // The first image of two as a row of three, and the rest as the reshaped whole: [2, 3] and [6].
    const planner::view first{0, 0, {1, 3}, row_major({2, 3}), dtype::f32};
    const auto flat = [](int start, int count) {
        return planner::view{0, start, {count}, row_major({6}), dtype::f32};
    };
    CHECK(are_disjoint(first, flat(3, 3)));
    CHECK_FALSE(are_disjoint(first, flat(2, 3)));
    const planner::view odd{0, 1, {3, 1}, {.stride = {2, 1}}, dtype::f32};
    CHECK(are_disjoint(odd, {0, 2, {1, 1, 1}, row_major({1, 1, 1}), dtype::f32}));
    CHECK_FALSE(are_disjoint(odd, {0, 3, {1, 1, 1}, row_major({1, 1, 1}), dtype::f32}));
}

TEST_CASE("verify: launches that name what is not there, and kernels whose text was cut") {
    example e;
    const planner::module right = e.m;
    e.m.launches.pop_back();
    CHECK(says(verify_launches(e.m), "launches for"));
    e.m = right;
    e.m.launches[1].kernel = 77;
    CHECK(says(verify_launches(e.m), "runs kernel 77"));
    e.m = right;
    e.m.launches[1].tactic = 77;
    CHECK(says(verify_launches(e.m), "uses tactic 77"));
    e.m = right;
    e.m.launches[1].numbers.push_back(1);
    CHECK(says(verify_launches(e.m), "numbers, its kernel of"));
    e.m = right;
    e.m.launches[1].arguments[0].storage = 999;
    CHECK(says(verify_launches(e.m), "999 of"));
    e.m = right;
    e.m.kernels[1].defines.overflowed = true;
    CHECK(says(verify_launches(e.m), "that there is room for"));
    CHECK(says(verify_texts(e.m), "that there is room for"));
    e.m = right;
    e.m.weights[0].bytes += 4;
    CHECK(says(verify_launches(e.m), "its extents take"));
}

TEST_CASE("verify: storages that overlap while both live, lie askew or outside the arena") {
    example e;
    const planner::module right = e.m;
    std::vector<std::size_t> placed_ones;
    for (std::size_t i = 0; i < right.storages.size(); ++i)
        if (right.storages[i].space == lamina::memory_space::arena && right.storages[i].first >= 0)
            placed_ones.push_back(i);
    planner::storage& second = e.m.storages[placed_ones[1]];
    second.offset = right.storages[placed_ones[0]].offset;
    CHECK(says(verify_memory_plan(e.m), "overlap"));
    e.m = right;
    e.m.storages[placed_ones[0]].offset += 64;
    CHECK(says(verify_memory_plan(e.m), "multiples of 128"));
    e.m = right;
    e.m.arena_bytes -= 128;
    CHECK(says(verify_memory_plan(e.m), "of an arena of"));
    e.m = right;
    e.m.weights[1].offset -= 64;
    CHECK(says(verify_memory_plan(e.m), "packed weights lie at byte"));
}
