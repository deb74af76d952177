// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/wts.hpp.
#include <bit>
#include <cstring>
#include <doctest/doctest.h>
#include <random>

#include "support/weights_bytes.hpp"

using lamina::errc;
using namespace lamina_test;

namespace {

const char* const good = "2\nconv1.weight 3 3f800000 bf000000 00000000\nbn1.bias 1 40490fdb\n";

outcome read_text(std::string_view text) {
    return read_weights(std::as_bytes(std::span(text)), "net.wts");
}

float number(const lamina::weight_view& tensor, std::size_t index) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, tensor.bytes.data() + 4 * index, 4);
    return std::bit_cast<float>(bits);
}

}  // namespace

TEST_CASE("wts: the numbers are the bits that the hex digits say, and have no shape") {
    const auto opened
        = lamina::weights::from_bytes(std::as_bytes(std::span(std::string_view(good))), "net.wts");
    REQUIRE(opened.all().size() == 2);
    const auto* conv = opened.find("conv1.weight");
    REQUIRE(conv != nullptr);
    CHECK(conv->type == lamina::dtype::f32);
    CHECK(conv->shapeless);
    CHECK(conv->dims == std::vector<std::int64_t>{3});
    CHECK(number(*conv, 0) == 1.0f);
    CHECK(number(*conv, 1) == -0.5f);
    CHECK(number(*conv, 2) == 0.0f);
    CHECK(number(*opened.find("bn1.bias"), 0) == doctest::Approx(3.14159274f));
}

TEST_CASE("wts: short numbers, Windows line ends and a missing last line end are read") {
    CHECK(!read_text("1\na 2 0 3f800000\n").code);
    CHECK(!read_text("1\r\na 1 3f800000\r\n").code);
    CHECK(!read_text("1\na 1 3f800000").code);
    CHECK(!read_text("1\na 0\n").code);
    CHECK(!read_text("0\n").code);
}

TEST_CASE("wts: each fault has a sentence with file and tensor") {
    const std::pair<const char*, const char*> faults[] = {
        {"", "begins with the end of the file"},
        {"abc\n", "begins with 'abc'"},
        {"-1\n", "begins with '-1'"},
        {"99999999999999999999999\n", "begins with '999"},
        {"2\na 1 3f800000\n", "ends after 1 tensors, its first line says 2"},
        {"1\na\n", "tensor 'a' has the end of the file where its number"},
        {"1\na x\n", "tensor 'a' has 'x' where its number"},
        {"1\na 3 3f800000 3f800000\n", "where a number of 1 to 8 hex digits"},
        {"1\na 1000000000000 3f800000\n", "'a' claims 1000000000000 elements"},
        {"1\na 1 3f8000000\n", "'3f8000000'"},
        {"1\na 1 0x3f8000\n", "'0x3f8000'"},
        {"1\na 1 3g800000\n", "'3g800000'"},
        {"2\na 1 3f800000\na 1 3f800000\n", "'a' is in the file twice"},
        {"1\na 1 3f800000\nb 1 3f800000\n", "comes 'b'"},
        {"1\na 1 3f8000", "within the last number of tensor 'a'"},
    };
    for (const auto& [text, expected] : faults) {
        CAPTURE(text);
        const outcome got = read_text(text);
        CHECK(got.code == errc::file_damaged);
        CAPTURE(got.sentence);
        CHECK(got.sentence.starts_with("net.wts: "));
        CHECK(got.sentence.find(expected) != std::string::npos);
    }
}

TEST_CASE("wts: a file cut short anywhere before its last line end is noticed") {
    std::string text = "40\n";
    for (int i = 0; i < 40; ++i)
        text += "t" + std::to_string(i) + " 3 3f800000 bf000000 3e4ccccd\n";
    REQUIRE(!read_text(text).code);
    for (std::size_t size = 0; size + 1 < text.size(); size += 97) {
        CAPTURE(size);
        CHECK(read_text(std::string_view(text).substr(0, size)).code == errc::file_damaged);
    }
    for (std::size_t size = 0; size + 1 < std::strlen(good); ++size)
        CHECK(read_text(std::string_view(good).substr(0, size)).code == errc::file_damaged);
}

TEST_CASE("wts: flipped bits load or are an error, nothing else (seeds 1 to 2000)") {
    for (unsigned seed = 1; seed <= 2000; ++seed) {
        std::mt19937 random(seed);
        std::string text = good;
        char& hit = text[random() % text.size()];
        hit = static_cast<char>(hit ^ (1 << random() % 8));
        CHECK_NOTHROW(read_text(text));
    }
}
