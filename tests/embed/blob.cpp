// SPDX-License-Identifier: Apache-2.0
// Tests of embed/blob.hpp with entries made by hand; embed.cpp lets CMake make them.
#include <doctest/doctest.h>
#include <lamina/embed/blob.hpp>

namespace {

constexpr std::byte bytes[] = {std::byte{1}, std::byte{2}, std::byte{3}};
const lamina::detail::blob_entry first("first_blob", bytes, bytes + 3);
const lamina::detail::blob_entry second("second_blob", bytes, bytes);

}  // namespace

TEST_CASE("blob: is found by its name") {
    const lamina::blob found = lamina::embedded("first_blob");
    CHECK(found.name == "first_blob");
    CHECK(found.bytes.data() == bytes);
    CHECK(found.bytes.size() == 3);
    CHECK(lamina::embedded("second_blob").bytes.empty());
}

TEST_CASE("blob: a name that is not there is LAM-R09 with the names that are") {
    try {
        lamina::embedded("third_blob");
        FAIL("found it");
    } catch (const lamina::error& fault) {
        const std::string said = fault.what();
        CAPTURE(said);
        CHECK(fault.code() == lamina::errc::blob_missing);
        CHECK(said.starts_with("no blob 'third_blob' is linked into this program, it has "));
        CHECK(said.find("first_blob") != std::string::npos);
        CHECK(said.find("second_blob") != std::string::npos);
    }
}
