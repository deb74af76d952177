// SPDX-License-Identifier: Apache-2.0
// Memory plan: assigns every storage a byte range in one arena. Runs when all launches are known;
// no later stage may change lifetimes.
#pragma once
#include <lamina/planner/stage_data.hpp>

namespace lamina::planner {

inline constexpr std::int64_t arena_alignment = 128;  ///< sizeof(long16), OpenCL's least

constexpr std::int64_t aligned(std::int64_t bytes, std::int64_t to) {
    return (bytes + to - 1) / to * to;
}

/// First and last step that touch each storage.
constexpr void find_lifetimes(module& m) {
    for (int i = 0; i < static_cast<int>(m.launches.size()); ++i)
        for (const argument& a : m.launches[at(i)].arguments) {
            if (a.space == memory_space::weights) continue;
            storage& s = m.storages[at(a.storage)];
            if (s.first < 0) s.first = s.kept ? 0 : i;
            s.last = s.kept ? static_cast<int>(m.launches.size()) - 1 : i;
        }
}

/// Places storages one after another in the given order, each into the smallest gap that takes it
/// between placed storages alive at the same time, or after them. Returns the arena's size.
/// Cost     O(steps alive * alive at once), each.
constexpr std::int64_t place_in_order(std::vector<storage>& all, const std::vector<int>& order) {
    int steps = 0;
    for (int index : order) steps = all[at(index)].last >= steps ? all[at(index)].last + 1 : steps;
    std::vector<int> latest(at(steps), -1);    // per step: the latest placed storage that is born
    std::vector<int> earlier(all.size(), -1);  // the one placed before it, born at the same step
    std::vector<std::vector<int>> older(at(steps));  // per step: placed ones, alive since before
    std::vector<int> met;                            // sorted by offset
    std::int64_t top = 0;
    for (int index : order) {
        storage& s = all[at(index)];
        const std::int64_t size = aligned(s.bytes, arena_alignment);
        met.clear();
        const auto meet = [&](int other) {
            std::size_t k = met.size();
            met.push_back(other);
            for (; k > 0 && all[at(met[k - 1])].offset > all[at(other)].offset; --k)
                met[k] = met[k - 1];
            met[k] = other;
        };
        for (int other : older[at(s.first)]) meet(other);
        for (int step = s.first; step <= s.last; ++step)
            for (int other = latest[at(step)]; other >= 0; other = earlier[at(other)]) meet(other);
        std::int64_t offset = 0, best = -1, best_gap = 0;
        for (int other_index : met) {
            const storage& other = all[at(other_index)];
            const std::int64_t gap = other.offset - offset;
            if (gap >= size && (best < 0 || gap < best_gap)) {
                best = offset;
                best_gap = gap;
            }
            const std::int64_t end = other.offset + aligned(other.bytes, arena_alignment);
            if (end > offset) offset = end;
        }
        s.offset = best >= 0 ? best : offset;
        if (s.offset + size > top) top = s.offset + size;
        earlier[at(index)] = latest[at(s.first)];
        latest[at(s.first)] = index;
        for (int step = s.first + 1; step <= s.last; ++step) older[at(step)].push_back(index);
    }
    return top;
}

/// Sorts by a falling key; equal keys keep their order.
template <class Key> constexpr void sort_falling(std::vector<int>& order, const Key& key) {
    for (std::size_t i = 1; i < order.size(); ++i)
        for (std::size_t j = i; j > 0 && key(order[j - 1]) < key(order[j]); --j) {
            const int swap = order[j];
            order[j] = order[j - 1];
            order[j - 1] = swap;
        }
}

/// The search for a small arena: tries orders, keeps the best.
struct arena_search {
    std::vector<storage>& best;  ///< with the offsets of the smallest arena so far
    std::int64_t floor = 0;      ///< no arena can be smaller
    std::int64_t bytes = -1;     ///< of the smallest
    std::vector<int> order;      ///< that made it
    std::vector<storage> tried;

    constexpr bool is_done() const { return bytes >= 0 && bytes <= floor; }
    /// The bound: at most 1.05 times the floor.
    constexpr bool is_tight() const { return bytes >= 0 && bytes * 100 <= floor * 105; }

    /// True if this order is at least as good as the best.
    constexpr bool attempt(const std::vector<int>& candidate) {
        if (is_done()) return false;
        if (bytes < 0) {
            bytes = place_in_order(best, candidate);
            order = candidate;
            return true;
        }
        tried = best;
        const std::int64_t found = place_in_order(tried, candidate);
        if (found > bytes) return false;
        if (found < bytes) best = tried;
        bytes = found;
        order = candidate;
        return true;
    }

    /// Moves storages towards the front of the best order, those that reach the top of the arena
    /// more often than others, until the bound holds. The search is deterministic.
    constexpr void improve(int attempts) {
        std::uint32_t state = 12345;
        const auto below = [&](std::size_t count) {
            state = state * 1664525u + 1013904223u;
            return static_cast<std::size_t>(state >> 8) % count;
        };
        for (int i = 0; i < attempts && !is_tight(); ++i) {
            std::vector<int> candidate = order;
            const std::size_t count = candidate.size();
            std::size_t from = below(count);
            if (i % 2 == 0)
                for (std::size_t k = 0; k < count; ++k) {
                    const storage& s = best[at(candidate[k])];
                    if (s.offset + aligned(s.bytes, arena_alignment) >= bytes) from = k;
                }
            const std::size_t to = below(count);
            const int moved = candidate[from];
            candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(from));
            candidate.insert(candidate.begin() + static_cast<std::ptrdiff_t>(to), moved);
            attempt(candidate);
        }
    }
};

/// The floor of the arena: the most bytes alive during one step.
constexpr std::int64_t most_alive(const module& m, const std::vector<int>& all) {
    // Running sum of what begins and ends before each step.
    std::vector<std::int64_t> change(m.launches.size() + 2, 0);
    for (int index : all) {
        const storage& s = m.storages[at(index)];
        change[at(s.first)] += aligned(s.bytes, arena_alignment);
        change[at(s.last) + 1] -= aligned(s.bytes, arena_alignment);
    }
    std::int64_t alive = 0, most = 0;
    for (std::int64_t bytes : change) {
        alive += bytes;
        most = alive > most ? alive : most;
    }
    return most;
}

/// Places outputs and scratch so that no two that live at the same time overlap.
///
/// Units    bytes; offsets are multiples of arena_alignment (the engine checks the device's own).
/// Cost     O(storages * alive at once) for the first order, which is the best for most networks;
///          up to 2000 times that where the arena stays above 1.05 times its floor.
/// Source   greedy by size with best fit, as in TensorFlow Lite's memory planner; then by birth and
///          by bytes times life, then a search among orders.
constexpr void plan_memory(module& m) {
    find_lifetimes(m);
    std::vector<int> order;
    order.reserve(m.storages.size());
    for (int i = 0; i < static_cast<int>(m.storages.size()); ++i)
        if (m.storages[at(i)].space == memory_space::arena && m.storages[at(i)].first >= 0)
            order.push_back(i);
    m.live_bytes = most_alive(m, order);

    arena_search search{m.storages, m.live_bytes, -1, {}, {}};
    const std::vector<int> by_birth = order;  // created in step order
    sort_falling(order, [&](int i) { return m.storages[at(i)].bytes; });
    search.attempt(order);
    if (!search.is_done()) {
        search.attempt(by_birth);
        sort_falling(order, [&](int i) {
            const storage& s = m.storages[at(i)];
            return s.bytes * (s.last - s.first + 1);
        });
        search.attempt(order);
        search.improve(2000);
    }
    m.arena_bytes = search.bytes;

    // Packed weights are contiguous.
    for (weight_recipe& r : m.weights) {
        r.offset = m.weight_bytes;
        m.weight_bytes = aligned(r.offset + r.bytes, 64);
    }
}

}  // namespace lamina::planner
