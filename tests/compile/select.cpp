// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <lamina/compile/render.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

template <class Define>
texts families(const shape& dims, const target& goal, const Define& define) {
    network net;
    net.output("y", define(net.input("x", dims)));
    return families_of(planned(net, goal));
}

}  // namespace

TEST_CASE("select: convolutions take the family of their target and shape") {
    const auto plain = [](const tensor& x) {
        return x | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}}
        | conv2d{"b", {.out = 32, .kernel = 3, .groups = 32}} | global_avg_pool{};
    };
    const texts on_cpu = families({1, 3, 16, 16}, cpu, plain);
    CHECK(on_cpu[0] == "conv2d_blocked");
    CHECK(on_cpu[1] == "depthwise_blocked");
    const texts on_gpu = families({1, 3, 16, 16}, gpu, plain);
    CHECK(on_gpu[1] == "depthwise_tiled");
}

TEST_CASE("select: every step has a kernel, and equal launches share one program") {
    network net;
    resnet50::define(net);
    const compile::module m = planned(net, cpu);
    CHECK(m.launches.size() == m.steps.size());
    CHECK(m.kernels.size() < m.launches.size() / 2);
    std::set<int> used;
    for (const compile::launch& l : m.launches) used.insert(l.kernel);
    CHECK(used.size() == m.kernels.size());
}

TEST_CASE("select: numbers are arguments on the cpu class and constants on the gpu class") {
    network net;
    resnet18::define(net);
    const auto passed = [&](const target& goal) {
        std::size_t count = 0;
        for (const compile::launch& l : planned(net, goal).launches) count += l.numbers.size();
        return count;
    };
    CHECK(passed(cpu) > 0);
    CHECK(passed(gpu) == 0);
}

TEST_CASE("select: the longest epilogue that fuse makes still fits into a kernel's text") {
    network net;
    const tensor x = net.input("x", {1, 16, 8, 8});
    tensor y = x | conv2d{"c", {.out = 16, .kernel = 3, .pad = 1, .bias = true}} | batch_norm{"n"};
    for (int i = 0; i < 4; ++i) y = y + (x | slice{2, {.start = 0, .stop = 8}});
    for (int i = 0; i < 12; ++i) y = y | clamp{-1.2345678f * static_cast<float>(i + 1), 1.9876543f};
    net.output("y", y | global_avg_pool{});
    for (const target& goal : {cpu, gpu, cpu.half(), gpu.half()}) {
        const compile::module m = planned(net, goal);
        bool is_full = false;
        for (const compile::step& s : m.steps)
            is_full = is_full || s.epilogue.size() == compile::epilogue_limit;
        CHECK(is_full);
    }
}

TEST_CASE("select: six axes in any order, stretched and sliced, still fit") {
    network net;
    const tensor x = net.input("x", {2, 3, 4, 5, 6, 7});
    const tensor y = net.input("y", {7, 6, 5, 4, 3, 2}) | permute{{5, 4, 3, 2, 1, 0}};
    const tensor z = net.input("z", {1, 3, 1, 5, 1, 7});
    net.output("a", (x * y + z) | slice{3, {.start = 1, .stop = 5, .step = 2}} | softmax{2});
    net.output("b", (x - z) | reduce_mean{{1, 4}});
    for (const target& goal : {cpu, gpu, cpu.half(), gpu.half()}) planned(net, goal);
}
