// SPDX-License-Identifier: Apache-2.0
// Memory plan: gives every storage a byte range in one arena. Runs when all launches are known;
// nothing after it may change lifetimes.
#pragma once
#include <lamina/compile/work.hpp>

namespace lamina::compile {

inline constexpr std::int64_t arena_alignment = 128; ///< sizeof(long16), OpenCL's least

constexpr std::int64_t aligned(std::int64_t bytes, std::int64_t to) {
    return (bytes + to - 1) / to * to;
}

/// First and last step that touch each storage.
constexpr void find_lifetimes(module& m) {
    for (int i = 0; i < static_cast<int>(m.launches.size()); ++i)
        for (const argument& a : m.launches[at(i)].arguments) {
            if (a.place == where::weights)
                continue;
            storage& s = m.storages[at(a.storage)];
            if (s.first < 0)
                s.first = i;
            s.last = i;
        }
}

/// Places storages one after another in the given order, each at the lowest offset where no placed
/// storage alive at the same time lies. Returns the arena's size.
constexpr std::int64_t place_in_order(std::vector<storage>& all, const std::vector<int>& order) {
    std::int64_t top = 0;
    std::vector<int> placed; // sorted by offset
    placed.reserve(order.size());
    for (int index : order) {
        storage& s = all[at(index)];
        const std::int64_t size = aligned(s.bytes, arena_alignment);
        std::int64_t offset = 0, best = -1, best_gap = 0;
        for (int other_index : placed) {
            const storage& other = all[at(other_index)];
            if (other.last < s.first || s.last < other.first)
                continue;
            const std::int64_t gap = other.offset - offset;
            if (gap >= size && (best < 0 || gap < best_gap)) {
                best = offset;
                best_gap = gap;
            }
            const std::int64_t end = other.offset + aligned(other.bytes, arena_alignment);
            if (end > offset)
                offset = end;
        }
        s.offset = best >= 0 ? best : offset;
        if (s.offset + size > top)
            top = s.offset + size;
        auto where_to = placed.begin();
        while (where_to != placed.end() && all[at(*where_to)].offset <= s.offset)
            ++where_to;
        placed.insert(where_to, index);
    }
    return top;
}

/// Places outputs and scratch so that no two that live at the same time overlap.
///
/// Units    bytes; offsets are multiples of arena_alignment (the engine checks the device's own).
/// Cost     O(storages * alive at once), for a few orders, of which the smallest arena wins.
/// Source   greedy by size with best fit, as in TensorFlow Lite's memory planner; then by birth.
constexpr void place(module& m) {
    find_lifetimes(m);
    std::vector<int> by_size;
    for (int i = 0; i < static_cast<int>(m.storages.size()); ++i)
        if (m.storages[at(i)].place == where::arena && m.storages[at(i)].first >= 0)
            by_size.push_back(i);
    const std::vector<int> by_birth = by_size; // created in step order
    // Insertion sort by falling size; equal sizes keep their order.
    for (std::size_t i = 1; i < by_size.size(); ++i)
        for (std::size_t j = i; j > 0
             && m.storages[at(by_size[j - 1])].bytes < m.storages[at(by_size[j])].bytes;
             --j) {
            const int swap = by_size[j];
            by_size[j] = by_size[j - 1];
            by_size[j - 1] = swap;
        }
    // The floor: the most bytes alive during one step.
    const int steps = static_cast<int>(m.launches.size());
    std::vector<std::int64_t> alive(at(steps) + 1, 0);
    for (int index : by_size)
        for (int i = m.storages[at(index)].first; i <= m.storages[at(index)].last; ++i)
            alive[at(i)] += aligned(m.storages[at(index)].bytes, arena_alignment);
    for (std::int64_t bytes : alive)
        m.live_bytes = bytes > m.live_bytes ? bytes : m.live_bytes;

    m.arena_bytes = place_in_order(m.storages, by_size);
    if (m.arena_bytes > m.live_bytes) {
        std::vector<storage> other = m.storages;
        const std::int64_t bytes = place_in_order(other, by_birth);
        if (bytes < m.arena_bytes) {
            m.storages = other;
            m.arena_bytes = bytes;
        }
    }
    // Packed weights lie one behind the other.
    for (weight_recipe& r : m.weights) {
        r.offset = m.weight_bytes;
        m.weight_bytes = aligned(r.offset + r.bytes, 64);
    }
}

} // namespace lamina::compile
