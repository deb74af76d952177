// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/safetensors.hpp: what a good file gives, and a sentence for every kind of bad.
#include <cstring>
#include <doctest/doctest.h>
#include <random>

#include "support/weights_bytes.hpp"

using lamina::dtype;
using lamina::errc;
using lamina::weights;
using namespace lamina_test;

TEST_CASE("safetensors: names, types, extents and bytes are those of the header") {
    const auto file = good_safetensors();
    const auto opened = lamina::weights::from_bytes(file, "good");
    REQUIRE(opened.all().size() == 2);
    const auto* conv = opened.find("conv1.weight");
    REQUIRE(conv != nullptr);
    CHECK(conv->type == dtype::f32);
    CHECK(conv->dims == std::vector<std::int64_t>{2, 3, 1, 1});
    CHECK(conv->bytes.data() == file.data() + file.size() - 32);
    CHECK(conv->bytes.size() == 24);
    CHECK(!conv->shapeless);
    const auto* bias = opened.find("bn1.bias");
    REQUIRE(bias != nullptr);
    CHECK(bias->type == dtype::f16);
    CHECK(bias->bytes[0] == std::byte{24});
}

TEST_CASE("safetensors: every element type of Lamina is read, a scalar and an empty tensor too") {
    const auto file = safetensors(R"({"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
                                  R"("b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},)"
                                  R"("c":{"dtype":"I32","shape":[1],"data_offsets":[16,20]},)"
                                  R"("d":{"dtype":"BF16","shape":[1],"data_offsets":[20,22]},)"
                                  R"("e":{"dtype":"I8","shape":[1],"data_offsets":[22,23]},)"
                                  R"("f":{"dtype":"U8","shape":[1],"data_offsets":[23,24]},)"
                                  R"("g":{"dtype":"BOOL","shape":[1],"data_offsets":[24,25]},)"
                                  R"("h":{"dtype":"F32","shape":[3,0],"data_offsets":[25,25]}})",
        25);
    const auto opened = lamina::weights::from_bytes(file, "types");
    REQUIRE(opened.all().size() == 8);
    CHECK(opened.find("a")->dims.empty());
    CHECK(opened.find("d")->type == dtype::bf16);
    CHECK(opened.find("g")->type == dtype::boolean);
    CHECK(opened.find("h")->bytes.empty());
}

TEST_CASE("safetensors: a file without tensors is a file") {
    CHECK(!read_weights(safetensors("{}", 0), "empty.safetensors").code);
}

TEST_CASE("safetensors: each fault has a code and a sentence with file and tensor") {
    struct fault {
        const char* header;
        std::size_t data_bytes;
        errc code;
        const char* expected;
    };
    const auto damaged = errc::file_damaged;
    const fault faults[] = {
        {"[]", 0, damaged, "does not begin with '{'"},
        {" {}", 0, damaged, "does not begin with '{'"},
        {"{", 0, damaged, "not JSON at its byte"},
        {"{} {}", 0, damaged, "not JSON at its byte"},
        {R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
         R"("a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}})",
            8, damaged, "has 'a' twice"},
        {R"({"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4, damaged,
            "'a' has 'dtype' twice"},
        {R"({"a":{"dtype":"F32","shape":[1]}})", 0, damaged, "'a' lacks one of"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4, damaged,
            "'a' has a field 'x'"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 3, damaged,
            "'a' ends at byte 4, the file has 3"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5, damaged,
            "end at byte 4, the file goes on to 5"},
        {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, damaged,
            "'a' has 4 bytes, its shape and dtype F32 need 8"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, damaged,
            "'a' begins at byte 4, the one before ends at 0"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
         R"("b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
            6, damaged, "'b' begins at byte 2, the one before ends at 4"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, damaged,
            "not a begin and an end"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, damaged,
            "not a begin and an end"},
        {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4, damaged,
            "more than 2 data_offsets"},
        {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4, damaged,
            "more than 8 extents"},
        {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
            damaged, "more elements than 64 bits"},
        {R"({"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,0]}})", 0, damaged,
            "more elements than 64 bits"},
        {R"({"w":{"dtype":"F4","shape":[9223372036854775808],"data_offsets":[0,4]}})", 4, damaged,
            "more elements than 64 bits"},
        {R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}})", 4, damaged,
            "a whole one within 64 bits"},
        {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, damaged, "below 0"},
        {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, damaged, "1.5"},
        {R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4, damaged, "a list"},
        {R"({"a":{"dtype":"F32","shape":"1","data_offsets":[0,4]}})", 4, damaged, "a text"},
        {R"({"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, damaged, "a number"},
        {R"({"a":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}})", 4, damaged, "a list"},
        {R"({"a":{"dtype":{},"shape":[1],"data_offsets":[0,4]}})", 4, damaged, "an object"},
        {R"({"a":{"dtype":null,"shape":[1],"data_offsets":[0,4]}})", 4, damaged, "a null"},
        {R"({"a":true})", 0, damaged, "true or false"},
        {R"({"a":3})", 0, damaged, "'a' has a number"},
        {R"({"__metadata__":{"a":{}}})", 0, damaged, "an object"},
        {"{\"\xff\":{}}", 0, damaged, "not JSON at its byte"},
        {R"({"a":{"dtype":"C64","shape":[1],"data_offsets":[0,4]}})", 4, damaged,
            "'a' has 4 bytes, its shape and dtype C64 need 8"},
        {R"({"a":{"dtype":"F4","shape":[1],"data_offsets":[4,0]}})", 4, damaged, "not a begin"},
    };
    for (const fault& each : faults) {
        CAPTURE(each.header);
        const outcome got
            = read_weights(safetensors(each.header, each.data_bytes), "net.safetensors");
        REQUIRE(got.code.has_value());
        CAPTURE(got.sentence);
        CHECK(got.code == each.code);
        CHECK(got.sentence.starts_with("net.safetensors: "));
        CHECK(got.sentence.find(each.expected) != std::string::npos);
        CHECK(got.sentence.find(';') != std::string::npos);
    }
}

TEST_CASE(
    "safetensors: a header length beyond the file or the limit is refused before it is used") {
    for (std::uint64_t length : {std::uint64_t{0}, std::uint64_t{100'000'001}, ~std::uint64_t{0}}) {
        auto file = good_safetensors();
        std::memcpy(file.data(), &length, sizeof length);
        CHECK(read_weights(file, "x.safetensors").code == errc::file_damaged);
    }
}

TEST_CASE("safetensors: deep nesting costs no stack") {
    std::string header = R"({"a":{"shape":)" + std::string(1'000'000, '[');
    CHECK(read_weights(safetensors(header, 0), "deep.safetensors").code == errc::file_damaged);
    header = R"({"__metadata__":{"a":)" + std::string(1'000'000, '{');
    CHECK(read_weights(safetensors(header, 0), "deep.safetensors").code == errc::file_damaged);
}

TEST_CASE("safetensors: a file cut short anywhere is noticed") {
    std::string header = "{";
    for (int i = 0; i < 100; ++i)
        header += (i ? ",\"t" : "\"t") + std::to_string(i)
            + R"(":{"dtype":"F32","shape":[8],"data_offsets":[)" + std::to_string(i * 32) + ","
            + std::to_string(i * 32 + 32) + "]}";
    const auto whole = safetensors(header + "}", 3200);
    REQUIRE(!read_weights(whole, "whole.safetensors").code);
    for (std::size_t size = 0; size < whole.size(); size += 97) {
        CAPTURE(size);
        CHECK(read_weights(std::span(whole).first(size), "cut.safetensors").code
            == errc::file_damaged);
    }
    const auto small = good_safetensors();
    for (std::size_t size = 0; size < small.size(); ++size)
        CHECK(read_weights(std::span(small).first(size), "cut.safetensors").code
            == errc::file_damaged);
}

TEST_CASE("safetensors: flipped bits load or are an error, nothing else (seeds 1 to 4000)") {
    const auto good = good_safetensors();
    int refused = 0;
    for (unsigned seed = 1; seed <= 4000; ++seed) {
        std::mt19937 random(seed);
        auto file = good;
        for (unsigned flips = 1 + seed % 4; flips > 0; --flips)
            file[random() % (file.size() - 32)] ^= std::byte(1u << random() % 8);
        refused += read_weights(file, "flipped.safetensors").code.has_value();
    }
    CHECK(refused > 2000);  // most of the header matters
}

TEST_CASE("safetensors: a type that no layer can read does not refuse the file") {
    const std::pair<const char*, std::pair<dtype, int>> types[] = {
        {"I16", {dtype::i16, 2}},
        {"U16", {dtype::u16, 2}},
        {"U32", {dtype::u32, 4}},
        {"U64", {dtype::u64, 8}},
        {"C64", {dtype::c64, 8}},
        {"F8_E4M3", {dtype::f8_e4m3, 1}},
        {"F8_E5M2", {dtype::f8_e5m2, 1}},
        {"F8_E8M0", {dtype::other, 1}},
        {"F4", {dtype::other, 3}},
        {"a type of next year", {dtype::other, 5}},
    };
    for (const auto& [name, fact] : types) {
        const int end = 4 + 3 * fact.second;
        const auto file
            = safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":)"
                    + (R"({"dtype":")" + std::string(name) + R"(","shape":[3],"data_offsets":[4,)")
                    + std::to_string(end) + "]}}",
                static_cast<std::size_t>(end));
        const auto opened = weights::from_bytes(file, "net.safetensors");
        REQUIRE(opened.find("b") != nullptr);
        CHECK(opened.find("b")->type == fact.first);
        CHECK(opened.find("b")->type_name == name);
        CHECK(opened.find("a")->type_name == "F32");
    }
}
