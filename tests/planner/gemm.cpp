// SPDX-License-Identifier: Apache-2.0
// Which products of the gpu class are offered to a library, and how they are told to it.
#include "support/planned.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>

using namespace lamina_test;

namespace {

/// The product of the last step with a kernel of the family, if a tactic has one.
std::optional<gemm_call> offered(
    const std::function<void(network&)>& define, const lamina::target& target = gpu) {
    network net;
    define(net);
    const planner::module m = planned(net, target);
    std::optional<gemm_call> out;
    for (const planner::launch& l : m.launches)
        for (const int t : m.kernels[planner::at(l.kernel)].tactics) {
            const planner::tactic& one = m.tactics[planner::at(t)];
            if (one.gemm < 0) continue;
            CHECK(one.label == "clblast_gemm");
            CHECK(one.needs == ability::clblast);
            CHECK(t == m.kernels[planner::at(l.kernel)].tactics.back());
            CHECK(l.tactic != t);  // nobody's choice without a measurement
            out = m.gemms[planner::at(one.gemm)];
            CHECK(out->is_sound());
        }
    return out;
}

void linear_of(network& net) {
    net.output("y", (net.input("x", {20, 30}) | relu{}) | linear{"fc", {.out = 17, .bias = false}});
}
void conv_of(network& net, int kernel, int stride, int groups = 1, bool relus = false) {
    const auto x = net.input("x", {2, 32, 9, 7}) | relu{};
    const auto y
        = x | conv2d{"c", {.out = 32, .kernel = kernel, .stride = stride, .groups = groups}};
    net.output("y", (relus ? y | relu{} : y) | global_avg_pool{});
}
void product_of(network& net, const shape& a, const shape& b, matmul_options options = {}) {
    net.output("y", matmul(net.input("a", a) | relu{}, net.input("b", b) | relu{}, options));
}

}  // namespace

TEST_CASE("gemm: only products of floats on the gpu class are offered") {
    CHECK(offered(linear_of));
    // Weights in slices of depth, as matrix units read them, are no matrix of CLBlast.
    CHECK(!offered(linear_of, gpu.tf32()));
    // CLBlast sums products of halves in half precision.
    CHECK(!offered(linear_of, gpu.half()));
    CHECK(!offered(linear_of, cpu));
    CHECK(!offered([](network& net) { conv_of(net, 3, 1, 2); }));
    CHECK(!offered([](network& net) { conv_of(net, 3, 1, 32); }));
    // Too much scratch memory: 2 GB of patches.
    CHECK(!offered([](network& net) {
        net.output("y",
            (net.input("x", {1, 64, 1024, 1024}) | relu{})
                | conv2d{"c", {.out = 8, .kernel = 3, .pad = 1}});
    }));
}

TEST_CASE("gemm: a linear layer's weights are the second factor, its output the result") {
    const auto g = offered(linear_of);
    REQUIRE(g);
    CHECK(g->rows == 20);
    CHECK(g->depth == 30);
    CHECK(g->columns == 17);
    CHECK(g->batches == 1);
    CHECK(g->a == 0);
    CHECK(g->b == 1);
    CHECK(g->c == 2);
    CHECK(g->b_row == 20);  // padded to four
    CHECK(g->scratch_bytes() == 0);
    const auto finished = offered([](network& net) {
        net.output("y", (net.input("x", {20, 30}) | relu{}) | linear{"fc", {.out = 17}});
    });
    REQUIRE(finished);
    CHECK(finished->has_product());
    CHECK(finished->scratch_bytes() == 20 * 17 * 4);
}

TEST_CASE("gemm: a 1x1 convolution is a product as it lies, others make patches") {
    const auto alone = offered([](network& net) { conv_of(net, 1, 1); });
    REQUIRE(alone);
    CHECK(alone->a == 0);
    CHECK(alone->c == 2);
    CHECK(alone->rows == 2 * 9 * 7);
    CHECK(alone->depth == 32);
    const auto steps = offered([](network& net) { conv_of(net, 1, 2); });
    REQUIRE(steps);
    CHECK(steps->has_patches());
    const auto wide = offered([](network& net) { conv_of(net, 3, 1, 1, true); });
    REQUIRE(wide);
    CHECK(wide->has_patches());
    CHECK(wide->has_product());
    CHECK(wide->depth == 9 * 32);
    CHECK(wide->rows == 2 * 7 * 5);
    CHECK(wide->scratch_bytes() >= (70 * 288 + 70 * 32) * 4);
}

TEST_CASE("gemm: batches have one stride, and those that share a factor are one product") {
    const auto batches = offered([](network& net) { product_of(net, {2, 3, 5, 8}, {2, 3, 8, 9}); });
    REQUIRE(batches);
    CHECK(batches->batches == 6);
    CHECK(batches->a_batch == 40);
    CHECK(batches->b_batch == 72);
    CHECK(batches->c_batch == 45);
    const auto shared = offered([](network& net) { product_of(net, {6, 5, 8}, {8, 9}); });
    REQUIRE(shared);
    CHECK(shared->batches == 1);
    CHECK(shared->rows == 30);
    const auto first = offered([](network& net) { product_of(net, {5, 8}, {6, 8, 9}); });
    REQUIRE(first);
    CHECK(first->batches == 6);
    CHECK(first->a_batch == 0);
    const auto turned = offered([](network& net) {
        product_of(net, {8, 5}, {9, 8}, {.transpose_a = true, .transpose_b = true});
    });
    REQUIRE(turned);
    CHECK(turned->a_transposed);
    CHECK(turned->b_transposed);
    CHECK(turned->a_row == 5);
    CHECK(turned->b_row == 8);
    // No single stride leads from one of these batches to the next.
    CHECK(!offered([](network& net) { product_of(net, {2, 1, 5, 8}, {3, 8, 9}); }));
}

TEST_CASE("gemm: numbers that describe no matrices, or more than CLBlast counts, are not sound") {
    const gemm_call good{true, 20, 17, 30, 1, 0, 1, 2, 30, 20, 17};
    REQUIRE(good.is_sound());
    const auto unsound = [&](auto change) {
        gemm_call g = good;
        change(g);
        CHECK(!g.is_sound());
    };
    unsound([](gemm_call& g) { g.rows = 0; });
    unsound([](gemm_call& g) { g.columns = -1; });
    unsound([](gemm_call& g) { g.batches = 0; });
    unsound([](gemm_call& g) { g.a = -2; });
    unsound([](gemm_call& g) { g.b = -1; });
    unsound([](gemm_call& g) { g.a_row = 29; });
    unsound([](gemm_call& g) { g.b_row = 16; });
    unsound([](gemm_call& g) { g.c_row = 16; });
    unsound([](gemm_call& g) { g.a_batch = -1; });
    unsound([](gemm_call& g) { g.a_transposed = 2; });
    unsound([](gemm_call& g) { g.b_transposed = 1; });      // rows of 30 in 20
    unsound([](gemm_call& g) { g.a = -1, g.a_row = 31; });  // patches are dense
    unsound([](gemm_call& g) { g.c = -1, g.c_row = 18; });  // and so are sums
    unsound([](gemm_call& g) { g.c = -1, g.batches = 2; });
    unsound([](gemm_call& g) { g.rows = 1 << 24; });  // 2^24 * 256 padded
    unsound([](gemm_call& g) { g.batches = 1 << 30; });
    unsound([](gemm_call& g) { g.a_row = 2147483647; });
    unsound([](gemm_call& g) { g.batches = 2, g.b_batch = 2147483647; });
}
