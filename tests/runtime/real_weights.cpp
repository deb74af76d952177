// SPDX-License-Identifier: Apache-2.0
// Weights files of real networks, exported by the official library; skipped where they are not.
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <lamina/runtime/weights.hpp>

#include "support/skip.hpp"

TEST_CASE("weights: every file of the shared data opens, in whole tensors") {
    const char* folder = std::getenv("LAMINA_SHARED_DATA");
    if (!folder || !std::filesystem::is_directory(folder))
        return lamina_test::skip("LAMINA_SHARED_DATA names no folder");
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".safetensors") continue;
        CAPTURE(entry.path().string());
        const auto opened = lamina::weights::open(entry.path().string());
        CHECK(!opened.all().empty());
        std::size_t bytes = 0;
        for (const auto& tensor : opened.all()) bytes += tensor.bytes.size();
        CHECK(bytes < entry.file_size());
        CHECK(bytes + 100'000 > entry.file_size());
        ++files;
    }
    CHECK(files > 0);
}
