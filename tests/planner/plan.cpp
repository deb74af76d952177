// SPDX-License-Identifier: Apache-2.0
// plan<Net>: the compiler's plan is the run-time one, byte for byte, and its facts are constants.
#include "support/planned.hpp"

#include <lamina/plan/read.hpp>

#include <doctest/doctest.h>

#include <cstring>

using namespace lamina_test;

namespace mine {
struct tiny {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 4}) | linear{"fc", 2} | relu{});
    }
};
}  // namespace mine
using mine::tiny;

namespace {

template <class Net, target Target> void same_bytes(std::string_view label) {
    constexpr auto& made = plan<Net, Target>;
    const plan_view view = plan_view::open(made);
    CHECK(view->network == label);
    CHECK(view->target == Target.label());
    network net;
    Net::define(net);
    const run_time_plan again = plan_at_run_time(net, Target, view->network);
    REQUIRE(again.data().size() == made.data().size());
    CHECK(std::memcmp(again.data().data(), made.data().data(), made.data().size()) == 0);
    CHECK(again.arena_bytes == made.arena_bytes);
    CHECK(again.fused == made.fused);
    CHECK(again.steps == made.steps);
}

}  // namespace

TEST_CASE("plan: the compiler and the program make the same bytes") {
    same_bytes<tiny, cpu>("mine::tiny");
    same_bytes<dense_concat, cpu>("lamina_test::dense_concat");
    same_bytes<dense_concat, gpu>("lamina_test::dense_concat");
}

TEST_CASE("plan: precision is a template argument and target::half() at run time") {
    constexpr auto& half = plan<tiny, cpu, precision::fp16>;
    const plan_view view = plan_view::open(half);
    CHECK(view->precision == dtype::f16);
    static_assert(half.weight_bytes < plan<tiny>.weight_bytes + 1);
    constexpr auto& bfloat = plan<tiny, cpu, precision::bf16>;
    CHECK(plan_view::open(bfloat)->precision == dtype::bf16);
    static_assert(bfloat.weight_bytes == half.weight_bytes);
}

TEST_CASE("plan: facts are constants") {
    static_assert(plan<tiny>.steps == 1);
    static_assert(plan<tiny>.nodes == 3);
    static_assert(plan<tiny>.fused == 1);
    static_assert(plan<tiny>.arena_bytes == 0);
    static_assert(plan<tiny>.flops >= 2 * 4 * 2);
    CHECK(plan<tiny>.kernels == 1);
}

TEST_CASE("plan: at run time what the planner refuses is an error, not the program's end") {
    network net;
    auto x = net.input("image", {1, 1, 11600, 11600});
    net.output("y", x | conv2d{"conv1", {.out = 5, .kernel = 3, .pad = 1}});
    check(net);
    REQUIRE(net.problems.empty());
    try {
        plan_at_run_time(net, cpu, "large");
        FAIL("nothing was thrown");
    } catch (const error& fault) {
        CHECK(fault.code() == errc::plan_limits);
        CHECK(fault.subject() == "large");
        CHECK(std::string_view(fault.what())
                .ends_with("plan.cpp:69: conv2d 'conv1': its image 1x5x11600x11600 takes "
                           "2152960000 elements in blocks of 16 channels; the limit is "
                           "2147483647. Use smaller extents or split the layer"));
    }
    CHECK(plan_at_run_time(net, gpu).steps > 0);
}
