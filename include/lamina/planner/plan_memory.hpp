// SPDX-License-Identifier: Apache-2.0
// Memory plan: assigns every storage a byte range in one arena. Runs when all launches are known;
// no later stage may change lifetimes.
#pragma once
#include <lamina/planner/stage_data.hpp>

#include <utility>

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
/// Cost     O(steps alive * alive at once), each; raw arrays, as calls are what the compiler's time goes to.
constexpr std::int64_t place_in_order(std::vector<storage>& all, const std::vector<int>& order) {
    storage* const storages = all.data();
    int steps = 0;
    std::size_t lives = 0;
    for (int index : order) {
        const storage& s = storages[index];
        steps = s.last >= steps ? s.last + 1 : steps;
        lives += static_cast<std::size_t>(s.last - s.first);
    }
    // Per step the latest placed storage that is born, per storage the one placed before it, born at
    // the same step.
    std::vector<int> of_latest(at(steps), -1), of_earlier(all.size(), -1);
    // Per step the latest entry of a list of placed storages, alive since before.
    std::vector<int> of_older(at(steps), -1), of_entries(lives, 0), of_next(lives, 0);
    std::vector<int> of_met(order.size(), 0);  // sorted by offset
    int *const latest = of_latest.data(), *const earlier = of_earlier.data();
    int *const older = of_older.data(), *const entries = of_entries.data(),
               *const next = of_next.data();
    int* const met = of_met.data();
    int used = 0;
    std::int64_t top = 0;
    for (int index : order) {
        storage& s = storages[index];
        const std::int64_t size = aligned(s.bytes, arena_alignment);
        int count = 0;
        for (int step = s.first - 1; step <= s.last; ++step) {
            const bool is_before = step < s.first;
            int at_now = is_before ? older[s.first] : latest[step];
            while (at_now >= 0) {
                const int other = is_before ? entries[at_now] : at_now;
                const std::int64_t offset = storages[other].offset;
                int k = count++;
                for (; k > 0 && storages[met[k - 1]].offset > offset; --k) met[k] = met[k - 1];
                met[k] = other;
                at_now = is_before ? next[at_now] : earlier[at_now];
            }
        }
        std::int64_t offset = 0, best = -1, best_gap = 0;
        for (int k = 0; k < count; ++k) {
            const storage& other = storages[met[k]];
            const std::int64_t gap = other.offset - offset;
            if (gap >= size && (best < 0 || gap < best_gap)) {
                best = offset;
                best_gap = gap;
            }
            const std::int64_t end = other.offset
                + (other.bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
            if (end > offset) offset = end;
        }
        s.offset = best >= 0 ? best : offset;
        if (s.offset + size > top) top = s.offset + size;
        earlier[index] = latest[s.first];
        latest[s.first] = index;
        for (int step = s.first + 1; step <= s.last; ++step) {
            entries[used] = index;
            next[used] = older[step];
            older[step] = used++;
        }
    }
    return top;
}

/// Sorts by a falling key; equal keys keep their order. Merges runs of twice the length again and again.
template <class Key> constexpr void sort_falling(std::vector<int>& order, const Key& key) {
    const std::size_t count = order.size();
    std::vector<std::int64_t> keys(count, 0);
    for (std::size_t i = 0; i < count; ++i) keys[i] = key(order[i]);
    std::vector<std::int64_t> other_keys(count, 0);
    std::vector<int> other_order(count, 0);
    std::int64_t *key_of = keys.data(), *key_to = other_keys.data();
    int *from = order.data(), *to = other_order.data();
    for (std::size_t run = 1; run < count; run *= 2) {
        for (std::size_t begin = 0; begin < count; begin += 2 * run) {
            const std::size_t middle = begin + run < count ? begin + run : count;
            const std::size_t end = middle + run < count ? middle + run : count;
            std::size_t left = begin, right = middle;
            for (std::size_t i = begin; i < end; ++i) {
                const bool takes_left
                    = left < middle && (right == end || key_of[left] >= key_of[right]);
                const std::size_t one = takes_left ? left++ : right++;
                key_to[i] = key_of[one];
                to[i] = from[one];
            }
        }
        std::swap(key_of, key_to);
        std::swap(from, to);
    }
    if (from != order.data()) order = other_order;
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
