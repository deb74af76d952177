// SPDX-License-Identifier: Apache-2.0
// The comparisons that every other test rests on: they must be able to fail.
#include "support/near.hpp"
#include "support/npy.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <limits>

using lamina_test::near;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

bool is_near(std::vector<float> found, std::vector<float> expected, double tolerance = 1e-3) {
    return near(found, expected, tolerance).is_near;
}

}  // namespace

TEST_CASE("near: differences count relative to the largest magnitude expected") {
    CHECK(is_near({1, 100}, {1, 100}));
    CHECK(is_near({1.09f, 100}, {1, 100}));
    CHECK_FALSE(is_near({1.11f, 100}, {1, 100}));
    CHECK_FALSE(is_near({1.09f}, {1}));
    CHECK(is_near({0, 0}, {0, 0}, 0));
    CHECK_FALSE(is_near({0, 0.1f}, {0, 0}));
    CHECK_FALSE(is_near({1}, {1, 1}));
}

TEST_CASE("near: NaN is never near, an infinity only to itself") {
    CHECK_FALSE(is_near({not_a_number}, {not_a_number}));
    CHECK_FALSE(is_near({1, not_a_number}, {1, 1}));
    CHECK_FALSE(is_near({1, 1}, {1, not_a_number}));
    CHECK(is_near({infinity, 1}, {infinity, 1}));
    CHECK_FALSE(is_near({infinity, 1}, {-infinity, 1}));
    CHECK_FALSE(is_near({1e30f, 1}, {infinity, 1}));
    CHECK_FALSE(is_near({infinity, 1}, {5, 1}));
}

TEST_CASE("near: says where the worst element is and both values") {
    const std::vector<float> found{1, 2, 4, 3}, expected{1, 2, 3, 3};
    const auto off = near(found, expected, 1e-3);
    CHECK(off.what.find("element 2 of 4 is 4, expected 3") == 0);
    CHECK(off.worst == doctest::Approx(1.0 / 3));
}

TEST_CASE("random: streams repeat by name and differ between names") {
    lamina_test::random_source a("one"), again("one"), b("two");
    const auto numbers = a.numbers(100, 2, 3);
    CHECK(numbers == again.numbers(100, 2, 3));
    CHECK(numbers != b.numbers(100, 2, 3));
    for (float value : numbers) CHECK((value >= 2 && value <= 3));
    for (int i = 0; i < 100; ++i) {
        const int drawn = a.integer(-2, 1);
        CHECK((drawn >= -2 && drawn <= 1));
    }
}

TEST_CASE("npy: f4, i8 and u1 arrays are read, others are refused with the path") {
    const auto path = (std::filesystem::temp_directory_path()
        / ("lamina_npy_" + std::to_string(lamina_test::test_seed()) + ".npy"))
                          .string();
    const auto write = [&](const std::string& header, const std::string& data) {
        std::ofstream file(path, std::ios::binary);
        file << "\x93NUMPY" << '\1' << '\0' << static_cast<char>(header.size()) << '\0' << header
             << data;
    };
    const auto bytes = [](auto... values) {
        std::string out;
        (out.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
        return out;
    };
    write("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }\n", bytes(1.5f, 2.f, -3.f));
    auto read = lamina_test::read_npy(path);
    CHECK(read.dims == std::vector<std::int64_t>{1, 3});
    CHECK(read.values == std::vector<float>{1.5f, 2, -3});
    write("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }\n",
        bytes(std::int64_t{-7}, std::int64_t{1} << 40));
    read = lamina_test::read_npy(path);
    CHECK(read.dims == std::vector<std::int64_t>{2});
    CHECK(read.integers == std::vector<std::int64_t>{-7, std::int64_t{1} << 40});
    write("{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", "\xff");
    CHECK(lamina_test::read_npy(path).integers == std::vector<std::int64_t>{255});

    write("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", bytes(1.0f));
    CHECK_THROWS_WITH(lamina_test::read_npy(path), doctest::Contains("element type '<f8'"));
    write("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", bytes(1.0f));
    CHECK_THROWS_WITH(lamina_test::read_npy(path), doctest::Contains("not as many"));
    write("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }\n", bytes(1.0f));
    CHECK_THROWS_WITH(lamina_test::read_npy(path), doctest::Contains("column-major"));
    std::filesystem::remove(path);
    CHECK_THROWS_WITH(lamina_test::read_npy(path), doctest::Contains(path.c_str()));
}
