// SPDX-License-Identifier: Apache-2.0
// Tests of kernels/reach.hpp and plan/reach.hpp: no sound plan is refused, on any target, and a plan
// whose offsets, numbers, defines or work sizes lead out of a buffer is.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/runtime/check_reach.hpp>
#include <lamina/runtime/check_trust.hpp>
#include <lamina/runtime/trust.hpp>

#include "support/faults.hpp"
#include "support/hand_plan.hpp"
#include "support/random_networks.hpp"
#include "support/rounded_layers.hpp"
#include "support/skip.hpp"
#include "support/temporary.hpp"
#include "support/torch_cases.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

const target targets[] = {cpu, gpu, cpu.half(), gpu.half(), gpu.tf32(), cpu_avx2, cpu_neon,
    cpu_avx2.half(), cpu.bf16(), gpu.bf16(), cpu.int8(), gpu.int8()};

std::string fault_in(const plan_records& plan) {
    return fault_of([&] { detail::check_reach(plan, "net.plan"); }).what;
}

/// Counts what is refused of a plan with one argument moved to its buffer's end: nothing that reads or
/// writes more than one element fits there.
struct moved {
    int tried = 0, refused = 0;
};
void move_arguments(plan_records plan, std::map<std::string, moved>& out) {
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const plan_step whole = plan.steps[i];
        const std::string family(plan.kernels[whole.kernel].family);
        if (kernels::find_reach(family).empty()) continue;
        for (std::size_t a = 0; a < whole.arguments.size(); ++a) {
            plan_argument& argument = plan.steps[i].arguments[a];
            const std::uint64_t all = argument.space == memory_space::arena ? plan.arena_bytes
                : argument.space == memory_space::weights                   ? plan.weight_bytes
                : argument.space == memory_space::state ? plan.states[argument.index].bytes()
                : argument.space == memory_space::input ? plan.inputs[argument.index].bytes()
                                                        : plan.outputs[argument.index].bytes();
            argument.offset = all;
            ++out[family].tried;
            out[family].refused += !fault_in(plan).empty();
            plan.steps[i] = whole;
        }
    }
}

/// Counts what is refused of a plan whose numbers, one at a time, do something: the kernels' texts
/// would do it.
void hide_writes(plan_records plan, std::map<std::string, moved>& out) {
    std::string changed;
    for (std::size_t i = 0; i < plan.kernels.size(); ++i) {
        const std::string_view whole = plan.kernels[i].defines;
        const std::string family(plan.kernels[i].family);
        if (out[family].tried || kernels::find_text(family).empty()) continue;
        detail::each_define(whole, [&](std::string_view name, std::string_view rest) {
            const std::string_view value = rest.substr(0, rest.find('\n'));
            if (value.find_first_not_of(" 0123456789-") != value.npos
                || !detail::mentions(kernels::find_text(family), name))
                return;
            for (const char* hidden :
                {" (y[777777777]=0)", " 0;y[777777777]=0", " *(y+777777777)", " y[777777777]"}) {
                const auto at = static_cast<std::size_t>(value.data() - whole.data());
                changed = std::string(whole.substr(0, at)) + hidden
                    + std::string(whole.substr(at + value.size()));
                plan.kernels[i].defines = changed;
                const std::string fault = fault_in(plan);
                CAPTURE(family);
                CAPTURE(name);
                CHECK(fault != "");
                ++out[family].tried;
            }
            plan.kernels[i].defines = whole;
        });
    }
}

/// What the recorded networks are too small for.
void large_images(network& net) {
    const tensor x = net.input("image", {1, 64, 56, 56})
        | conv2d{"a", {.out = 64, .kernel = 3, .pad = 1}}
        | group_norm{"n", 8}
        | conv2d{"b", {.out = 40, .kernel = 3, .pad = 1, .bias = true}}
        | relu{};
    net.output("y", x);
}

void long_rows(network& net) {
    net.output("y", net.input("x", {3, 260}) | relu{} | layer_norm{"n"} | relu{});
}

/// Linear layers that are not the last: an odd depth, and columns that end inside a block.
void tokens(network& net) {
    const tensor x = net.input("x", {2, 9, 46}) | layer_norm{"a"};
    net.output("y", x | linear{"b", 70} | relu{} | linear{"c", 64} | layer_norm{"d"});
}

/// All pixels of an image in blocks, the last of which is not full.
void sums_of_pixels(network& net) {
    const tensor x = net.input("x", {2, 21, 7, 5}) | conv2d{"a", {.out = 37, .kernel = 3}};
    net.output("y", x | reduce_sum{{2, 3}} | lamina::sqrt{});
}

/// Convolutions of the concat of two images, which they read where they are on a GPU; one with a pool behind it.
void joined_images(network& net) {
    const tensor x = net.input("x", {2, 3, 11, 9}) | conv2d{"a", {.out = 16, .kernel = 3}};
    const tensor z = x | conv2d{"b", {.out = 48}} | relu{}, both = concat({x, z});
    net.output("y", both | conv2d{"c", {.out = 20, .kernel = 3, .pad = 1, .bias = true}});
    net.output("pooled",
        concat({z, x}) | conv2d{"d", {.out = 8, .kernel = {3, 2}}} | max_pool{{.kernel = 2}});
}

/// What PyTorch has no record of.
void states_and_random(network& net) {
    const tensor x = net.input("x", {2, 3, 8}), at = net.input("at", {2}, dtype::i32);
    const tensor rows = update(net.state("rows", {2, 9, 8}), x, {.axis = 1, .position = at});
    const tensor whole = update(net.state("whole", {2, 3, 8}), x);
    const tensor draw = net.input("draw", {1}, dtype::i32);
    net.output("y", concat({rows, whole}) | relu{});
    net.output("random", random_uniform(at, draw, {3, 5}) + random_uniform(draw, draw, {5}));
}

}  // namespace

TEST_CASE("reach: every recorded network is within its buffers, on every target") {
    std::map<std::string, moved> families, hidden;
    const auto recorded = torch_cases();
    std::vector<torch_case> cases(recorded.begin(), recorded.end());
    cases.push_back({"winograd", large_images});
    cases.push_back({"long rows", long_rows});
    cases.push_back({"tokens", tokens});
    cases.push_back({"sums of pixels", sums_of_pixels});
    cases.push_back({"states", states_and_random});
    cases.push_back({"rounded layers", rounded_layers});
    cases.push_back({"joined images", joined_images});
    for (const torch_case& of : cases) {
        network net;
        of.define(net);
        for (const lamina::target& target : targets) {
            const run_time_plan made = plan_at_run_time(net, target);
            const plan_view plan = plan_view::open(made.data());
            INFO(of.name, " ", std::string(target.label()));
            CHECK(fault_in(*plan) == "");
            std::vector<std::string_view> own;
            for (const plan_kernel& k : plan->kernels)
                if (!k.text.empty()) own.push_back(k.text);
            CHECK(fault_of([&] {
                detail::check_trust(*plan, trust::catalogue, own, "net.plan");
            }).what
                == "");
            if (target.stores_floats()) move_arguments(*plan, families);
            hide_writes(*plan, hidden);
        }
    }
    for (const kernels::kernel_text& each : kernels::catalog) {
        const std::string family(each.family);
        CAPTURE(family);
        if (family != "matmul")  // takes only what no faster family takes
            CHECK(families[family].tried > 0);
        CHECK(families[family].refused == families[family].tried);
    }
}

TEST_CASE("reach: SECURITY.md names no family as not guarded whose reach is stated") {
    if (!has_source_file("SECURITY.md")) return;
    const auto bytes = read_file(source_file("SECURITY.md"));
    const std::string_view page(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::size_t begin = page.find("**What is not guarded.**");
    REQUIRE(begin != page.npos);
    const std::string_view paragraph = page.substr(begin, page.find("\n\n", begin) - begin);
    CHECK(paragraph.find("`kernels/reach.hpp`") != paragraph.npos);
    for (const kernels::kernel_text& each : kernels::catalog) {
        const std::string name = "`" + std::string(each.family) + "`";
        CAPTURE(name);
        CHECK(paragraph.find(name) == paragraph.npos);
    }
}

TEST_CASE("reach: random networks are within their buffers") {
    for (int number = 0; number < 150; ++number) {
        random_source random("random reach " + std::to_string(number));
        network net;
        make_random_network(net, random, 4 + number % 24);
        check(net);
        REQUIRE(net.problems.empty());
        for (const lamina::target& target : targets) {
            INFO("seed ", test_seed(), ", network ", number, ", ", std::string(target.label()));
            const run_time_plan made = plan_at_run_time(net, target);
            const plan_view plan = plan_view::open(made.data());
            CHECK(fault_in(*plan) == "");
            std::vector<std::string_view> own;
            for (const plan_kernel& k : plan->kernels)
                if (!k.text.empty()) own.push_back(k.text);
            CHECK(fault_of([&] {
                detail::check_trust(*plan, trust::catalogue, own, "net.plan");
            }).what
                == "");
        }
    }
}

TEST_CASE("reach: a hand-made plan that leads out of a buffer is refused") {
    hand_plan sound;
    make_two_steps(sound);
    REQUIRE(fault_in(sound.records) == "");
    const auto refused = [](auto change, const std::string& says) {
        hand_plan p;
        make_two_steps(p);
        change(p);
        const std::string fault = fault_in(p.records);
        INFO(fault);
        CHECK(fault.find(says) != std::string::npos);
    };
    const auto replace = [](hand_plan& p, const std::string& from, const std::string& to) {
        std::string d(p.records.kernels[0].defines);
        const std::size_t at = d.find(from);
        REQUIRE(at != d.npos);
        p.records.kernels[0].defines = p.keep(d.replace(at, from.size(), to));
    };
    refused([](hand_plan& p) { p.records.arena_bytes = 4; }, "of 'y', there are");
    refused([](hand_plan& p) { p.records.arena_bytes = 4127; }, "0 to 999 of 'y'");
    refused([](hand_plan& p) { p.records.steps[0].arguments[0].offset = 8192; }, "of 'y'");
    refused([](hand_plan& p) { p.records.steps[0].arguments[0].space = memory_space::weights; },
        "writes to the weights");
    refused([](hand_plan& p) { p.records.steps[0].arguments[0].type = dtype::f16; },
        "has elements of 4 bytes");
    refused([](hand_plan& p) { p.records.steps[0].arguments.pop_back(); }, "takes 2 buffers");
    refused([](hand_plan& p) { p.records.steps[0].numbers = p.ints({7}); }, "takes 0 numbers");
    refused(
        [&](hand_plan& p) {
            replace(p, "D5 1000", "D5 100000");
            p.records.steps[0].extents = p.list({100000, 1, 1});
        },
        "may touch elements 0 to 99999");
    refused([&](hand_plan& p) { replace(p, "RUN 1", "RUN 300000000"); }, "does not fit 32 bits");
    refused([&](hand_plan& p) { replace(p, "D3 1", "D3 0"); }, "divide by 0");
    refused([&](hand_plan& p) { replace(p, "Y5 1", "Y5 9"); }, "of 'y'");
    refused([&](hand_plan& p) { replace(p, "VW 8", "VW 99"); }, "no vectors of OpenCL");
    refused([&](hand_plan& p) { replace(p, "(e0, i5)", "(e0, i5 + 999999)"); }, "of 'e0'");
    refused([&](hand_plan& p) { replace(p, "(e0, i5)", "(e0, 0 - 9 - i5)"); }, "of 'e0'");
    refused([&](hand_plan& p) { replace(p, "(e0, i5)", "(e1, i5)"); }, "'e1' that is not known");
    refused([&](hand_plan& p) { replace(p, "f_relu(v)", "y[70000]"); }, "of 'y'");
    refused([&](hand_plan& p) { replace(p, "v = f_relu(v);", "e0[0] = v;"); }, "writes to 'e0'");
    refused([&](hand_plan& p) { replace(p, "f_relu(v)", "hidden(v)"); }, "calls 'hidden'");
    refused([&](hand_plan& p) { replace(p, "v = f_relu(v);", "for (;;) v = v;"); },
        "nothing of the kind is known");
    refused([&](hand_plan& p) { replace(p, "v = f_relu(v);", "{ { { {"); }, "open bracket");
    refused([&](hand_plan& p) { replace(p, "f_relu(v)", std::string(5000, '(')); }, "open bracket");
    const std::string deep = std::string(5000, '(') + "v" + std::string(5000, ')');
    refused([&](hand_plan& p) { replace(p, "f_relu(v)", deep); }, "too deep");
    // Lines that the reach does not see, or sees in another way than the kernel.
    refused(
        [&](hand_plan& p) { replace(p, "OPEN(e0);", "OPEN(e0); e0 += 99999;"); }, "EPILOGUE_OPEN");
    refused([&](hand_plan& p) { replace(p, "OPEN(e0);", ""); }, "EPILOGUE_OPEN");
    refused([&](hand_plan& p) { replace(p, ", IN(e0)", ", IN(e0)) { y[77777] = 0; if ((1)"); },
        "an argument 'if'");
    refused([&](hand_plan& p) { replace(p, ", IN(e0)", ", IN(e0), int H"); }, "EPILOGUE_ARGS");
    refused(
        [&](hand_plan& p) {
            replace(p, "#define VW 8\n", "#define VW 8\n#define NUMBERS ) { y[77777]=0; if (1\n");
        },
        "NUMBERS");
    for (const char* line : {"READ(p,i,n) 0", "REQUIRE(x) 0", "LOADV(p,i) (p)[77777]",
             "STORE1(p,i,v) (p)[(i)+9999999]=(v)", "KERNEL(name) __kernel void name(ARGS)",
             "OPEN(x) x+=x##_at+777", "EACH(k,low,high) if(0)"})
        refused(
            [&](hand_plan& p) {
                replace(p, "#define VW 8\n", "#define VW 8\n#define " + std::string(line) + "\n");
            },
            "a word of the kernels'");
    // A name that no text has may stand for anything, but not with an open bracket.
    refused([&](hand_plan& p) { replace(p, "#define VW 8\n", "#define VW 8\n#define MADE {\n"); },
        "it defines 'MADE'");
    // Work sizes: 2000 extents of which the kernel's own test lets 1000 pass.
    hand_plan wide;
    make_two_steps(wide);
    wide.records.steps[0].extents = wide.list({4000000, 1, 1});
    CHECK(fault_in(wide.records) == "");
    refused([](hand_plan& p) { p.records.steps[0].extents = p.list({0xffffffff, 1, 1}); },
        "does not fit 32 bits");
}

TEST_CASE("reach: of a scalar the first element is there, and no other") {
    const auto fault_with
        = [](const std::string& open, const std::string& read, std::uint64_t offset) {
              hand_plan p;
              make_two_steps(p);
              std::string d(p.records.kernels[1].defines);
              const std::string changes[][2]
                  = {{"VECTOR(w)", "SCALAR(w)"}, {"OPEN(w)", open}, {"LOADF(w, i5)", read}};
              for (const auto& [from, to] : changes) {
                  REQUIRE(d.find(from) != d.npos);
                  d.replace(d.find(from), from.size(), to);
              }
              p.records.kernels[1].defines = p.keep(std::move(d));
              p.records.steps[1].arguments[2].offset = offset;
              return fault_in(p.records);
          };
    CHECK(fault_with("OPEN_SCALAR(w)", "w[0]", 0) == "");
    CHECK(fault_with("OPEN_SCALAR(w)", "w[0]", 4028) == "");
    CHECK(fault_with("OPEN_SCALAR(w)", "w[1]", 0).find("of 'w'") != std::string::npos);
    CHECK(fault_with("OPEN_SCALAR(w)", "w[0 - 1]", 128).find("of 'w'") != std::string::npos);
    CHECK(fault_with("OPEN_SCALAR(w)", "LOADF(w, 0)", 0).find("of 'w'") != std::string::npos);
    CHECK(fault_with("OPEN_SCALAR(w)", "1.0f", 4032).find("nothing is there") != std::string::npos);
    CHECK(fault_with("OPEN(w)", "w[0]", 0).find("EPILOGUE_OPEN") != std::string::npos);
}

TEST_CASE("reach: of a plan made just now the tactics that steps begin with are checked") {
    network net;
    net.output(
        "y", net.input("x", {1, 16, 20, 20}) | conv2d{"conv", {.out = 16, .kernel = 3, .pad = 1}});
    const auto bytes = plan_at_run_time(net, cpu_avx2);
    const plan_view view = plan_view::open(bytes);
    plan_records plan = *view;
    const auto check = [&](bool only_first) {
        return fault_of([&] { detail::check_reach(plan, "plan", 1, only_first); }).what;
    };
    REQUIRE(check(false) == "");
    std::size_t spoiled = 0;
    for (std::uint32_t t = 0; t < plan.tactics.size(); ++t) {
        const auto begins = [t](const plan_step& s) { return s.tactic == t; };
        if (std::ranges::any_of(plan.steps, begins)) continue;
        plan.tactics[t].defines = "#define VW 99\n";
        ++spoiled;
    }
    REQUIRE(spoiled > 0);
    CHECK(check(false) != "");
    CHECK(check(true) == "");
    for (plan_tactic& t : plan.tactics) t.defines = "#define VW 99\n";
    CHECK(check(true) != "");
}

TEST_CASE("reach: macros that grow without an end are given up") {
    hand_plan p;
    make_relu(p);
    std::string d = "#define A0 1\n";
    for (int i = 1; i < 30; ++i) {
        const std::string before = "A" + std::to_string(i - 1), name = "A" + std::to_string(i);
        d += "#define " + name + " (" + before + "+" + before + ")\n";
    }
    std::string kernel(p.records.kernels[0].defines);
    kernel.replace(kernel.find("f_relu(v)"), 9, "f_add(v, A29)");
    p.records.kernels[0].defines = p.keep(kernel + d);
    CHECK(fault_in(p.records).find("too long to be followed") != std::string::npos);
}
