// SPDX-License-Identifier: Apache-2.0
// Steps that keep 16 bits in plans for another type: right within the bounds of each element's own types,
// and the very numbers of a plan for that type where all steps do.
#include "support/on_targets.hpp"
#include "support/planned.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

#include <lamina/debug.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <set>

using namespace lamina;
using namespace lamina_test;

namespace {

/// Plans for fp32, tf32 and 16 bits, on both kinds of layouts.
constexpr target wide[] = {cpu, cpu_avx2.half(), gpu.tf32(), gpu.bf16()};

/// A backbone of halves, a residual that reads both types, concats of one type and of two, a pool, bfloats.
void images(network& net) {
    const tensor x
        = net.input("x", {2, 3, 12, 16}) | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}} | relu{};
    const tensor y = x | conv2d{"b", {.out = 32, .kernel = 3, .pad = 1, .bias = true}} | silu{};
    const tensor z = y | conv2d{"c", {.out = 16, .bias = true}};
    net.keep("?", dtype::f16);
    const tensor joined = concat({y, z}) | conv2d{"few", {.out = 3, .kernel = 3, .pad = 1}};
    net.keep("few", dtype::bf16);
    const tensor both = concat({add(x, y), joined}) | max_pool{{.kernel = 2}};
    net.output("scores",
        both
            | conv2d{"last", {.out = 21, .kernel = 3}}
            | global_avg_pool{}
            | flatten{}
            | linear{"head.fc", 10}
            | softmax{1});
    net.keep("head.*", dtype::bf16);
    net.output("y", y);
    // Few channels, which blocks would not hold: rows, read by a step of another type.
    const tensor small = x | conv2d{"small", {.out = 3}};
    net.keep("small", dtype::bf16);
    net.output("small", small | conv2d{"rows", {.out = 5, .kernel = 3}});
    const tensor other = x | conv2d{"other", {.out = 32}};
    net.keep("other", dtype::bf16);
    net.output("three", (add(y, other) | relu{}) + add(x, other));
    net.output("joined", joined | conv2d{"after", {.out = 5, .kernel = 3}} | relu{});
}

/// Attention whose mask stays float, a view between two steps of halves, a parameter of halves.
void rows(network& net) {
    const tensor t = net.input("t", {2, 21, 40}) | linear{"in", 40};
    const tensor table = net.parameter("table", {21, 40});
    net.keep("table", dtype::f16);
    const tensor placed = add(t, table);
    const tensor mask = (net.input("open", {21, 21}) - 0.5f) * 3e9f | clamp{-1e9f, 0};
    const tensor seen = attention(placed, t, placed, {.mask = mask});
    net.keep(seen, dtype::f16);
    const tensor u = seen | reshape{{2, 840}} | linear{"wide", 64} | layer_norm{"norm"};
    net.keep("wide", dtype::f16);
    net.output("u", u);
    net.output("seen", seen | permute{{0, 2, 1}});
    const tensor scores = matmul(seen, t, {.transpose_b = true});
    net.keep(scores, dtype::bf16);
    net.output("shares", scores | softmax{2});
}

/// A step of several outputs, and a rule given by the second of them.
void states(network& net) {
    const tensor t = net.input("t", {5, 2, 12});
    const auto [y, h, c] = t | lstm{"a", {.hidden_size = 20}};
    net.keep(h, dtype::f16);
    net.output("y", y | linear{"head", 7});
    net.output("h", h | relu{});
    net.output("c", c * 0.5f);
}

std::vector<float> run_for(const network& net, const random_weights& weights,
    const std::vector<float>& x, const lamina::target& target) {
    const engine made(plan_at_run_time(net, target), weights.opened());
    return made.run({{"x", x}})["y"].values;
}

void all_layers(network& net) {
    const tensor x = net.input("x", {1, 3, 9, 9})
        | conv2d{"a", {.out = 20, .kernel = 3, .pad = 1, .bias = true}}
        | conv2d{"b", {.out = 19, .kernel = 3}}
        | batch_norm{"b.norm"}
        | relu{};
    net.output("y", x | global_avg_pool{} | flatten{} | linear{"c", 7});
}

}  // namespace

TEST_CASE("kept halves: plans with steps of 16 bits give what the reference gives") {
    check_on_devices("images with steps of 16 bits", images, wide);
    check_on_devices("rows with steps of 16 bits", rows, wide);
    check_on_devices("states of 16 bits", states, wide);
}

TEST_CASE("kept halves: where every step keeps a type the numbers are those of a plan for it") {
    random_source random("all kept");
    network net, plain;
    all_layers(net);
    all_layers(plain);
    const random_weights weights(net, random);
    const std::vector<float> x = random.numbers(243);
    for (const dtype type : {dtype::f16, dtype::bf16}) {
        for (node& n : net.nodes)
            if (n.kind != op::input && !is_view(n.kind)) n.kept = type;
        for (const lamina::target& target : {cpu, gpu, cpu.half(), gpu.bf16()})
            CHECK(run_for(net, weights, x, target)
                == run_for(plain, weights, x, target.storing(type)));
    }
}

TEST_CASE("kept halves: steps, values, weights and tables have the types that are asked for") {
    network net;
    images(net);
    for (const lamina::target& target : {cpu, cpu_avx2, gpu}) {
        const planner::module m = planned(net, target);
        std::set<std::string> halves, bfloats;
        for (const planner::step& s : m.steps) {
            if (s.is_copy || is_pointwise(s.kind)) continue;
            const node& anchor = net.nodes[planner::at(s.anchor)];
            const dtype wanted = anchor.at.empty() ? dtype::f32
                : anchor.at.view().size() == 1     ? dtype::f16
                : anchor.at == "few" || anchor.at == "head.fc" || anchor.at == "other"
                    || anchor.at == "small"
                ? dtype::bf16
                : dtype::f32;
            CAPTURE(std::string(anchor.at.view()));
            CHECK(s.numbers.storage == wanted);
            for (const planner::view& v : s.inputs)
                CHECK((v.type == wanted || v.type == dtype::f32));
            if (wanted == dtype::f16) CHECK(s.output.type == dtype::f16);
        }
        const run_time_plan plan = plan_at_run_time(net, target);
        const plan_view opened = plan_view::open(plan.data());
        CHECK(plan_table(*opened).find("precision") != std::string::npos);
        CHECK(plan_json(*opened).find(R"("precision": "bf16")") != std::string::npos);
        for (const plan_step& s : opened->steps) {
            if (precision_of(*opened, s) == dtype::f16) halves.insert(std::string(s.name));
            if (precision_of(*opened, s) == dtype::bf16) bfloats.insert(std::string(s.name));
        }
        for (const char* name : {"a", "b", "c"}) CHECK(halves.contains(name));
        CHECK(bfloats.contains("head.fc"));
        bool packs_halves = false;
        for (const plan_weight& w : opened->weights) packs_halves |= w.type == dtype::f16;
        CHECK(packs_halves);
    }
}

TEST_CASE("kept halves: layers of different types are not fused") {
    network net;
    const tensor x = net.input("x", {1, 16, 8, 8}) | conv2d{"a", {.out = 16, .kernel = 3}};
    const tensor y = x | batch_norm{"n"} | relu{};
    net.keep("a", dtype::f16);
    net.keep("n", dtype::f32);
    net.output("y", y);
    const planner::module m = planned(net, cpu);
    CHECK(count_of(m, "conv2d") == 1);
    CHECK(count_of(m, "batch_norm relu") == 1);
    CHECK(m.steps[0].output.type == dtype::f16);
}
