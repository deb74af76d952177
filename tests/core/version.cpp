// SPDX-License-Identifier: Apache-2.0
// Tests of core/version.hpp.
#include <doctest/doctest.h>
#include <lamina/core/version.hpp>
#include <string>

TEST_CASE("version: the text and the three numbers say the same") {
    CHECK(lamina::version_text
        == std::to_string(lamina::version_major) + "." + std::to_string(lamina::version_minor) + "."
            + std::to_string(lamina::version_patch));
}

TEST_CASE("version: plans have a format number") { CHECK(lamina::plan_format >= 1); }
