// SPDX-License-Identifier: Apache-2.0
// Products of the gpu class by CLBlast: every way to hand over a product of linear, matmul and conv2d,
// against the reference, and through all that a context does with launches.
#include "models/check_plan_runs.hpp"
#include "support/skip.hpp"

#include <cmath>

using namespace lamina;
using namespace lamina_test;

namespace {

constexpr std::string_view tactic = "clblast_gemm";

bool has_library() {
    if (device::best().facts().is_able("clblast")) return true;
    skip("needs a build with CLBlast");
    return false;
}

void check_product(const shape& a, const shape& b, matmul_options options, bool finishes = false) {
    INFO(std::string(to_text(a).view()) << " x " << std::string(to_text(b).view()));
    check_runs(
        [&](network& net) {
            const auto left = net.input("a", a) | silu{}, right = net.input("b", b) | silu{};
            const auto product = matmul(left, right, options);
            net.output("out", finishes ? mul(product, 0.5f) : product);
        },
        gpu, {"matmul_tiled", tactic});
}

void check_conv(const shape& in, const conv2d_options& options, bool finishes = true) {
    INFO(std::string(to_text(in).view())
        << " out " << options.out << " kernel " << options.kernel.h << "x" << options.kernel.w);
    check_runs(
        [&](network& net) {
            const auto made = net.input("image", in) | relu{} | conv2d{"conv", options};
            net.output("out", finishes ? made | relu{} : made);
        },
        gpu, {"conv2d_tiled", tactic});
}

}  // namespace

TEST_CASE("linear layers by CLBlast, with bias and activation or with nothing behind them") {
    if (!has_library()) return;
    const std::pair<shape, int> cases[] = {{{9, 31}, 33}, {{2, 11, 36}, 52}, {{129, 257}, 70}};
    for (const auto& [in, out] : cases) {
        INFO(std::string(to_text(in).view()) << " out " << out);
        check_runs(
            [&in = in, out = out](network& net) {
                const auto x = net.input("x", in) | silu{};
                net.output("out", x | linear{"fc", {.out = out}} | relu{});
            },
            gpu, {"matmul_tiled", tactic});
    }
    check_runs(
        [](network& net) {
            const auto x = net.input("x", {9, 31});
            net.output("out", x | linear{"fc", {.out = 33, .bias = false}});
        },
        gpu, {"matmul_tiled", tactic});
}

TEST_CASE("matrix products by CLBlast take batches, transposed, broadcast and odd operands") {
    if (!has_library()) return;
    for (const bool finishes : {true, false}) {
        check_product({20, 24}, {24, 36}, {}, finishes);
        check_product({3, 17, 20}, {3, 20, 9}, {}, finishes);
    }
    check_product({1, 7}, {7, 5}, {});
    check_product({19, 1}, {1, 11}, {}, true);
    check_product({2, 3, 12, 8}, {2, 3, 40, 8}, {.transpose_b = true});
    check_product({2, 3, 12, 20}, {12, 5}, {.transpose_a = true});
    check_product({5, 7, 9}, {9, 11}, {});
    check_product({7, 9}, {5, 9, 11}, {});
    check_product({8, 12}, {4, 8}, {.transpose_a = true, .transpose_b = true});
    check_product({150, 260}, {260, 130}, {});
}

TEST_CASE("products by CLBlast read and write parts of larger tensors") {
    if (!has_library()) return;
    check_runs(
        [](network& net) {
            const auto x = net.input("x", {4, 12, 60}) | silu{};
            const auto parts = split(x, {20, 20, 20}, 2);
            const auto scores = matmul(parts[0], parts[1], {.transpose_b = true});
            net.output("out", matmul(scores, parts[2]));
        },
        gpu, {"matmul_tiled", tactic});
    // Heads of attention: batches that lie between the rows of one another.
    check_runs(
        [](network& net) {
            const auto x = net.input("x", {2, 10, 24}) | silu{};
            const auto heads = x | reshape{{2, 10, 3, 8}} | permute{{0, 2, 1, 3}};
            const auto scores = matmul(heads, heads, {.transpose_b = true});
            const auto mixed = matmul(scores, heads) | permute{{0, 2, 1, 3}};
            net.output("out", mixed | reshape{{2, 10, 24}} | linear{"fc", {.out = 24}});
        },
        gpu, {"matmul_tiled", tactic});
}

TEST_CASE("convolutions by CLBlast, of 1x1 as they lie and others as patches") {
    if (!has_library()) return;
    for (const bool finishes : {true, false}) {
        check_conv({1, 20, 8, 8}, {.out = 33, .kernel = 1}, finishes);
        check_conv({2, 24, 9, 7}, {.out = 20, .kernel = 1, .bias = true}, finishes);
        check_conv({2, 24, 9, 7}, {.out = 20, .kernel = 3, .pad = 1}, finishes);
    }
    check_conv({3, 16, 1, 1}, {.out = 8, .kernel = 1});
    check_conv({2, 16, 7, 1}, {.out = 8, .kernel = 1});
    check_conv({1, 8, 9, 9}, {.out = 12, .kernel = 1, .stride = 2});
    check_conv({1, 18, 11, 6}, {.out = 6, .kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 1, 2, 0}});
    check_conv(
        {1, 5, 13, 13}, {.out = 7, .kernel = 5, .stride = 2, .pad = lamina::same, .bias = true});
    check_conv({2, 16, 12, 10}, {.out = 70, .kernel = 3, .pad = {2, 2}, .dilation = 2});
    check_runs(
        [](network& net) {
            const auto x = net.input("image", {2, 3, 17, 15});
            net.output("out",
                x
                    | conv2d{"conv", {.out = 12, .kernel = 7, .stride = 2, .pad = 3}}
                    | batch_norm{"bn"}
                    | relu{});
        },
        gpu, {"conv2d_tiled", tactic});
}

TEST_CASE("residual adds, activations and a concat in place stand behind CLBlast's product") {
    if (!has_library()) return;
    check_runs(
        [](network& net) {
            const auto x = net.input("image", {2, 8, 9, 9}) | silu{};
            const auto left = x | conv2d{"left", {.out = 12, .kernel = 3, .pad = 1}} | relu{};
            const auto right = x | conv2d{"right", {.out = 10, .kernel = 1, .bias = true}};
            const auto both = concat({left, right});
            const auto more = both | conv2d{"more", {.out = 22, .kernel = 3, .pad = 1}};
            net.output("out", add(more | silu{}, both) | conv2d{"last", {.out = 22, .kernel = 1}});
            net.output("sum", add(both | conv2d{"side", {.out = 22, .kernel = 1}}, both));
        },
        gpu, {"conv2d_tiled", tactic});
}
