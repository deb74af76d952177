// SPDX-License-Identifier: Apache-2.0
// Tests of timing tactics in rounds: noise must not decide.
#include <doctest/doctest.h>

#include <map>
#include <vector>

#include <lamina/runtime/time_tactics.hpp>

using lamina::detail::time_in_rounds;
using lamina::detail::timing_result;

namespace {

const auto never = [] { return false; };

}  // namespace

TEST_CASE("time_in_rounds: without noise each has its own time") {
    const auto times
        = time_in_rounds(3, [](std::size_t i) { return 100.0 - static_cast<double>(i); }, never);
    REQUIRE(times.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(times[i].time == doctest::Approx(100.0 - static_cast<double>(i)));
        CHECK(times[i].samples == 15);
    }
    CHECK(time_in_rounds(0, [](std::size_t) { return 1.0; }, never).empty());
    CHECK(time_in_rounds(1, [](std::size_t) { return 7.0; }, never)[0].time == 7);
}

TEST_CASE("time_in_rounds: one lucky sample does not make a candidate fast") {
    int calls = 0;
    const auto times = time_in_rounds(
        2, [&](std::size_t i) { return i == 1 && ++calls == 4 ? 10.0 : 100.0; }, never);
    CHECK(times[1].time == doctest::Approx(100));
}

TEST_CASE("time_in_rounds: one slow sample of the first does not make a candidate fast") {
    int calls = 0;
    const auto times = time_in_rounds(
        2, [&](std::size_t i) { return i == 0 && ++calls <= 2 ? 1000.0 : 100.0; }, never);
    CHECK(times[0].time == 100);
    CHECK(times[1].time == doctest::Approx(100));
}

TEST_CASE("time_in_rounds: a first that was disturbed most of the time keeps its one good time") {
    int calls = 0;
    const auto times = time_in_rounds(
        2, [&](std::size_t i) { return i == 0 && ++calls != 4 ? 1000.0 : 100.0; }, never);
    CHECK(times[0].time == 100);
    CHECK(times[1].time == doctest::Approx(100));
}

TEST_CASE("time_in_rounds: slow rounds do not hide which is faster") {
    int round = 0;
    const auto times = time_in_rounds(
        2,
        [&](std::size_t i) {
            round += i == 0;
            return (i == 0 ? 100.0 : 80.0) * (round % 3 ? 2.5 : 1);
        },
        never);
    CHECK(times[0].time == doctest::Approx(100));
    CHECK(times[1].time == doctest::Approx(80));
}

TEST_CASE("time_in_rounds: those far behind leave early, the first never does") {
    std::map<std::size_t, int> calls;
    const double own[] = {100, 500, 250, 130, 99};
    const auto times = time_in_rounds(5, [&](std::size_t i) { return ++calls[i], own[i]; }, never);
    CHECK(calls == std::map<std::size_t, int>{{0, 15}, {1, 1}, {2, 2}, {3, 3}, {4, 15}});
    CHECK(times[1].samples == 1);
    CHECK(times[1].time == doctest::Approx(500));
    calls.clear();
    time_in_rounds(2, [&](std::size_t i) { return ++calls[i], i == 0 ? 1000.0 : 1.0; }, never);
    CHECK(calls == std::map<std::size_t, int>{{0, 15}, {1, 15}});
    calls.clear();
    time_in_rounds(2, [&](std::size_t i) { return ++calls[i], i == 1 ? 1000.0 : 1.0; }, never);
    CHECK(calls == std::map<std::size_t, int>{{0, 1}, {1, 1}});  // nobody is left to race with
}

TEST_CASE("time_in_rounds: stopping leaves three rounds at least") {
    std::map<std::size_t, int> calls;
    time_in_rounds(2, [&](std::size_t i) { return ++calls[i], 100.0; }, [] { return true; });
    CHECK(calls == std::map<std::size_t, int>{{0, 3}, {1, 3}});
}
