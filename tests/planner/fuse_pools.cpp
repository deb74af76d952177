// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

/// What is left of a network's groups after fuse and fuse_pools.
texts fused(const network& net, const lamina::target& target = gpu) {
    planner::module m;
    m.net = &net;
    planner::make_groups(m);
    planner::fold(m);
    planner::fuse(m);
    planner::fuse_pools(m, target);
    REQUIRE(verify_groups(m, planner::boundary::fuse).view() == "");
    return alive(m);
}

texts pooled(const shape& in, const conv2d_options& conv, const max_pool_options& pool,
    const lamina::target& target = gpu) {
    network net;
    net.output(
        "y", net.input("x", in) | conv2d{"c", conv} | batch_norm{"n"} | relu{} | max_pool{pool});
    return fused(net, target);
}

const texts joined{"conv2d batch_norm relu max_pool"};
const texts apart{"conv2d batch_norm relu", "max_pool"};

}  // namespace

TEST_CASE("fuse_pools: a max pool of 2x2 ends up in the convolution's kernel on gpu targets") {
    const shape in{2, 8, 12, 10};
    const conv2d_options conv{.out = 8, .kernel = 3, .pad = 1};
    CHECK(pooled(in, conv, {.kernel = 2}) == joined);
    CHECK(pooled(in, conv, {.kernel = 2}, gpu.half()) == joined);
    CHECK(pooled(in, conv, {.kernel = 2, .stride = 2}, gpu.tf32()) == joined);
    CHECK(pooled({2, 8, 13, 11}, conv, {.kernel = 2}) == joined);
    CHECK(pooled({2, 8, 12, 10}, conv, {.kernel = 2, .ceil_mode = true}) == joined);
    CHECK(pooled(in, {.out = 8, .kernel = 3, .stride = 2}, {.kernel = 2}) == joined);
}

TEST_CASE("fuse_pools: other pools, targets and convolutions keep a step of their own") {
    const shape in{2, 8, 12, 10};
    const conv2d_options conv{.out = 8, .kernel = 3, .pad = 1};
    CHECK(pooled(in, conv, {.kernel = 2}, cpu) == apart);
    CHECK(pooled(in, conv, {.kernel = 2}, gpu.general_sizes()) == apart);
    CHECK(pooled(in, conv, {.kernel = 3, .stride = 2, .pad = 1}) == apart);
    CHECK(pooled(in, conv, {.kernel = 2, .stride = 1}) == apart);
    CHECK(pooled(in, conv, {.kernel = 2, .stride = 2, .pad = 1}) == apart);
    CHECK(pooled({2, 8, 13, 11}, conv, {.kernel = 2, .ceil_mode = true}) == apart);
    CHECK(pooled(in, {.out = 8, .kernel = 3, .pad = 1, .groups = 2}, {.kernel = 2}) == apart);
}

TEST_CASE("fuse_pools: a value that another step reads, or a caller, stays in memory") {
    network net;
    const tensor x = net.input("x", {1, 8, 12, 12});
    const tensor y = x | conv2d{"a", {.out = 8}} | relu{};
    net.output("pooled", y | max_pool{{.kernel = 2}});
    net.output("y", y);
    CHECK(fused(net) == texts{"conv2d relu", "max_pool"});
}

TEST_CASE("fuse_pools: a residual, an average and what follows the pool are steps of their own") {
    network net;
    const tensor x = net.input("x", {1, 8, 12, 12});
    net.output("residual",
        add(x | conv2d{"a", {.out = 8}}, net.input("other", {1, 8, 12, 12}))
            | max_pool{{.kernel = 2}});
    net.output("average", x | conv2d{"b", {.out = 8}} | avg_pool{{.kernel = 2}});
    net.output("later", x | conv2d{"c", {.out = 8}} | max_pool{{.kernel = 2}} | relu{});
    CHECK(fused(net)
        == texts{"conv2d add", "max_pool", "conv2d", "avg_pool", "conv2d", "max_pool relu"});
}

TEST_CASE("fuse_pools: of VGG's first block only the pool's output is in memory behind it") {
    network net;
    net.output("y",
        net.input("x", {4, 3, 64, 64})
            | conv2d{"a", {.out = 64, .kernel = 3, .pad = 1}}
            | relu{}
            | conv2d{"b", {.out = 64, .kernel = 3, .pad = 1}}
            | relu{}
            | max_pool{{.kernel = 2}}
            | conv2d{"c", {.out = 64, .kernel = 3, .pad = 1}});
    const std::int64_t image = std::int64_t{4} * 64 * 64 * 64 * 4;
    const planner::module m = planned(net, gpu);
    CHECK(steps_of(m).size() == 4);  // the last one copies the output into the caller's rows
    CHECK(m.arena_bytes < image * 3 / 2);
}
