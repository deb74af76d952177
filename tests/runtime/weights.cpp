// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/weights.hpp and runtime/mapped_file.hpp.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lamina/runtime/edit_distance.hpp>
#include <lamina/runtime/weights.hpp>

#include "support/temporary.hpp"
#include "support/weights_bytes.hpp"

using lamina::errc;
using lamina::weights;
using namespace lamina_test;

namespace {

const char* const text = "1\na 1 3f800000\n";

errc code_of(auto&& action) {
    try {
        action();
    } catch (const lamina::error& fault) {
        return fault.code();
    }
    return errc{};
}

}  // namespace

TEST_CASE(
    "weights: a file is opened by suffix, or by its first bytes where the suffix says nothing") {
    const temporary_folder folder;
    write_file(folder / "net.safetensors", good_safetensors());
    write_file(folder / "net.wts", text);
    write_file(folder / "first", good_safetensors());
    write_file(folder / "second", text);
    CHECK(weights::open(folder / "net.safetensors").all().size() == 2);
    CHECK(weights::open(folder / "net.wts").find("a") != nullptr);
    CHECK(weights::open(folder / "first").find("conv1.weight") != nullptr);
    CHECK(weights::open(folder / "second").find("a")->shapeless);
    CHECK(weights::open(folder / "second").label() == folder / "second");
}

TEST_CASE("weights: views stay valid while a copy lives, whatever became of the file") {
    const temporary_folder folder;
    write_file(folder / "net.safetensors", good_safetensors());
    std::vector<weights> copies;
    {
        const auto first = weights::open(folder / "net.safetensors");
        copies.push_back(first);
    }
    std::filesystem::remove(folder / "net.safetensors");
    CHECK(copies[0].find("conv1.weight")->bytes[5] == std::byte{5});
}

TEST_CASE("weights: a path that is no readable file is LAM-R01") {
    const temporary_folder folder;
    CHECK(code_of([&] { weights::open(folder / "absent"); }) == errc::file_missing);
    CHECK(code_of([&] { weights::open(folder.path.string()); }) == errc::file_missing);
    CHECK(code_of([&] { weights::open("/dev/zero"); }) == errc::file_missing);
    CHECK(code_of([&] { weights::open(""); }) == errc::file_missing);
    ::mkfifo((folder / "pipe").c_str(), 0600);
    CHECK(code_of([&] { weights::open(folder / "pipe"); }) == errc::file_missing);
}

TEST_CASE("weights: an empty file and a PyTorch checkpoint have sentences of their own") {
    const temporary_folder folder;
    write_file(folder / "empty.safetensors", "");
    CHECK(code_of([&] { weights::open(folder / "empty.safetensors"); }) == errc::file_damaged);
    for (std::string_view start : {"PK\3\4 and a zip file", "\x80\2 and a pickle"}) {
        const outcome got = read_weights(std::as_bytes(std::span(start)), "net.pth");
        CHECK(got.code == errc::file_damaged);
        CHECK(got.sentence.find("PyTorch checkpoint") != std::string::npos);
    }
}

TEST_CASE("weights: a safetensors header whose length begins as a pickle does is none") {
    const temporary_folder folder;
    for (const std::size_t length : {0x280, 0x10280}) {
        std::string file = "........{}" + std::string(length - 2, ' ');
        for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(length >> 8 * i & 255);
        CHECK(file.starts_with("\x80\2"));
        for (const char* label : {"net", "net.safetensors"}) {
            const outcome got = read_weights(std::as_bytes(std::span(file)), label);
            CAPTURE(got.sentence);
            CHECK(got.sentence.empty());
        }
    }
}

TEST_CASE("weights: find is exact and nearest forgives a few letters") {
    const auto file = good_safetensors();
    const auto opened = weights::from_bytes(file, "net");
    CHECK(opened.find("conv1.weights") == nullptr);
    CHECK(opened.find("") == nullptr);
    CHECK(opened.nearest("conv1.weights") == "conv1.weight");
    CHECK(opened.nearest("conv.weight") == "conv1.weight");
    CHECK(opened.nearest("bn1.bais") == "bn1.bias");
    CHECK(opened.nearest("something else") == "");
    CHECK(opened.nearest("") == "");
}

TEST_CASE("weights: a blob is weights, and its bytes are not copied") {
    const auto file = good_safetensors();
    const lamina::blob blob{"net", file};
    const auto count = [](const weights& given) { return given.all().size(); };
    CHECK(count(blob) == 2);
    const weights opened = blob;
    CHECK(opened.label() == "net");
    CHECK(opened.find("conv1.weight")->bytes.data() == file.data() + file.size() - 32);
}

TEST_CASE("weights: edit distance counts inserted, dropped and replaced letters") {
    CHECK(lamina::detail::edit_distance("", "abc") == 3);
    CHECK(lamina::detail::edit_distance("abc", "abc") == 0);
    CHECK(lamina::detail::edit_distance("kitten", "sitting") == 3);
    CHECK(lamina::detail::edit_distance("downsample", "down") == 6);
}
