// SPDX-License-Identifier: Apache-2.0
// Where memory lies on a machine whose cores have memory of their own each (NUMA nodes). Linux puts a page where it is first
// written, which is one node for what one thread fills: pages that all threads read alternate between nodes instead.
#pragma once
#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstddef>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina::detail {

struct memory_node {
    unsigned number = 0;
    unsigned cores = 0;  ///< of those that the process may use
};

/// More nodes or cores than any machine has.
inline constexpr unsigned most_listed = 4096;

/// The numbers of a list as Linux writes them, "0-2,5"; those in front of what is no list.
inline std::vector<unsigned> read_list(std::string_view text) {
    std::vector<unsigned> out;
    const char *at = text.data(), *const end = at + text.size();
    const auto number = [&](unsigned& to) {
        const auto [rest, code] = std::from_chars(at, end, to);
        at = rest;
        return code == std::errc() && to < most_listed;
    };
    for (unsigned first = 0; number(first); ++at) {
        unsigned last = first;
        if (at != end && *at == '-' && (++at, !number(last))) break;
        for (; first <= last; ++first) out.push_back(first);
        if (at == end || *at != ',') break;
    }
    return out;
}

/// Nodes that have memory and cores that `may_use`, from files as in /sys/devices/system/node; none where there are no files.
template <class MayUse>
std::vector<memory_node> nodes_of(const std::string& folder, MayUse may_use) {
    const auto list = [&](const std::string& name) {
        std::string text;
        std::ifstream file(folder + "/" + name);
        std::getline(file, text);
        return read_list(text);
    };
    std::vector<memory_node> out;
    for (const unsigned number : list("has_memory")) {
        const std::vector<unsigned> cores = list("node" + std::to_string(number) + "/cpulist");
        const auto usable = std::count_if(cores.begin(), cores.end(), may_use);
        if (usable) out.push_back({number, static_cast<unsigned>(usable)});
    }
    return out;
}

/// Those of this process, as it was when this was first called.
inline const std::vector<memory_node>& own_nodes() {
    static const std::vector<memory_node> nodes = []() -> std::vector<memory_node> {
#if defined(__linux__)
        cpu_set_t cores;
        CPU_ZERO(&cores);
        if (::sched_getaffinity(0, sizeof cores, &cores) == 0)
            return nodes_of("/sys/devices/system/node",
                [&](unsigned core) { return core < CPU_SETSIZE && CPU_ISSET(core, &cores); });
#endif
        return {};
    }();
    return nodes;
}

/// Whether so many threads need the cores of several nodes.
inline bool need_several(std::span<const memory_node> nodes, unsigned threads) {
    const auto is_enough = [&](const memory_node& node) { return node.cores >= threads; };
    return nodes.size() > 1 && std::none_of(nodes.begin(), nodes.end(), is_enough);
}

/// Requests that the whole pages of memory that has not been written yet alternate between nodes; false if the system does
/// not do that.
inline bool alternate_pages(std::span<std::byte> memory, std::span<const memory_node> nodes) {
#if defined(__linux__) && defined(SYS_mbind)
    constexpr int interleave = 3;  // MPOL_INTERLEAVE of linux/mempolicy.h
    constexpr unsigned bits = sizeof(unsigned long) * CHAR_BIT;
    unsigned long mask[most_listed / bits] = {};
    for (const memory_node& node : nodes)
        if (node.number < most_listed) mask[node.number / bits] |= 1ul << node.number % bits;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t before = (page - reinterpret_cast<std::size_t>(memory.data()) % page) % page;
    if (memory.size() < before + page) return false;
    const std::size_t bytes = (memory.size() - before) / page * page;
    // The kernel takes one bit less than it is told.
    return ::syscall(SYS_mbind, memory.data() + before, bytes, interleave, mask, most_listed + 1, 0)
        == 0;
#else
    static_cast<void>(memory), static_cast<void>(nodes);
    return false;
#endif
}

}  // namespace lamina::detail
