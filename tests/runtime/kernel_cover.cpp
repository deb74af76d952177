// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/kernel_cover.hpp: which kernels are built for many shapes.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <lamina/kernels/catalog.hpp>
#include <lamina/runtime/kernel_cover.hpp>

#include "support/random.hpp"

using namespace lamina;
using namespace lamina::detail;

namespace {

merged_kernel made(std::string_view tactic, std::string_view defines, std::size_t numbers = 0) {
    constexpr std::string_view family = "linear_blocked";
    return {
        family, defines, tactic, kernels::prelude_text(), kernels::find_text(family), 3, numbers};
}

bool has(const program_pool& pool, const merged_kernel& k) {
    return pool.find(k, kernel_lines(k.defines), pool.kernels().size()).has_value();
}

constexpr std::string_view fixed = "#define R 1\n#define K 4\n#define NUMBERS \n";
constexpr std::string_view general = "#define K 4\n#define NUMBERS , const int R\n";

}  // namespace

TEST_CASE("kernels for many shapes: one that all can use instead of each step's first") {
    kernel_cover cover;
    const auto step = [&](std::string_view first) {
        const merged_kernel any[] = {made(first, fixed), made("#define T 9\n", fixed)};
        cover.want(any);
    };
    step("#define T 1\n");
    step("#define T 2\n");
    step("#define T 3\n");
    program_pool pool;
    cover.choose(pool);
    REQUIRE(pool.kernels().size() == 1);
    CHECK(pool.kernels()[0].tactic_defines == "#define T 9\n");
}

TEST_CASE("kernels for many shapes: none for steps that have one") {
    program_pool pool;
    pool.add(made("#define T 1\n", general, 1));
    kernel_cover cover;
    const merged_kernel any[] = {made("#define T 2\n", fixed), made("#define T 1\n", fixed)};
    cover.want(any);
    cover.choose(pool);
    CHECK(pool.kernels().size() == 1);
}

TEST_CASE("kernels for many shapes: numbers as arguments stand for constants") {
    kernel_cover cover;
    const merged_kernel one[] = {made("#define T 1\n", fixed)};
    const merged_kernel other[] = {made("#define T 1\n", general, 1)};
    cover.want(one);
    cover.want(other);
    program_pool pool;
    cover.choose(pool);
    REQUIRE(pool.kernels().size() == 1);
    CHECK(pool.kernels()[0].defines == general);
}

TEST_CASE(
    "kernels for many shapes: each step has one of its own in the end, and none is left over") {
    lamina_test::random_source random("kernel cover");
    for (int round = 0; round < 100; ++round) {
        std::vector<std::string> tactics;
        for (int i = random.integer(1, 12); i-- > 0;)
            tactics.push_back("#define T " + std::to_string(i) + "\n");
        program_pool pool;
        if (random.integer(0, 1)) pool.add(made(tactics[0], general, 1));
        const std::size_t before = pool.kernels().size();
        kernel_cover cover;
        std::vector<std::vector<merged_kernel>> steps;
        for (int i = random.integer(0, 20); i-- > 0;) {
            std::vector<merged_kernel>& step = steps.emplace_back();
            for (int k = random.integer(1, 4); k-- > 0;) {
                const auto at = static_cast<std::size_t>(
                    random.integer(0, static_cast<int>(tactics.size()) - 1));
                const bool is_general = random.integer(0, 1);
                step.push_back(made(tactics[at], is_general ? general : fixed, is_general));
            }
            cover.want(step);
        }
        cover.choose(pool);
        const auto is_served = [&](const std::vector<merged_kernel>& step) {
            return std::ranges::any_of(step, [&](const merged_kernel& k) { return has(pool, k); });
        };
        for (const std::vector<merged_kernel>& step : steps) CHECK(is_served(step));
        CHECK(pool.kernels().size() - before <= steps.size());
        std::set<std::string> different;
        for (const merged_kernel& k : pool.kernels())
            different.insert(std::string(k.tactic_defines) + std::string(k.defines));
        CHECK(different.size() == pool.kernels().size());
    }
}
