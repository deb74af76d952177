// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

/// Steps of a network that maps one tensor to one.
template <class Define>
texts steps_for(const shape& dims, const lamina::target& target, const Define& define) {
    network net;
    net.output("y", define(net.input("x", dims)));
    return steps_of(planned(net, target));
}

}  // namespace

TEST_CASE("assign_layouts: a reshape, a permute, a slice and a split cost no step") {
    const auto moves = [](const tensor& x) {
        const auto [a, b] = chunk<2>(x | reshape{{4, 6, 2}} | permute{{1, 0, 2}}, 1);
        return (a | slice{0, {.start = 0, .stop = 6, .step = 2}}) + (b | slice{0, {.stop = 3}});
    };
    for (const lamina::target& target : {cpu, gpu})
        CHECK(steps_for({4, 12}, target, moves) == texts{"add"});
}

TEST_CASE("assign_layouts: what a concat joins is written in place, on both targets") {
    for (const lamina::target& target : {cpu, gpu}) {
        network net;
        dense_concat::define(net);
        const planner::module m = planned(net, target);
        const texts steps = steps_of(m);
        CHECK(std::count(steps.begin(), steps.end(), "reformat") == 0);
        CHECK(std::count(steps.begin(), steps.end(), "concat") == 0);
    }
}

TEST_CASE(
    "assign_layouts: a part that does not begin at a block is copied where channels are blocked") {
    const auto define = [](const tensor& x) {
        const tensor a = x | conv2d{"a", {.out = 5}}, b = x | conv2d{"b", {.out = 16}};
        return concat({a, b}) | conv2d{"c", {.out = 16}} | global_avg_pool{};
    };
    const texts blocked = steps_for({1, 8, 6, 6}, cpu, define);
    CHECK(std::count(blocked.begin(), blocked.end(), "reformat") == 3);  // the input, a and b
    CHECK(steps_for({1, 8, 6, 6}, gpu, define)
        == texts{"reformat", "conv2d", "conv2d", "conv2d", "global_avg_pool"});
}

TEST_CASE(
    "assign_layouts: a value that two concats want is written into one and copied to the other") {
    network net;
    const tensor x = net.input("x", {1, 16, 6, 6});
    const tensor a = x | conv2d{"a", {.out = 16}}, b = x | conv2d{"b", {.out = 16}};
    net.output("ab", concat({a, b}) | conv2d{"c", {.out = 16}});
    net.output("ba", concat({b, a}) | conv2d{"d", {.out = 16}});
    const auto copies = [&](const lamina::target& target) {
        const texts steps = steps_of(planned(net, target));
        return std::count(steps.begin(), steps.end(), "reformat");
    };
    for (const lamina::target& target : {cpu, gpu.general_sizes()})
        CHECK(copies(target) == 1 + 2 + 2);  // the input, two results
    CHECK(copies(gpu) == 1 + 2);             // convolutions read both where they are
}

TEST_CASE(
    "assign_layouts: a result whose layout is the caller's is written straight to the caller") {
    CHECK(steps_for({2, 8}, cpu, [](const tensor& x) { return x | linear{"l", 4}; })
        == texts{"linear"});
    network net;
    net.output("y", net.input("x", {2, 8}) | linear{"l", 4});
    const planner::module m = planned(net);
    CHECK(m.storages[planner::at(m.steps[0].output.storage)].space == lamina::memory_space::output);
    CHECK(m.arena_bytes == 0);
}

TEST_CASE(
    "assign_layouts: an input that is an output, and one tensor bound twice, are copied out") {
    network net;
    const tensor x = net.input("x", {2, 8});
    const tensor y = x | relu{};
    net.output("same", x);
    net.output("y1", y);
    net.output("y2", y);
    CHECK(steps_of(planned(net)) == texts{"reformat", "relu", "reformat"});
}

TEST_CASE("assign_layouts: layouts follow the target: blocks of channels or channels innermost") {
    network net;
    tensor x = net.input("x", {1, 3, 8, 8});
    net.output("y", x | conv2d{"a", {.out = 20}} | conv2d{"b", {.out = 8}} | global_avg_pool{});
    const planner::module blocked = planned(net, cpu);
    CHECK(blocked.steps[0].output.lay.block == 16);
    CHECK(blocked.storages[planner::at(blocked.steps[0].output.storage)].bytes == 32 * 64 * 4);
    const planner::module last = planned(net, gpu);
    CHECK(last.steps[0].output.lay.block == 1);
    CHECK(last.steps[0].output.lay.stride[1] == 1);
    CHECK(last.storages[planner::at(last.steps[0].output.storage)].bytes == 20 * 64 * 4);
}

TEST_CASE("assign_layouts: half storage halves the arena, and the caller's buffers stay float") {
    network net;
    inception_like::define(net);
    // With half storage the gpu class has scratch for sums that groups share, too.
    CHECK(planned(net, cpu.half()).arena_bytes * 2 == planned(net, cpu).arena_bytes);
    CHECK(planned(net, cpu.bf16()).arena_bytes * 2 == planned(net, cpu).arena_bytes);
    const planner::module full = planned(net, gpu), half = planned(net, gpu.half());
    for (std::size_t i = 0; i < full.storages.size(); ++i)
        if (full.storages[i].space == lamina::memory_space::arena)
            CHECK(half.storages[i].bytes * 2 == full.storages[i].bytes);
    CHECK(half.steps.back().output.type == dtype::f32);
}

TEST_CASE("assign_layouts: extents that an int cannot count in their layout are one sentence") {
    const auto fault_of = [](const lamina::target& target, auto define, int side = 23200) {
        network net;
        net.output("y", define(net.input("x", {1, 1, side, side})));
        REQUIRE(net.problems.empty());
        return std::string(planner::verified_stages(net, target).fault.view());
    };
    const auto pool = [](const tensor& x) { return x | max_pool{{.kernel = 2}}; };
    const auto conv = [](const tensor& x) { return x | conv2d{"a", {.out = 1, .kernel = 1}}; };
    // Rows of one channel, as many elements as there are.
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon, gpu}) {
        CHECK(fault_of(target, pool) == "");
        CHECK(fault_of(target, conv) == "");
    }
    const auto wider = [](const tensor& x) { return x | conv2d{"a", {.out = 5, .kernel = 1}}; };
    CHECK(fault_of(gpu, wider, 11600) == "");
    CHECK(fault_of(cpu, wider, 11600)
            .ends_with(
                "conv2d 'a': its image 1x5x11600x11600 takes 2152960000 elements in blocks of 16 channels; "
                "the limit is 2147483647. Use smaller extents or split the layer"));
    CHECK(fault_of(cpu_neon, wider, 11600) == "");

    network wide;
    wide.output("y",
        wide.input("x", {1, 3, 8, 8})
            | max_pool{{.kernel = 2}}
            | flatten{}
            | linear{"b", 20000000});
    CHECK(std::string(planner::verified_stages(wide, cpu).fault.view()) == "");
    network weights;
    weights.output("y", weights.input("x", {1, 1 << 27, 1, 1}) | conv2d{"c", {.out = 1}});
    CHECK(std::string(planner::verified_stages(weights, cpu).fault.view())
            .ends_with(
                "conv2d 'c': its weight 1x134217728x1x1 takes 2147483648 elements in blocks of "
                "16 channels; the limit is 2147483647. Use smaller extents or split the layer"));
}
