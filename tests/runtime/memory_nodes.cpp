// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/memory_nodes.hpp, with files of machines that have several nodes. What the kernel makes of a request is
// tested with the nodes that there are.
#include <doctest/doctest.h>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <lamina/runtime/memory_nodes.hpp>

#include "../support/temporary.hpp"

using namespace lamina::detail;
using namespace lamina_test;

namespace {

void write(const std::string& file, const char* text) { std::ofstream(file) << text << '\n'; }

/// Two sockets of four cores with their hyperthreads behind, and a third node that has memory alone.
struct two_sockets {
    temporary_folder folder;
    two_sockets() {
        for (const char* node : {"node0", "node1", "node4"})
            std::filesystem::create_directory(folder / node);
        write(folder / "has_memory", "0-1,4");
        write(folder / "node0/cpulist", "0-3,8-11");
        write(folder / "node1/cpulist", "4-7,12-15");
        write(folder / "node4/cpulist", "");
    }
    template <class MayUse> std::vector<memory_node> nodes(MayUse may_use) const {
        return nodes_of(folder.path.string(), may_use);
    }
};

/// The way in which the kernel places this page, -1 if it does not say.
int policy_of(void* at) {
    constexpr unsigned long of_address = 2;
    int mode = -1;
    if (::syscall(SYS_get_mempolicy, &mode, nullptr, 0ul, at, of_address) != 0) return -1;
    return mode;
}

TEST_CASE("lists of cores as Linux writes them") {
    using numbers = std::vector<unsigned>;
    CHECK(read_list("0") == numbers{0});
    CHECK(read_list("0-3,8") == numbers{0, 1, 2, 3, 8});
    CHECK(read_list("1,5-6\n") == numbers{1, 5, 6});
    CHECK(read_list("").empty());
    CHECK(read_list("all").empty());
    CHECK(read_list("2-").empty());
    CHECK(read_list("2,x") == numbers{2});
    CHECK(read_list("0-4000000000").empty());
}

TEST_CASE("the nodes that a process may use, and how many threads need several") {
    const two_sockets machine;
    const std::vector<memory_node> all = machine.nodes([](unsigned) { return true; });
    REQUIRE(all.size() == 2);
    CHECK(all[1].number == 1);
    CHECK(all[1].cores == 8);
    CHECK_FALSE(need_several(all, 1));
    CHECK_FALSE(need_several(all, 8));
    CHECK(need_several(all, 9));

    const std::vector<memory_node> some = machine.nodes([](unsigned core) { return core < 6; });
    REQUIRE(some.size() == 2);
    CHECK(some[1].cores == 2);
    CHECK_FALSE(need_several(some, 4));
    CHECK(need_several(some, 5));

    const std::vector<memory_node> one = machine.nodes([](unsigned core) { return core < 4; });
    CHECK(one.size() == 1);
    CHECK_FALSE(need_several(one, 100));  // more threads than cores have no other node to go to

    CHECK(nodes_of("/no/such/folder", [](unsigned) { return true; }).empty());
    CHECK_FALSE(need_several({}, 100));
}

TEST_CASE("pages alternate between nodes") {
    constexpr std::size_t bytes = std::size_t{8} << 20;
    void* const at
        = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    const std::span<std::byte> memory(static_cast<std::byte*>(at), bytes);
    constexpr int usual = 0, interleaved = 3;
    if (own_nodes().empty() || policy_of(at) != usual)
        MESSAGE("this system says nothing about nodes");
    else if (alternate_pages(memory.subspan(1), own_nodes())) {  // whole pages of it
        CHECK(policy_of(at) == usual);
        CHECK(policy_of(memory.data() + ::sysconf(_SC_PAGESIZE)) == interleaved);
        CHECK(policy_of(memory.data() + bytes / 2) == interleaved);
        memory.front() = memory.back() = std::byte{1};
    } else
        MESSAGE("this system does not let a process choose its nodes");
    CHECK_FALSE(alternate_pages(memory.first(100), own_nodes()));
    const memory_node absent{most_listed, 1};
    CHECK_FALSE(alternate_pages(memory, std::span(&absent, 1)));
    ::munmap(at, bytes);
}

}  // namespace
