// SPDX-License-Identifier: Apache-2.0
// Kernels that take as arguments what others have as constants.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include <lamina/runtime/generalize.hpp>

TEST_CASE("a kernel with arguments does what one with constants does") {
    using lamina::detail::find_numbers, lamina::detail::kernel_lines, lamina::detail::numbers_for;
    const kernel_lines general(
        "#define VW 16\n#define NUMBERS , const int IH, const int S_x1, const int OH\n");
    const auto numbers_of = [&](const char* special) {
        const auto found = find_numbers(general, kernel_lines(special));
        const std::vector<std::int32_t> given{7, 9};
        return found ? numbers_for(*found, given) : std::vector<std::int32_t>();
    };
    using list = std::vector<std::int32_t>;
    CHECK(
        numbers_of("#define S_x1 1\n#define VW 16\n#define NUMBERS , const int OH, const int IH\n")
        == list{9, 1, 7});
    // Another constant, one more, one that is no number, and an argument that the general one lacks.
    CHECK(numbers_of("#define S_x1 1\n#define VW 8\n#define NUMBERS , const int OH, const int IH\n")
            .empty());
    CHECK(numbers_of(
        "#define S_x1 1\n#define VW 16\n#define A 1\n#define NUMBERS , const int OH, const int IH\n")
            .empty());
    CHECK(numbers_of(
        "#define S_x1 (IH)\n#define VW 16\n#define NUMBERS , const int OH, const int IH\n")
            .empty());
    CHECK(numbers_of("#define OH 1\n#define VW 16\n#define NUMBERS , const int K, const int IH\n")
            .empty());
}
