// SPDX-License-Identifier: Apache-2.0
// Random numbers for tests, other ones in every run, with a seed that is printed and can be given
// again: LAMINA_TEST_SEED=N repeats a run, whichever test cases are picked.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace lamina_test {

/// This run's seed; printed when it is first asked for.
inline std::uint64_t test_seed() {
    static const std::uint64_t seed = [] {
        const char* given = std::getenv("LAMINA_TEST_SEED");
        const std::uint64_t chosen
            = given ? std::strtoull(given, nullptr, 10) : std::uint64_t{std::random_device{}()};
        std::printf("random seed %llu (LAMINA_TEST_SEED repeats it)\n",
            static_cast<unsigned long long>(chosen));
        std::fflush(stdout);  // also where a test ends in a crash
        return chosen;
    }();
    return seed;
}

/// Whether all is tried from which a test otherwise draws: LAMINA_TEST_LONG.
inline bool tests_are_long() { return std::getenv("LAMINA_TEST_LONG"); }

/// A stream of numbers of its own for each test, so that one test's draws do not move another's.
/// The same on every machine: the engine is the standard's, the distributions are ours.
class random_source {
public:
    explicit random_source(std::string_view test) {
        std::uint64_t mixed = test_seed() ^ 14695981039346656037ull;
        for (char c : test) mixed = (mixed ^ static_cast<unsigned char>(c)) * 1099511628211ull;
        engine_.seed(mixed);
    }

    /// Evenly in [low, high).
    float number(float low = -1, float high = 1) {
        const double share = static_cast<double>(engine_() >> 11) / 9007199254740992.0;  // 2^53
        return static_cast<float>(low + (high - low) * share);
    }

    /// Evenly in low ... high, both included.
    int integer(int low, int high) {
        const auto range = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low + 1);
        return static_cast<int>(low + static_cast<std::int64_t>(engine_() % range));
    }

    std::vector<float> numbers(std::size_t count, float low = -1, float high = 1) {
        std::vector<float> out(count);
        for (float& value : out) value = number(low, high);
        return out;
    }

    /// This many of them, drawn, in their order; all of them where the tests are long.
    template <class T> std::vector<T> some_of(std::span<const T> all, std::size_t count) {
        std::vector<T> out;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (tests_are_long()
                || static_cast<std::size_t>(integer(0, static_cast<int>(all.size() - i) - 1))
                    < count - out.size())
                out.push_back(all[i]);
        return out;
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace lamina_test
