// SPDX-License-Identifier: Apache-2.0
// Random numbers and the next token on every target: known answers of the generator, tokens that a few lines
// on the host choose as well, and how often each is chosen.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/debug.hpp>
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/reference/random.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "support/weights_bytes.hpp"

using namespace lamina;

namespace {

constexpr int rows = 3, tokens = 37;

template <int TopK, int PerCent, int Heat> void define_sampler(network& net) {
    const auto logits = net.input("logits", {rows, tokens});
    const auto seed = net.input("seed", {2}, dtype::i32);
    auto draw = net.state("draw", {1}, dtype::i32);
    net.output("token",
        sample(logits, seed, draw,
            {.temperature = static_cast<float>(Heat) / 100.f,
                .top_k = TopK,
                .top_p = static_cast<float>(PerCent) / 100.f}));
    net.output("random", random_uniform(seed, draw, {rows, 1}));
    update(draw, draw + 1);
}

/// What the layer promises, in doubles; -1 where rounding may decide.
int chosen(std::vector<double> scores, double random, int top_k, double top_p, double heat) {
    std::vector<int> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    const auto at = [&](int i) -> double& { return scores[static_cast<std::size_t>(i)]; };
    if (top_k || top_p < 1)
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return at(a) > at(b); });
    if (top_k) order.resize(static_cast<std::size_t>(top_k));
    double sum = 0, before = 0;
    for (const int i : order) sum += std::exp(at(i) / heat);
    std::vector<std::pair<int, double>> left;
    for (const int i : order) {
        const double share = std::exp(at(i) / heat) / sum;
        if (std::abs(before - top_p) < 1e-5) return -1;
        if (before < top_p) left.emplace_back(i, share);
        before += share;
    }
    double all = 0, reached = 0;
    for (const auto& [i, share] : left) all += share;
    for (const auto& [i, share] : left) {
        reached += share;
        if (std::abs(reached - random * all) < 1e-5) return -1;
        if (reached > random * all) return i;
    }
    return left.back().first;
}

template <int TopK, int PerCent, int Heat> void check_sampler(const target& where) {
    INFO("top_k ", TopK, ", top_p ", PerCent, " %, temperature ", Heat, " %, ",
        std::string(where.label()), " ", std::string(to_text(where.numbers.storage)));
    network net;
    define_sampler<TopK, PerCent, Heat>(net);
    for (const problem& found : net.problems) FAIL(std::string(full_sentence(found).view()));
    const engine made(plan_at_run_time(net, where), lamina_test::no_weights());
    context run = made.make_context();
    std::vector<float> logits(rows * tokens);
    // Eighths, which 16 bits hold.
    for (int i = 0; i < rows * tokens; ++i)
        logits[static_cast<std::size_t>(i)] = static_cast<float>(i * 29 % 41 - 20) / 8.f;
    run.set_input("logits", logits).set_input("seed", std::vector<int>{-7, 12345});
    int judged = 0;
    for (int step = 0; step < 60; ++step) {
        run.run();
        const auto found = run.get<int>("token");
        for (int row = 0; row < rows; ++row) {
            const auto words = reference_op::philox(
                {0, static_cast<std::uint32_t>(step), 0, 0}, static_cast<std::uint32_t>(-7), 12345);
            const double random = (words[static_cast<std::size_t>(row)] >> 8) * 0x1p-24;
            const std::vector<double> scores(
                logits.begin() + row * tokens, logits.begin() + (row + 1) * tokens);
            const int wanted = chosen(scores, random, TopK, PerCent / 100.0, Heat / 100.0);
            if (wanted < 0) continue;
            ++judged;
            CHECK(found[static_cast<std::size_t>(row)] == wanted);
            if (where.stores_floats())
                CHECK(
                    run.get("random")[static_cast<std::size_t>(row)] == static_cast<float>(random));
        }
    }
    CHECK(judged > 150);
}

}  // namespace

TEST_CASE("the generator has the published answers") {
    using words = std::array<std::uint32_t, 4>;
    CHECK(reference_op::philox({0, 0, 0, 0}, 0, 0)
        == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(reference_op::philox({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u)
        == words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(reference_op::philox(
              {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0)
        == words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random numbers of any shape are the reference's on every target") {
    lamina_test::check_on_devices("random", [](network& net) {
        const auto seed = net.input("seed", {1}, dtype::i32),
                   draw = net.input("draw", {1}, dtype::i32);
        net.output("row", random_uniform(seed, draw, {37}) * 2);
        net.output("image", random_uniform(seed, draw, {2, 19, 3, 5}) | avg_pool{{.kernel = 2}});
    });
}

TEST_CASE("tokens are those that the shares and the random number say") {
    for (const target& where : {cpu, gpu, cpu.half(), gpu.bf16()}) {
        check_sampler<0, 100, 100>(where);
        check_sampler<0, 100, 40>(where);
        check_sampler<5, 100, 100>(where);
        check_sampler<0, 60, 100>(where);
        check_sampler<20, 70, 150>(where);
    }
}

TEST_CASE("tokens come as often as their shares say, and temperature 0 takes the largest") {
    network net;
    const auto seed = net.input("seed", {1}, dtype::i32), draw = net.input("draw", {1}, dtype::i32);
    const auto logits = net.input("logits", {4096, 4});
    net.output("token", sample(logits, seed, draw));
    net.output("largest", sample(logits, seed, draw, {.temperature = 0}));
    REQUIRE(net.problems.empty());
    const engine made(plan_at_run_time(net, cpu), lamina_test::no_weights());
    std::vector<float> scores;
    for (int i = 0; i < 4096; ++i)
        for (const double share : {0.1, 0.2, 0.3, 0.4})
            scores.push_back(static_cast<float>(std::log(share)));
    std::array<int, 4> seen{};
    for (int turn = 0; turn < 4; ++turn) {
        const results out = made.run(
            {{"seed", std::vector<int>{5}}, {"draw", std::vector<int>{turn}}, {"logits", scores}});
        for (const int token : out["token"].indices) ++seen[static_cast<std::size_t>(token)];
        for (const int token : out["largest"].indices) CHECK(token == 3);
    }
    // Six standard deviations of 16384 draws.
    for (int token = 0; token < 4; ++token)
        CHECK(std::abs(seen[static_cast<std::size_t>(token)] - 1638.4 * (token + 1)) < 380);
}
