// SPDX-License-Identifier: Apache-2.0
// Tests of core/error.hpp.
#include <cstdio>
#include <doctest/doctest.h>
#include <lamina/core/error.hpp>
#include <string>

using lamina::errc;

TEST_CASE("error: the id of a code is LAM-R and its number, so that it never changes") {
    static_assert(std::string_view(id(errc::file_missing)) == "LAM-R01");
    for (unsigned number = 1; number <= static_cast<unsigned>(errc::self_test); ++number) {
        char wanted[16];
        std::snprintf(wanted, sizeof wanted, "LAM-R%02u", number);
        CHECK(std::string(id(static_cast<errc>(number))) == wanted);
    }
}

TEST_CASE("error: a number that is no code has an id too") {
    CHECK(std::string(id(static_cast<errc>(250))) == "LAM-R00");
    CHECK(std::string(id(static_cast<errc>(0))) == "LAM-R00");
}

TEST_CASE("error: carries code, subject and sentence through a catch by std::exception") {
    try {
        throw lamina::error(errc::tensor_missing, "net.wts", "net.wts: no tensor 'a'");
    } catch (const std::exception& caught) {
        CHECK(std::string(caught.what()) == "net.wts: no tensor 'a'");
        const auto* ours = dynamic_cast<const lamina::error*>(&caught);
        REQUIRE(ours != nullptr);
        CHECK(ours->code() == errc::tensor_missing);
        CHECK(ours->subject() == "net.wts");
    }
}
