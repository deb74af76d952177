// SPDX-License-Identifier: Apache-2.0
// Mistakes that the sanitizers must find; CTest runs each by name and expects its report.
#include <doctest/doctest.h>

#include <climits>
#include <memory>

TEST_CASE("reads_beyond" * doctest::skip()) {
    const volatile std::size_t four = 4;
    const auto numbers = std::make_unique<int[]>(four);
    CHECK(numbers[four] == 0);
}

TEST_CASE("overflows" * doctest::skip()) {
    volatile int most = INT_MAX;
    CHECK(most + 1 < 0);
}
