// SPDX-License-Identifier: Apache-2.0
// Tests of the race between tactics: noise must not win it.
#include <doctest/doctest.h>

#include <map>
#include <vector>

#include <lamina/runtime/race.hpp>

using lamina::detail::race;
using lamina::detail::raced;

namespace {

const auto never = [] { return false; };

}  // namespace

TEST_CASE("race: without noise each has its own time") {
    const auto times = race(3, [](std::size_t i) { return 100.0 - static_cast<double>(i); }, never);
    REQUIRE(times.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(times[i].time == doctest::Approx(100.0 - static_cast<double>(i)));
        CHECK(times[i].samples == 15);
    }
    CHECK(race(0, [](std::size_t) { return 1.0; }, never).empty());
    CHECK(race(1, [](std::size_t) { return 7.0; }, never)[0].time == 7);
}

TEST_CASE("race: one lucky sample does not make a challenger fast") {
    int calls = 0;
    const auto times
        = race(2, [&](std::size_t i) { return i == 1 && ++calls == 4 ? 10.0 : 100.0; }, never);
    CHECK(times[1].time == doctest::Approx(100));
}

TEST_CASE("race: one slow sample of the holder does not make a challenger fast") {
    int calls = 0;
    const auto times
        = race(2, [&](std::size_t i) { return i == 0 && ++calls <= 2 ? 1000.0 : 100.0; }, never);
    CHECK(times[0].time == 100);
    CHECK(times[1].time == doctest::Approx(100));
}

TEST_CASE("race: a holder who was disturbed most of the time keeps his one good time") {
    int calls = 0;
    const auto times
        = race(2, [&](std::size_t i) { return i == 0 && ++calls != 4 ? 1000.0 : 100.0; }, never);
    CHECK(times[0].time == 100);
    CHECK(times[1].time == doctest::Approx(100));
}

TEST_CASE("race: a neighbour who makes rounds slow does not hide who is faster") {
    int round = 0;
    const auto times = race(
        2,
        [&](std::size_t i) {
            round += i == 0;
            return (i == 0 ? 100.0 : 80.0) * (round % 3 ? 2.5 : 1);
        },
        never);
    CHECK(times[0].time == doctest::Approx(100));
    CHECK(times[1].time == doctest::Approx(80));
}

TEST_CASE("race: those far behind leave early, the holder never does") {
    std::map<std::size_t, int> calls;
    const double own[] = {100, 500, 250, 130, 99};
    const auto times = race(5, [&](std::size_t i) { return ++calls[i], own[i]; }, never);
    CHECK(calls == std::map<std::size_t, int>{{0, 15}, {1, 1}, {2, 2}, {3, 3}, {4, 15}});
    CHECK(times[1].samples == 1);
    CHECK(times[1].time == doctest::Approx(500));
    calls.clear();
    race(2, [&](std::size_t i) { return ++calls[i], i == 0 ? 1000.0 : 1.0; }, never);
    CHECK(calls == std::map<std::size_t, int>{{0, 15}, {1, 15}});
    calls.clear();
    race(2, [&](std::size_t i) { return ++calls[i], i == 1 ? 1000.0 : 1.0; }, never);
    CHECK(calls == std::map<std::size_t, int>{{0, 1}, {1, 1}});  // nobody is left to race with
}

TEST_CASE("race: stopping leaves three rounds at least") {
    std::map<std::size_t, int> calls;
    race(2, [&](std::size_t i) { return ++calls[i], 100.0; }, [] { return true; });
    CHECK(calls == std::map<std::size_t, int>{{0, 3}, {1, 3}});
}
