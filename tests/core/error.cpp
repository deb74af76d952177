// SPDX-License-Identifier: Apache-2.0
// Tests of core/error.hpp.
#include <cstdio>
#include <doctest/doctest.h>
#include <lamina/core/error.hpp>
#include <string>
#include <utility>

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

TEST_CASE("error: control characters, marks of direction and broken UTF-8 are spelled out") {
    const std::pair<const char*, const char*> texts[] = {
        {"plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x88",
            "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x88"},
        {"red \x1b[31m", "red \\x1b[31m"},
        {"two\nlines\tand\rmore\x7f", "two\\x0alines\\x09and\\x0dmore\\x7f"},
        {"\xc2\x9b"
         "31m",
            "\\x9b31m"},
        {"a\xe2\x80\xae"
         "b",
            "a\\u202eb"},
        {"\xff\xc3(", "\\xff\\xc3("},
        {"\xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80",
            "\\xc0\\xaf \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80"},
        {"\xe2\x82", "\\xe2\\x82"},
    };
    for (const auto& [given, wanted] : texts) {
        CHECK(lamina::printable(given) == wanted);
        const lamina::error fault(errc::tensor_missing, given, given);
        CHECK(std::string(fault.what()) == wanted);
        CHECK(fault.subject() == given);
    }
    // A compiler's log keeps its lines.
    CHECK(std::string(lamina::error(errc::kernel_build, "", "a\n\tb\x1b").what()) == "a\n\tb\\x1b");
}
