// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

/// What is left of a network's groups after fuse_concats.
texts fused(const network& net, const lamina::target& target = gpu) {
    planner::module m;
    m.net = &net;
    planner::make_groups(m);
    planner::fold(m);
    planner::fuse(m);
    planner::fuse_concats(m, target);
    REQUIRE(verify_groups(m, planner::boundary::fuse).view() == "");
    return alive(m);
}

struct widths {
    int first, second;
};

/// Two images of those channels, computed, side by side in front of a convolution.
texts joined(const widths& of, const conv2d_options& conv, const lamina::target& target = gpu) {
    network net;
    const tensor a = net.input("a", {2, of.first, 9, 7}) | relu{};
    const tensor b = net.input("b", {2, of.second, 9, 7}) | relu{};
    net.output("y", concat({a, b}) | conv2d{"c", conv} | batch_norm{"n"} | relu{});
    return fused(net, target);
}

const texts together{"relu", "relu", "concat conv2d batch_norm relu"};
const texts apart{"relu", "relu", "concat", "conv2d batch_norm relu"};

}  // namespace

TEST_CASE("fuse_concats: a convolution reads both inputs of a concat on gpu targets") {
    const conv2d_options conv{.out = 8, .kernel = 3, .pad = 1};
    CHECK(joined({16, 16}, conv) == together);
    CHECK(joined({48, 32}, conv, gpu.half()) == together);
    CHECK(joined({16, 64}, {.out = 8, .kernel = 1}, gpu.tf32()) == together);
    CHECK(joined({32, 16}, {.out = 8, .kernel = 3, .stride = 2}, gpu.bf16()) == together);
}

TEST_CASE("fuse_concats: other targets, widths and groups of channels keep the concat") {
    const conv2d_options conv{.out = 8, .kernel = 3, .pad = 1};
    CHECK(joined({16, 16}, conv, cpu) == apart);
    CHECK(joined({16, 16}, conv, gpu.general_sizes()) == apart);
    CHECK(joined({16, 24}, conv) == apart);
    CHECK(joined({8, 16}, conv) == apart);
    CHECK(joined({16, 16}, {.out = 8, .kernel = 3, .groups = 2}) == apart);
}

TEST_CASE("fuse_concats: a concat of three, of what a caller gives, or that others read stays") {
    network net;
    const tensor x = net.input("x", {1, 16, 8, 8});
    const tensor a = x | relu{}, b = x | silu{}, c = x | sigmoid{};
    net.output("three", concat({a, b, c}) | conv2d{"three", {.out = 8}});
    net.output("given", concat({x, b}) | conv2d{"given", {.out = 8}});
    const tensor both = concat({b, c});
    net.output("read", both | conv2d{"read", {.out = 8}});
    net.output("both", both);
    const tensor lines = concat({a, b}, 2);
    net.output("lines", lines | conv2d{"lines", {.out = 8}});
    for (const std::string& group : fused(net))
        CHECK((group.find("concat") == std::string::npos || group == "concat"));
}

TEST_CASE("fuse_concats: a decoder's skip is alive without what it is joined with") {
    network net;
    const tensor skip
        = net.input("x", {1, 3, 64, 64}) | conv2d{"a", {.out = 64, .kernel = 3, .pad = 1}} | relu{};
    const tensor low = skip
        | max_pool{{.kernel = 2}}
        | conv2d{"b", {.out = 128, .kernel = 3, .pad = 1}}
        | relu{}
        | conv2d{"c", {.out = 128, .kernel = 3, .pad = 1}};
    const tensor up = low | conv_transpose2d{"up", {.out = 64, .kernel = 2, .stride = 2}};
    net.output("y", concat({skip, up}) | conv2d{"d", {.out = 16, .kernel = 3, .pad = 1}});
    // The skip, what is made of it and the last output; not an image of 128 channels beside the two low ones.
    const std::int64_t image = std::int64_t{64} * 64 * 64 * 4;
    CHECK(planned(net, gpu).live_bytes <= image * 5 / 2);
    CHECK(planned(net, gpu.general_sizes()).live_bytes >= image * 3);
}
