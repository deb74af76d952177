// SPDX-License-Identifier: Apache-2.0
// Products that a plan gives to a library are checked like kernels: whatever the numbers of a plan say,
// nothing outside of its buffers is touched.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <lamina/plan/read.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/runtime/check_reach.hpp>
#include <lamina/runtime/check_trust.hpp>
#include <lamina/runtime/trust.hpp>

#include "support/faults.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

std::string fault_in(const plan_records& plan) {
    return fault_of([&] { detail::check_reach(plan, "net.plan"); }).what;
}

/// A linear layer, a batched product, a 1x1 and a 3x3 convolution, each with nothing behind it and with
/// something that finishes it.
const std::function<void(network&)> networks[] = {
    [](network& net) {
        const auto x = net.input("x", {20, 30}) | relu{};
        net.output("y", x | linear{"fc", {.out = 17, .bias = false}});
    },
    [](network& net) { net.output("y", net.input("x", {20, 30}) | linear{"fc", {.out = 17}}); },
    [](network& net) {
        const auto a = net.input("a", {3, 17, 20}) | relu{},
                   b = net.input("b", {3, 9, 20}) | relu{};
        net.output("y", matmul(a, b, {.transpose_b = true}));
    },
    [](network& net) {
        const auto a = net.input("a", {3, 17, 20}) | relu{},
                   b = net.input("b", {3, 9, 20}) | relu{};
        net.output("y", matmul(a, b, {.transpose_b = true}) | relu{});
    },
    [](network& net) {
        const auto x = net.input("x", {2, 8, 9, 7}) | relu{};
        net.output("y", x | conv2d{"c", {.out = 12, .kernel = 1}} | global_avg_pool{});
    },
    [](network& net) {
        const auto x = net.input("x", {2, 8, 9, 7}) | relu{};
        net.output("y", x | conv2d{"c", {.out = 12, .kernel = 3, .pad = 1, .bias = true}});
    },
};

struct planned_product {
    run_time_plan made;
    plan_view plan;
    std::size_t tactic = 0, step = 0;  ///< with the product

    explicit planned_product(const std::function<void(network&)>& define)
        : made(make(define)), plan(plan_view::open(made.data())) {
        const auto has = [](const plan_tactic& t) { return t.gemm.present; };
        const auto found = std::find_if(plan->tactics.begin(), plan->tactics.end(), has);
        REQUIRE(found != plan->tactics.end());
        tactic = static_cast<std::size_t>(found - plan->tactics.begin());
        for (std::size_t i = 0; i < plan->steps.size(); ++i)
            for (const std::uint32_t t : plan->kernels[plan->steps[i].kernel].tactics)
                if (t == tactic) step = i;
    }
    static run_time_plan make(const std::function<void(network&)>& define) {
        network net;
        define(net);
        check(net);
        REQUIRE(net.problems.empty());
        return plan_at_run_time(net, gpu);
    }
};

}  // namespace

TEST_CASE("gemm: products of sound plans are within their buffers, and stay so in a file") {
    for (const auto& define : networks) {
        const planned_product p(define);
        CHECK(fault_in(*p.plan) == "");
        const plan_view again = plan_view::open(rewrite_plan(*p.plan));
        CHECK(again->tactics[p.tactic].gemm == p.plan->tactics[p.tactic].gemm);
        CHECK(fault_of([&] { detail::check_trust(*again, trust::catalogue, {}, "net.plan"); }).what
            == "");
    }
}

TEST_CASE("gemm: a product that leads out of a buffer is refused") {
    for (const auto& define : networks) {
        const planned_product p(define);
        const gemm_call whole = p.plan->tactics[p.tactic].gemm;
        const auto refused = [&](auto change, const std::string& says = "may not run") {
            plan_records records = *p.plan;
            change(records.tactics[p.tactic].gemm, records.steps[p.step]);
            if (records.tactics[p.tactic].gemm == whole
                && records.steps[p.step].arguments.size() == p.plan->steps[p.step].arguments.size())
                FAIL("the change changed nothing");
            const std::string fault = fault_in(records);
            CAPTURE(fault);
            CHECK(fault.find(says) != std::string::npos);
        };
        // Far more of everything than there is memory, and numbers that describe no matrix.
        // Patches and sums take scratch memory, as much as the product says.
        if (!whole.has_patches() || !whole.has_product())
            refused([](gemm_call& g, plan_step&) { g.rows = 4000; });
        refused([](gemm_call& g, plan_step&) { g.depth = 4000; });
        refused([](gemm_call& g, plan_step&) { g.columns = 4000; });
        refused([](gemm_call& g, plan_step&) { g.b_row = 100000; });
        refused([](gemm_call& g, plan_step&) { g.batches = 100, g.b_batch = 1000; });
        refused([](gemm_call& g, plan_step&) { g.batches = 0; }, "describe no matrices");
        refused([](gemm_call& g, plan_step&) { g.b = -1; }, "describe no matrices");
        refused([](gemm_call& g, plan_step&) { g.b = 99; }, "takes buffer 99");
        refused([](gemm_call& g, plan_step& s) {
            s.arguments.resize(1);
            g.b = 1;
        });
        if (!whole.has_patches()) {
            refused([](gemm_call& g, plan_step&) { g.a_row = 100000; });
            refused([](gemm_call& g, plan_step&) { g.a = 99; }, "takes buffer 99");
        }
        if (!whole.has_product()) {
            refused([](gemm_call& g, plan_step&) { g.c_row = 100000; });
            refused([](gemm_call& g, plan_step&) { g.c = 99; }, "takes buffer 99");
        } else {
            // Where the kernel expects sums to finish, there are none.
            refused([](gemm_call& g, plan_step&) { g.c = 0; });
        }
    }
}

TEST_CASE("gemm: a product of halves, or one written to weights or an input, is refused") {
    const planned_product p(networks[0]);
    const auto refused = [&](auto change, const std::string& says) {
        plan_records records = *p.plan;
        change(records.tactics[p.tactic].gemm, records.steps[p.step]);
        const std::string fault = fault_in(records);
        CAPTURE(fault);
        CHECK(fault.find(says) != std::string::npos);
    };
    refused([](gemm_call&, plan_step& s) { s.arguments[0].type = dtype::f16; }, "passes f16");
    refused([](gemm_call& g, plan_step&) { g.c = 1, g.c_row = 17; }, "writes to the weights");
    refused(
        [](gemm_call& g, plan_step& s) {
            s.arguments[0].space = memory_space::input;
            g.c = 0;
        },
        "writes to the input");
    refused([](gemm_call&, plan_step& s) { s.arguments[0].offset += 4096; }, "its first factor");
    refused([](gemm_call&, plan_step& s) { s.arguments[1].offset += 4096; }, "its second factor");
    refused([](gemm_call&, plan_step& s) { s.arguments[2].offset += 4096; }, "its result");
}

TEST_CASE("gemm: a kernel that takes scratch memory needs a product that says how much") {
    for (const auto& define : networks) {
        const planned_product p(define);
        plan_records records = *p.plan;
        records.tactics[p.tactic].gemm = {};
        CHECK(fault_in(records).find("buffers, it passes") != std::string::npos);
        records = *p.plan;
        records.tactics[p.tactic].defines = "";
        CHECK(fault_in(records).find("may not run") != std::string::npos);
        // Parts of the kernel that the product has no memory for.
        const gemm_call& g = p.plan->tactics[p.tactic].gemm;
        records = *p.plan;
        records.tactics[p.tactic].defines
            = "#define GEMM 1\n#define PATCHES 1\n#define FINISHES 1\n#define BK 4\n#define BN 4\n";
        CHECK((fault_in(records) == "") == (g.has_patches() && g.has_product()));
    }
}
