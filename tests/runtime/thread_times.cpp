// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/thread_times.hpp: what the counters of merged steps say about threads.
#include <doctest/doctest.h>

#include <string>

#include <lamina/runtime/thread_times.hpp>

using namespace lamina;
using namespace lamina::detail;

TEST_CASE("times of threads: worked, waited and how even, in the run's milliseconds") {
    run_profile profile;
    for (const char* name : {"first", "second"}) {
        profile.steps.push_back({});
        profile.steps.back().name = name;
        profile.steps.back().items = 7;
    }
    // 2 steps, 4 groups for 2 threads: the last two came too late for any work.
    thread_times times(2, 4, 2);
    CHECK(times.table(profile).empty());
    times.ticks = {600, 0, 400, 0, 200, 400, 200, 200, 0, 0, 0, 0, 0, 0, 0, 0};
    times.add(10);
    times.add(10);
    const std::string text = times.table(profile);
    CAPTURE(text);
    CHECK(text.find("2 threads, mean of 2 runs of 10.000 ms") != text.npos);
    // The first thread works 6 ms and the second 2, which then waits 4 of them.
    CHECK(text.find("first               7   6.0000  4.0000  2.0000      67") != text.npos);
    CHECK(text.find("second              7   4.0000  3.0000  1.0000      75") != text.npos);
    CHECK(text.find("each thread worked 7.000 ms and waited 3.000 ms") != text.npos);
}

TEST_CASE("times of threads: a clock that stands still, and no steps") {
    run_profile profile;
    profile.steps.push_back({});
    thread_times still(1, 2, 2), none(0, 2, 2);
    still.add(5);
    CHECK(still.table(profile).find("worked 0.000 ms and waited 0.000 ms") != std::string::npos);
    none.add(5);
    CHECK(none.table({}).empty());
}
