// SPDX-License-Identifier: Apache-2.0
// Tests of plan/print.hpp: the table names what a reader looks for, the JSON is JSON.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <lamina/plan/print.hpp>

#include "../support/hand_plan.hpp"

TEST_CASE("plan: the table has a row a step with kernel, shape, place and size") {
    lamina_test::hand_plan p;
    make_two_steps(p);
    const std::string table = lamina::plan_table(p.records);
    CHECK(table.starts_with("by_hand for cpu, f32: 2 steps, arena 8192 bytes, weights 4032 bytes"));
    CHECK(table.find("pointwise  plain   1x1000  arena+128") != std::string::npos);
    CHECK(std::count(table.begin(), table.end(), '\n') == 4);
}

TEST_CASE("plan: the JSON can be parsed, whatever the names hold") {
    lamina_test::hand_plan p;
    make_two_steps(p);
    p.records.steps[0].name = "a\"b\\\n";
    const auto json = nlohmann::json::parse(lamina::plan_json(p.records));
    CHECK(json["arena_bytes"] == 8192);
    CHECK(json["steps"].size() == 2);
    CHECK(json["steps"][0]["name"] == "a\"b\\\n");
    CHECK(json["steps"][0]["output"]["shape"] == nlohmann::json({1, 1000}));
}
