// SPDX-License-Identifier: Apache-2.0
// Memory plan: assigns every storage a byte range in one arena. Runs when all launches are known;
// no later stage may change lifetimes.
#pragma once
#include <lamina/planner/arena_search.hpp>

#include <utility>

namespace lamina::planner {

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

/// Sorts numbers by a falling key, of number i `by[i]`; equal keys keep their order. Merges runs of twice the length again and again.
constexpr void sort_falling(dynamic_array<int>& order, const dynamic_array<std::int64_t>& by) {
    const std::size_t count = order.size();
    dynamic_array<std::int64_t> keys(count, 0);
    for (std::size_t i = 0; i < count; ++i) keys[i] = by[order[i]];
    dynamic_array<std::int64_t> other_keys(count, 0);
    dynamic_array<int> other_order(count, 0);
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

/// Tries the storages by size, by birth and by bytes times life. Returns the last of these orders.
constexpr dynamic_array<int> attempt_orders(arena_search& search, const module& m) {
    dynamic_array<int> order = search.by_birth();
    dynamic_array<std::int64_t> keys;
    for (const int index : search.storages) keys.push_back(m.storages[index].bytes);
    sort_falling(order, keys);
    search.attempt(order);
    if (search.is_done()) return order;
    search.attempt(search.by_birth());
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] *= search.last[i] - search.first[i] + 1;
    sort_falling(order, keys);
    search.attempt(order);
    return order;
}

/// An order that begins with the large storages alone, as a search among them leaves them; the others follow
/// as in `order`. They decide how large the arena is, and they are few: moves concern little.
constexpr dynamic_array<int> large_first(
    const arena_search& all, const dynamic_array<int>& order, const module& m, int attempts) {
    constexpr int parts = 16;  // of the floor; arenas of the zoo are larger with 4, 8, 24, 32 or 64
    arena_search large(m, all.floor / parts);
    attempt_orders(large, m);
    large.improve(attempts);
    dynamic_array<int> number_of(m.storages.size(), -1), out;
    for (std::size_t i = 0; i < all.storages.size(); ++i)
        number_of[all.storages[i]] = static_cast<int>(i);
    for (const int one : large.order) {
        int& number = number_of[large.storages[one]];
        out.push_back(number);
        number = -1;
    }
    for (const int one : order)
        if (number_of[all.storages[one]] >= 0) out.push_back(one);
    return out;
}

/// Places outputs and scratch so that no two that live at the same time overlap.
///
/// Units    bytes; offsets are multiples of arena_alignment (the engine checks the device's own).
/// Cost     O(storages * alive at once) for the first order, which is the best for most networks; where
///          the arena stays above 1.05 times its floor, up to 2000 moves among the large storages, then
///          among all, each of which places anew what it concerns.
/// Source   greedy by size with best fit, as in TensorFlow Lite's memory planner; then by birth and
///          by bytes times life, then a search among orders.
constexpr void plan_memory(module& m) {
    constexpr int attempts = 2000;
    find_lifetimes(m);
    arena_search search(m);
    m.live_bytes = search.floor;

    const dynamic_array<int> order = attempt_orders(search, m);
    if (!search.is_tight()) search.attempt(large_first(search, order, m, attempts));
    search.improve(attempts);
    m.arena_bytes = search.bytes;
    for (std::size_t i = 0; i < search.storages.size(); ++i)
        m.storages[search.storages[i]].offset = search.best[i];

    // Packed weights are contiguous.
    for (weight_recipe& r : m.weights) {
        r.offset = m.weight_bytes;
        m.weight_bytes = aligned(r.offset + r.bytes, weight_alignment);
    }
}

}  // namespace lamina::planner
