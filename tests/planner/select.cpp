// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <lamina/planner/render.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

template <class Define>
texts families(const shape& dims, const lamina::target& target, const Define& define) {
    network net;
    net.output("y", define(net.input("x", dims)));
    return families_of(planned(net, target));
}

}  // namespace

TEST_CASE("select: convolutions take the family of their target and shape") {
    const auto plain = [](const tensor& x) {
        const auto y = x
            | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}}
            | conv2d{"b", {.out = 32, .kernel = 3, .groups = 32}}
            | global_avg_pool{};
        return y;
    };
    const texts on_cpu = families({1, 3, 16, 16}, cpu, plain);
    CHECK(on_cpu[0] == "conv2d_blocked");
    CHECK(on_cpu[1] == "depthwise_blocked");
    const texts on_gpu = families({1, 3, 16, 16}, gpu, plain);
    CHECK(on_gpu[1] == "depthwise_tiled");
}

TEST_CASE(
    "select: no work-items along a third axis that a tensor lacks: they would share an element") {
    for (const shape& dims : {shape{300}, shape{3, 300}}) {
        network net;
        const auto [values, indices] = net.input("x", dims) | sort{.axis = -1};
        net.output("values", values | relu{});
        net.output("indices", indices);
        const planner::module m = planned(net, gpu);
        for (const planner::launch& l : m.launches)
            for (const int t : m.kernels[planner::at(l.kernel)].tactics) {
                CAPTURE(std::string(m.tactics[planner::at(t)].label.view()));
                CHECK(m.tactics[planner::at(t)].local[2] <= l.extents[2]);
            }
    }
}

TEST_CASE("select: every step has a kernel, and equal launches share one program") {
    network net;
    resnet50::define(net);
    const planner::module m = planned(net, cpu);
    CHECK(m.launches.size() == m.steps.size());
    CHECK(m.kernels.size() < m.launches.size() / 2);
    std::set<int> used;
    for (const planner::launch& l : m.launches) used.insert(l.kernel);
    CHECK(used.size() == m.kernels.size());
}

TEST_CASE("select: numbers are arguments on the cpu class and constants on the gpu class") {
    network net;
    resnet18::define(net);
    const auto passed = [&](const lamina::target& target) {
        std::size_t count = 0;
        for (const planner::launch& l : planned(net, target).launches) count += l.numbers.size();
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
    for (const lamina::target& target : {cpu, gpu, cpu.half(), gpu.half()}) {
        const planner::module m = planned(net, target);
        bool is_full = false;
        for (const planner::step& s : m.steps)
            is_full = is_full || s.epilogue.size() == planner::epilogue_limit;
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
    for (const lamina::target& target : {cpu, gpu, cpu.half(), gpu.half()}) planned(net, target);
}

TEST_CASE(
    "select: 16-bit storage and tf32 offer matrix units first, and always a portable tactic") {
    network net;
    const auto x = net.input("x", {1, 36, 12, 12}) | relu{};
    const auto y = x | conv2d{"a", {.out = 44, .kernel = 3, .pad = 1}} | relu{};
    const auto rows = y | reshape{{16, 396}} | linear{"b", {.out = 40}};
    net.output("y", attention(rows, rows, rows));
    for (const lamina::target& target :
        {gpu, gpu.half(), gpu.tf32(), gpu.bf16(), cpu.half(), cpu.tf32()}) {
        const planner::module m = planned(net, target);
        CHECK(planner::verify_memory_plan(m).empty());
        for (const planner::kernel& k : m.kernels) {
            const std::string_view family = k.family;
            const bool product = family == "conv2d_tiled" || family == "matmul_tiled";
            const bool units
                = !target.is_cpu() && !(target == gpu) && (product || family == "attention");
            CAPTURE(std::string(family));
            CHECK((m.tactics[planner::at(k.tactics[0])].needs != ability::none) == units);
            // Four warps at once for products, and products of one warp beside them.
            bool wide = false, narrow = false;
            for (const int t : k.tactics) {
                wide = wide || m.tactics[planner::at(t)].needs == ability::wgmma;
                narrow = narrow || m.tactics[planner::at(t)].needs == ability::mma;
            }
            CHECK(wide == (product && units));
            CHECK(narrow == units);
            CHECK(std::any_of(k.tactics.begin(), k.tactics.end(),
                [&](int t) { return m.tactics[planner::at(t)].needs == ability::none; }));
        }
    }
}

TEST_CASE("select: groups that share sums have scratch, and counters that nothing else touches") {
    network net;
    auto x = net.input("x", {1, 512, 7, 7}) | relu{};
    for (const char* at : {"a", "b", "c"})
        x = x | conv2d{at, {.out = 512, .kernel = 3, .pad = 1}} | relu{};
    net.output("y", x | global_avg_pool{});
    const planner::module m = planned(net, gpu.half());
    REQUIRE(m.arrivals >= 0);
    const planner::storage& counters = m.storages[planner::at(m.arrivals)];
    CHECK(counters.first == 0);
    CHECK(counters.last == static_cast<int>(m.launches.size()) - 1);
    int users = 0;
    for (const planner::launch& l : m.launches)
        for (const planner::argument& a : l.arguments)
            users += a.space != lamina::memory_space::weights && a.storage == m.arrivals;
    CHECK(users == 3);
    // Every tile of every split tactic has its counter and its place for partial sums.
    for (const planner::launch& l : m.launches)
        for (int t : m.kernels[planner::at(l.kernel)].tactics) {
            const planner::tactic& tactic = m.tactics[planner::at(t)];
            const auto split = tactic.label.view().find("_split");
            if (split == std::string_view::npos) continue;
            int parts = 0;
            for (char c : tactic.label.view().substr(split + 6)) parts = parts * 10 + c - '0';
            const std::int64_t tiles
                = std::int64_t{(l.extents[1] + tactic.tile[1] - 1) / tactic.tile[1]}
                * ((l.extents[0] + tactic.tile[0] * parts - 1) / (tactic.tile[0] * parts))
                * l.extents[2];
            CHECK(tiles * 4 <= counters.bytes);
            std::int64_t scratch = 0;
            for (std::size_t i = 0; i + 1 < l.arguments.size(); ++i)
                if (l.arguments[i + 1].storage == m.arrivals
                    && l.arguments[i + 1].space != lamina::memory_space::weights)
                    scratch = m.storages[planner::at(l.arguments[i].storage)].bytes;
            CHECK(tiles * parts * tactic.tile[1] * tactic.tile[0] * parts * 4 <= scratch);
        }
    CHECK(planned(net, gpu).arrivals == -1);
}

TEST_CASE("select: on gpu a pointwise step of channels-last images runs along the channels") {
    network net;
    const auto x = net.input("x", {2, 8, 14, 14}) | conv2d{"a", {.out = 96, .kernel = 3, .pad = 1}};
    const auto scaled = x * (x | global_avg_pool{} | sigmoid{});
    net.output("y", scaled | conv2d{"b", {.out = 8, .kernel = 1}});
    for (const lamina::target& target : {gpu, gpu.half()}) {
        const planner::module m = planned(net, target);
        int found = 0;
        for (const planner::launch& l : m.launches) {
            if (std::string_view(m.kernels[planner::at(l.kernel)].family) != "pointwise") continue;
            found += l.extents[0] == 24 && l.extents[1] == 14 * 14 && l.extents[2] == 2;
        }
        CHECK(found == 1);
    }
}

TEST_CASE("select: on gpu a large pool has groups enough for all units") {
    const auto groups = [](const shape& dims) {
        network net;
        net.output("y", net.input("x", dims) | relu{} | global_avg_pool{});
        const planner::module m = planned(net, gpu.half());
        for (const planner::launch& l : m.launches) {
            const planner::kernel& k = m.kernels[planner::at(l.kernel)];
            if (std::string_view(k.family) != "pool") continue;
            const planner::tactic& t = m.tactics[planner::at(k.tactics[0])];
            return (l.extents[0] + t.tile[0] - 1) / t.tile[0] * l.extents[1] * l.extents[2];
        }
        return 0;
    };
    CHECK(groups({8, 32, 112, 112}) == 64);  // four channels a group: no more can be had
    CHECK(groups({8, 240, 28, 28}) >= 264);
    CHECK(groups({8, 1152, 7, 7}) >= 264);
}

TEST_CASE("select: kernels of recurrent layers on gpu have the 256 work-items that NVIDIA's take") {
    network net;
    const auto [y, h, c]
        = net.input("x", {7, 1, 20}) | lstm{"layer", {.hidden_size = 150, .bidirectional = true}};
    net.output("y", y);
    const planner::module m = planned(net, gpu);
    for (const planner::kernel& k : m.kernels)
        for (const int t : k.tactics) {
            const auto& local = m.tactics[planner::at(t)].local;
            CHECK(local[0] * local[1] * local[2] <= 256);
        }
}

TEST_CASE("select: transposed convolutions of one group are tiled on gpu, one residue a group") {
    const auto up = [](int kernel, int stride, int groups) {
        network net;
        const auto x = net.input("x", {1, 16, 5, 7}) | relu{};
        net.output("y",
            x
                | conv_transpose2d{
                    "up", {.out = 24, .kernel = kernel, .stride = stride, .groups = groups}});
        const planner::module m = planned(net, gpu);
        for (const planner::launch& l : m.launches) {
            const std::string family = m.kernels[planner::at(l.kernel)].family;
            if (family.starts_with("conv"))
                return family + " " + std::to_string(l.extents[2]) + " "
                    + std::to_string(l.extents[1]);
        }
        return std::string();
    };
    CHECK(up(2, 2, 1) == "conv2d_tiled 4 35");
    CHECK(up(5, 3, 1) == "conv2d_tiled 9 48");  // 17 x 23 pixels: 6 x 8 of each residue
    CHECK(up(3, 1, 1).starts_with("conv_any"));
    CHECK(up(2, 2, 2).starts_with("conv_any"));
}

TEST_CASE("select: weights that several layers share are packed once where they lie alike") {
    const auto packed = [](const lamina::target& target, const char* weight) {
        network net;
        const auto ids = net.input("ids", {1, 2}, dtype::i32);
        const auto x = ids | embedding{"e", {.rows = 40, .width = 64}};
        const auto y
            = x | linear{"a", {.out = 64}} | relu{} | linear{name("a").shared(), {.out = 64}};
        net.output("y", y | linear{name("e").shared(), {.out = 40, .bias = false}});
        const planner::module m = planned(net, target);
        int count = 0;
        for (const planner::weight_recipe& r : m.weights)
            count += r.source >= 0 && net.parameters[planner::at(r.source)].at.view() == weight;
        return count;
    };
    for (const lamina::target& target : {cpu, gpu, cpu.half()}) {
        CHECK(packed(target, "a.weight") == 1);
        CHECK(packed(target, "a.bias") == 1);
    }
    CHECK(packed(gpu, "e.weight") == 1);  // rows of the table are columns of the product
    CHECK(packed(cpu, "e.weight") == 2);  // in blocks of 16 columns
}
