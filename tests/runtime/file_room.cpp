// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/file_room.hpp: it grows as a vector does, and what threads free is the system's again.
#include <lamina/runtime/file_room.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>
#include <thread>

namespace {

/// Memory that the process holds, in bytes.
long resident() {
    std::ifstream pages("/proc/self/statm");
    long all = 0, held = 0;
    pages >> all >> held;
    return held * 4096;
}

}  // namespace

TEST_CASE("room for a file's bytes keeps them while it grows") {
    lamina::file_room room;
    for (const std::size_t size : {1, 100, 65535, 65536, 200000}) {
        room.resize(size, std::byte(7));
        CHECK(std::ranges::count(room, std::byte(7)) == static_cast<long>(size));
    }
    lamina::file_room other = room;
    CHECK(other == room);
    room = lamina::file_room();
    CHECK(other.size() == 200000);
}

TEST_CASE("room that a thread frees goes back to the system") {
    constexpr std::size_t megabyte = std::size_t{1} << 20;
    long before = 0, after = 0;
    // glibc maps the first arrays of a size, and keeps later ones.
    std::thread([&] {
        before = resident();
        for (int i = 0; i < 3; ++i) lamina::file_room(16 * megabyte, std::byte(1));
        after = resident();
    }).join();
    CHECK(after - before < static_cast<long>(2 * megabyte));
}
