// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/cut_steps.hpp: how steps are divided among threads.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include <lamina/runtime/cut_steps.hpp>

using namespace lamina;
using namespace lamina::detail;

namespace {

constexpr std::uint32_t one_each[] = {1, 1, 1};

/// A step of one kernel whose tactics have these tiles and costs.
struct made_plan {
    struct row {
        std::vector<std::uint32_t> tile, cost;
    };
    std::vector<row> rows;
    std::vector<std::uint32_t> extents, indices;
    plan_records plan;

    made_plan(std::vector<std::uint32_t> of_step, std::vector<row> tactics)
        : rows(std::move(tactics)), extents(std::move(of_step)) {
        for (const row& r : rows) {
            indices.push_back(static_cast<std::uint32_t>(indices.size()));
            plan_tactic t;
            t.tile = r.tile;
            t.local = one_each;
            t.cost = r.cost;
            plan.tactics.push_back(t);
        }
        plan_kernel k;
        k.tactics = indices;
        plan.kernels.push_back(k);
        plan_step s;
        s.extents = extents;
        plan.steps.push_back(s);
    }
    made_plan(const made_plan&) = delete;

    const plan_step& step() const { return plan.steps[0]; }
    step_tile tile(unsigned threads, std::size_t tactic = 0) const {
        return tile_for(step(), plan.tactics[tactic], threads);
    }
    std::uint64_t items(unsigned threads) const { return items_of(step(), tile(threads)); }
    std::uint32_t tactic(unsigned threads) const { return tactic_for(plan, step(), threads); }
};

}  // namespace

TEST_CASE("cuts: two threads have the plan's own tiles") {
    const made_plan p({100, 40, 1}, {{{50, 40, 1}, {10, 10, 10, 5, 2}}, {{10, 10, 1}, {1}}});
    for (const unsigned threads : {1u, 2u}) {
        CHECK(p.tile(threads) == step_tile{50, 40, 1});
        CHECK(p.tactic(threads) == 0);
    }
}

TEST_CASE("cuts: more threads have as many pieces of equal size, no larger than the plan's") {
    // 2 pieces of the plan; its cost is that of the cells alone.
    const made_plan p({96, 64, 1}, {{{48, 64, 1}, {0, 0, 10, 1, 1}}});
    for (const unsigned threads : {3u, 4u, 8u, 12u, 16u, 24u, 64u}) {
        CAPTURE(threads);
        const step_tile tile = p.tile(threads);
        CHECK(tile[0] <= 48);
        CHECK(tile[1] <= 64);
        CHECK(tile[2] == 1);
        CHECK(p.items(threads) % threads == 0);
        CHECK(p.items(threads) <= 4 * threads);
    }
}

TEST_CASE("cuts: what each piece repeats decides along which size they are cut") {
    // Rows are dear to prepare, so pieces have few rows and all columns; or columns are dear to fetch.
    const made_plan rows({160, 160, 1}, {{{160, 160, 1}, {100, 1, 1, 1, 1}}});
    CHECK(rows.tile(16) == step_tile{5, 160, 1});
    const made_plan columns({160, 160, 1}, {{{160, 160, 1}, {1, 155, 1, 1, 1}}});
    CHECK(columns.tile(16) == step_tile{160, 5, 1});
}

TEST_CASE("cuts: a tile keeps what its kernel computes together") {
    const made_plan p({28, 12, 1}, {{{28, 12, 1}, {1, 1, 100, 7, 4}}});
    for (const unsigned threads : {4u, 8u, 16u, 100u}) {
        CAPTURE(threads);
        CHECK(p.tile(threads)[0] >= 7);
        CHECK(p.tile(threads)[1] % 4 == 0);
    }
    CHECK(p.tile(4) == step_tile{7, 4, 1});
    CHECK(p.items(12) == 12);
}

TEST_CASE("cuts: a tactic with more even work is chosen, unless it gains too little") {
    // On 8 threads 2 rounds of 9 pieces; 18 smaller ones take 3 rounds of half the time.
    const made_plan p({18, 1, 1}, {{{2, 1, 1}, {100}}, {{1, 1, 1}, {51}}});
    CHECK(p.tactic(2) == 0);
    CHECK(p.tactic(8) == 1);
    // 2 rounds of 51 against one of 100: the last thread is less behind.
    CHECK(p.tactic(9) == 1);
    const made_plan close({18, 1, 1}, {{{2, 1, 1}, {100}}, {{1, 1, 1}, {65}}});
    CHECK(close.tactic(8) == 0);  // 195 to 200
    CHECK(close.tactic(9) == 0);
}

TEST_CASE("cuts: pieces are smaller than an equal share where that costs little") {
    // Cells alone cost: 16 threads take 4 pieces each rather than one, as one of them is late.
    const made_plan free({640, 1, 1}, {{{320, 1, 1}, {0, 0, 10, 1, 1}}});
    CHECK(free.items(16) == 64);
    // A piece fetches its columns anew, which takes as long as 100 rows: smaller ones gain nothing.
    const made_plan dear({640, 4, 1}, {{{320, 4, 1}, {0, 1000, 10, 1, 4}}});
    CHECK(dear.items(16) > 2);
    CHECK(dear.items(16) < 16);
}

TEST_CASE("cuts: a tactic whose cost is not known is left as it is") {
    const made_plan p({100, 1, 1}, {{{100, 1, 1}, {}}, {{1, 1, 1}, {1}}});
    CHECK(p.tile(16) == step_tile{100, 1, 1});
    CHECK(p.tactic(16) == 0);
    const made_plan other({100, 1, 1}, {{{100, 1, 1}, {5}}, {{1, 1, 1}, {}}});
    CHECK(other.tactic(16) == 0);
}

TEST_CASE("cuts: any numbers of a plan give a tile within its own, in little time") {
    constexpr std::uint32_t most = 4294967295u;
    const std::uint32_t numbers[] = {1, 2, 3, 64, 1000003, most};
    for (const std::uint32_t extent : numbers)
        for (const std::uint32_t tile : numbers)
            for (const std::uint32_t step : numbers)
                for (const unsigned threads : {3u, 16u, 256u, 100000u}) {
                    if (step > tile) continue;
                    const made_plan p({extent, tile, 1},
                        {{{tile, extent, 1}, {most, extent, step, step, std::min(step, extent)}}});
                    const step_tile cut = p.tile(threads);
                    CAPTURE(extent);
                    CAPTURE(tile);
                    CAPTURE(step);
                    REQUIRE(cut[0] >= 1);
                    REQUIRE(cut[0] <= tile);
                    REQUIRE(cut[1] >= 1);
                    REQUIRE(cut[1] <= extent);
                }
}

TEST_CASE("tactics about as fast: by the costs, among the first of the plan's order") {
    // Work-items of 37 rows take the same however many more they might have; 10 rows at a time do 40.
    const made_plan p({37, 8, 1},
        {{{37, 8, 1}, {1, 1, 10, 1, 1}}, {{130, 8, 1}, {1, 1, 10, 1, 1}},
            {{37, 8, 1}, {1, 1, 12, 1, 1}}, {{40, 8, 1}, {1, 1, 10, 2, 1}}});
    const auto fast = [&](std::uint32_t own, std::size_t most) {
        return fast_tactics(p.plan, p.step(), own, most, 2);
    };
    using list = std::vector<std::uint32_t>;
    CHECK(fast(0, 4) == list{0, 1, 3});  // 38 rows instead of 37 are less than 5 % more
    CHECK(fast(0, 3) == list{0, 1});
    CHECK(fast(0, 1) == list{0});
    CHECK(fast(2, 4) == list{2, 0, 1, 3});
}

TEST_CASE("tactics about as fast: none without costs, none that needs something else") {
    made_plan p({8, 8, 1}, {{{8, 8, 1}, {5}}, {{8, 8, 1}, {5}}, {{8, 8, 1}, {}}});
    using list = std::vector<std::uint32_t>;
    CHECK(fast_tactics(p.plan, p.step(), 0, 8, 2) == list{0, 1});
    CHECK(fast_tactics(p.plan, p.step(), 2, 8, 2) == list{2});
    p.plan.tactics[1].needs = "fma16";
    CHECK(fast_tactics(p.plan, p.step(), 0, 8, 2) == list{0});
}
