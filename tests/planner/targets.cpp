// SPDX-License-Identifier: Apache-2.0
// The CPU classes: the same families with blocks of their lanes and tiles of their registers.
#include "support/planned.hpp"

#include <lamina/plan/read.hpp>
#include <lamina/planner/render.hpp>

#include <doctest/doctest.h>

#include <cstdlib>

using namespace lamina_test;

namespace {

struct string_sink {
    std::string all;
    void append(std::string_view part) { all += part; }
    void append(std::int64_t number) { all += std::to_string(number); }
};

/// The number that a text of defines gives a name; `otherwise` where it does not.
int defined(const std::string& text, const std::string& name, int otherwise) {
    const std::size_t found = text.find("#define " + name + " ");
    return found == std::string::npos ? otherwise
                                      : std::atoi(text.c_str() + found + 9 + name.size());
}

/// Registers that the inner loop of a launch with a tactic has: sums and the vectors they meet.
int registers_of(const std::string& family, const std::string& fixed, const std::string& tiles) {
    const auto number
        = [&](const char* name) { return defined(tiles, name, defined(fixed, name, 1)); };
    if (family == "linear_blocked" || family == "matmul_blocked")
        return (number("TR") + 1) * number("OB") * 16;
    if (family == "attention_blocked")
        return (std::max(number("TK"), number("TE")) + 1) * number("QV") * 16;
    if (family == "conv2d_blocked" || family == "conv2d_winograd"
        || family == "conv_transpose_blocked")
        return (number("TW") + 1) * number("OB") * number("VW");
    if (family == "depthwise_blocked") return (number("UNIT") + 1) * number("VW");
    if (family == "conv_grouped") return (number("OB") + 1) * number("NV") * number("VW");
    return 0;
}

void all_products(network& net) {
    const tensor x = net.input("x", {2, 3, 96, 96});
    tensor y = x | conv2d{"a", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}} | relu{};
    y = y | conv2d{"b", {.out = 64, .kernel = 3, .pad = 1}} | relu{};
    y = y | conv2d{"c", {.out = 96, .kernel = 1}} | silu{} | max_pool{{.kernel = 2}};
    y = y | conv2d{"d", {.out = 96, .kernel = 3, .pad = 1, .groups = 96}} | relu{};
    y = y | conv2d{"g5", {.out = 60, .kernel = 3, .pad = 1, .groups = 6}} | relu{};
    y = y | conv2d{"g1", {.out = 60, .kernel = 1, .groups = 12}};
    y = y | conv_transpose2d{"e", {.out = 40, .kernel = 2, .stride = 2}};
    net.output("image", y | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric}});
    const tensor t = net.input("t", {2, 37, 64}) | linear{"f", 64} | gelu_erf{};
    const tensor u = attention(t, t, t) | layer_norm{"g"};
    net.output("rows", matmul(u, t, {.transpose_b = true}) | softmax{2});
    net.output("one", net.input("v", {1, 300}) | linear{"h", 100});
}

}  // namespace

TEST_CASE("targets: every CPU class takes the fast families, with its own blocks") {
    network net;
    all_products(net);
    const std::vector<std::string> wanted = families_of(planned(net, cpu));
    for (const lamina::target& target : {cpu_avx2, cpu_neon}) {
        INFO(std::string(target.label()));
        const planner::module m = planned(net, target);
        CHECK(families_of(m) == wanted);
        for (const planner::step& s : m.steps)
            if (s.kind == op::conv2d) CHECK(s.output.lay.block == target.channel_block);
        for (const planner::weight_recipe& r : m.weights)
            if (r.winograd) CHECK(r.inner[0] == target.channel_block);
    }
}

TEST_CASE("targets: no tactic needs more registers than its class has") {
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon, cpu_avx2.half()}) {
        for (void (*define)(network&) : {+all_products, +[](network& n) { resnet50::define(n); }}) {
            network net;
            define(net);
            const planner::module m = planned(net, target);
            int counted = 0;
            for (const planner::kernel& k : m.kernels) {
                string_sink fixed;
                planner::render(k.defines, fixed);
                for (int id : k.tactics) {
                    const std::string tiles(m.tactics[planner::at(id)].defines.view());
                    const std::string family(k.family);
                    const int lanes = registers_of(family, fixed.all, tiles);
                    INFO(std::string(target.label()), " ", family, " ", tiles);
                    // One more holds what all the sums meet, unless it is read as they are summed.
                    CHECK(lanes / target.channel_block < target.registers);
                    counted += lanes > 0;
                }
            }
            CHECK(counted > 20);
        }
    }
}

TEST_CASE("targets: a plan says which class it is for") {
    network net;
    net.output("y", net.input("x", {1, 8, 4, 4}) | conv2d{"a", {.out = 8, .kernel = 3}});
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon, gpu}) {
        const run_time_plan plan = plan_at_run_time(net, target.winograd(2));
        CHECK(plan_view::open(plan, "a plan")->target == target.label());
    }
    CHECK(cpu.label() == "cpu");
    CHECK(cpu_avx2.half().label() == "cpu_avx2");
    CHECK(cpu_neon.label() == "cpu_neon");
    CHECK(cpu_avx2 != cpu);
    CHECK(cpu_avx2.half().winograd(0).channel_block == 8);
}
