// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/parallel.hpp: every call is made once, and errors come as if in order.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <lamina/runtime/parallel.hpp>

using namespace lamina;

TEST_CASE("parallel: each number is worked on once, none and one too") {
    for (const std::size_t count : {0, 1, 2, 1000}) {
        std::vector<int> times(count);
        detail::in_parallel(count, [&](std::size_t i) { ++times[i]; });
        CHECK(times == std::vector<int>(count, 1));
    }
}

TEST_CASE("parallel: bytes are copied whole, and none beside them, at sizes around the parts") {
    constexpr std::size_t part = std::size_t{1} << 20;
    for (const std::size_t bytes : {std::size_t{1}, 4 * part - 1, 4 * part, 5 * part + 3}) {
        std::vector<unsigned char> from(bytes), to(bytes + 2, 7);
        for (std::size_t i = 0; i < bytes; ++i)
            from[i] = static_cast<unsigned char>(i % 251 + i / part);
        detail::copy_bytes(to.data() + 1, from.data(), bytes);
        CHECK(std::equal(from.begin(), from.end(), to.begin() + 1));
        CHECK(to.front() == 7);
        CHECK(to.back() == 7);
    }
}

TEST_CASE("parallel: the error of the lowest number comes back, and all before it are done") {
    for (int round = 0; round < 50; ++round) {
        std::vector<int> times(200);
        std::string what;
        try {
            detail::in_parallel(times.size(), [&](std::size_t i) {
                ++times[i];
                if (i % 60 == 59) throw std::runtime_error(std::to_string(i));
            });
        } catch (const std::runtime_error& fault) {
            what = fault.what();
        }
        CHECK(what == "59");
        for (std::size_t i = 0; i < 60; ++i) CHECK(times[i] == 1);
    }
}

TEST_CASE("parallel: of two errors at once the lower number's comes back, whichever is first") {
    for (const int first : {0, 1}) {
        const auto work = [&](std::size_t i) {
            const int ms = static_cast<int>(i) == first ? 2 : 20;
            std::this_thread::sleep_for(std::chrono::milliseconds(ms));
            throw std::runtime_error(std::to_string(i));
        };
        CHECK_THROWS_WITH(detail::in_parallel(2, work), "0");
    }
}

TEST_CASE("parallel: work on the side is waited for, and its error comes at the end") {
    std::atomic<int> steps = 0;
    {
        detail::side_work side([&](const std::atomic<bool>&) { steps = 3; });
        side.done();
        CHECK(steps == 3);
        side.done();
    }
    detail::side_work failing(
        [](const std::atomic<bool>&) { throw std::runtime_error("on the side"); });
    CHECK_THROWS_WITH(failing.done(), "on the side");
    failing.done();  // told once
}

TEST_CASE("parallel: work on the side is told when nobody wants it") {
    bool told = false;
    {
        const detail::side_work side([&](const std::atomic<bool>& unwanted) {
            while (!unwanted) std::this_thread::yield();
            told = true;
        });
    }
    CHECK(told);
}

TEST_CASE("parallel: work on the side that was stopped has ended, and can be waited for") {
    std::atomic<bool> told = false;
    detail::side_work side([&](const std::atomic<bool>& unwanted) {
        while (!unwanted) std::this_thread::yield();
        told = true;
        throw std::runtime_error("stopped");
    });
    side.stop();
    CHECK(told);
    side.stop();
    CHECK_THROWS_WITH(side.done(), "stopped");
}
