// SPDX-License-Identifier: Apache-2.0
// show<Net>() and the tables of plan/print_stages.hpp that engines print.
#include "support/planned.hpp"

#include <lamina/plan/print_stages.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/show.hpp>

#include <doctest/doctest.h>

#include <cstdlib>

using namespace lamina_test;

namespace {

struct wrong {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 4}) | softmax{7});
    }
};

/// What show<Net>() prints with LAMINA_SHOW set to `words`, or not set.
template <class Net> std::string shown(const char* words, int problems = 0) {
    if (words)
        setenv("LAMINA_SHOW", words, 1);
    else
        unsetenv("LAMINA_SHOW");
    std::FILE* file = std::tmpfile();
    REQUIRE(file);
    const int found = show<Net>(cpu, file);
    unsetenv("LAMINA_SHOW");
    std::string all(static_cast<std::size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    REQUIRE(std::fread(all.data(), 1, all.size(), file) == all.size());
    std::fclose(file);
    CHECK(found == problems);
    return all;
}

bool has(const std::string& all, const char* part) { return all.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("show: prints graph, fuse and memory, or those that LAMINA_SHOW names") {
    const std::string all = shown<inception_like>(nullptr);
    INFO(all);
    CHECK(has(all, "id  layer"));
    CHECK(has(all, "rule"));
    CHECK(has(all, "2 layers on one input side by side, 2 folded into the weights"));
    CHECK(has(all, "arena of"));
    CHECK_FALSE(has(shown<inception_like>("fuse"), "arena of"));
    CHECK_FALSE(has(shown<inception_like>("memory"), "rule"));
    CHECK(has(shown<inception_like>("memory,fuse"), "rule"));
    CHECK(shown<inception_like>("times").empty());
}

TEST_CASE("show: the fuse table says by which rule a layer has no kernel of its own") {
    const std::string all = shown<shuffle_like>("fuse");
    INFO(all);
    CHECK(has(all, "1 folded into the weights, 1 in the epilogue"));
    CHECK(has(all, "written in place of a concat"));
    CHECK(has(all, "a view, no kernel"));
    CHECK(has(all, "reformat: "));
    CHECK(has(shown<squeeze_excite>("fuse"), "se.expand"));
}

TEST_CASE("show: each step and each storage has its row") {
    network net;
    resnet18::define(net);
    const planner::module m = planned(net);
    const std::string fuse = shown<resnet18>("fuse"), memory = shown<resnet18>("memory");
    for (std::size_t i = 0; i < m.steps.size(); ++i)
        CHECK(has(
            fuse, ("\n" + std::string(i < 10 ? "   " : "  ") + std::to_string(i) + "  ").c_str()));
    for (const planner::storage& s : m.storages)
        if (s.space == lamina::memory_space::arena && s.first >= 0)
            CHECK(has(memory, std::to_string(s.bytes).c_str()));
    CHECK(has(memory, "the arena is 1.000 times that"));
}

TEST_CASE("show: of a wrong network its problems are printed") {
    CHECK(has(shown<wrong>(nullptr, 1), "LAM-11"));
}

TEST_CASE("show: an unknown word gets one sentence that lists the known ones") {
    setenv("LAMINA_SHOW", "graf", 1);
    std::string sentence;
    try {
        show<resnet18>();
    } catch (const error& fault) {
        sentence = fault.what();
    }
    unsetenv("LAMINA_SHOW");
    CHECK(sentence
        == "LAMINA_SHOW has 'graf', known are graph, fuse, memory, plan, kernels, "
           "times and ranges; correct it");
}

TEST_CASE("print_stages: a plan alone tells its fused layers and its arena") {
    network net;
    inception_like::define(net);
    const plan_view view = plan_view::open(plan_at_run_time(net, cpu));
    const std::string fuse = fuse_table(*view);
    CHECK(has(fuse,
        "15 steps for 43 layers, those that need no kernel left out; 2 of them beside another on "
        "the same input\n"));
    CHECK(has(fuse, "conv2d + batch_norm + relu"));
    const std::vector<arena_row> rows = arena_rows(*view);
    const planner::module m = planned(net);
    std::uint64_t end = 0;
    for (const arena_row& r : rows) {
        CHECK(r.last >= r.first);
        CHECK(r.last < view->steps.size());
        end = std::max(end, r.offset + r.bytes);
    }
    CHECK(end <= view->arena_bytes);
    CHECK(rows[0].last == 5);  // four branches read the stem
    CHECK(has(memory_map(*view), "over 15 steps"));
}

namespace {
struct too_large {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 1, 11600, 11600});
        net.output("y", x | conv2d{"conv1", {.out = 5, .kernel = 3, .pad = 1}});
    }
};
}  // namespace

TEST_CASE("show: what the planner refuses is an error") {
    std::FILE* nowhere = std::fopen("/dev/null", "w");
    CHECK_THROWS_WITH_AS(show<too_large>(cpu, nowhere),
        doctest::Contains("takes 2152960000 elements in blocks of 16 channels"), error);
    std::fclose(nowhere);
}
