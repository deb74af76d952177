// SPDX-License-Identifier: Apache-2.0
// The part of the memory plan that decides where storages lie, once it is known when they are alive.
#pragma once
#include <lamina/planner/stage_data.hpp>

namespace lamina::planner {

inline constexpr std::int64_t arena_alignment = 128;  ///< sizeof(long16), OpenCL's least

constexpr std::int64_t aligned(std::int64_t bytes, std::int64_t to) {
    return (bytes + to - 1) / to * to;
}

/// The search for a small arena: tries orders of the storages, keeps the best. Storages are placed one after
/// another, each into the smallest gap that takes it between those placed before it that are alive at the
/// same time (its neighbours), or after them. Here they have numbers of their own, in the order of birth, and
/// what is read again and again lies in flat arrays: calls are what the compiler's time goes to.
struct arena_search {
    dynamic_array<int> storages;  ///< of the module, by number
    dynamic_array<int> first, last;
    dynamic_array<std::int64_t> sizes;  ///< aligned
    std::int64_t floor = 0;   ///< the most bytes alive during one step: no arena can be smaller
    std::int64_t bytes = -1;  ///< of the smallest arena so far
    dynamic_array<std::int64_t> best;     ///< its offsets
    dynamic_array<int> order;             ///< the last one that was as good
    dynamic_array<std::int64_t> offsets;  ///< that it leads to; -1: not placed

    /// Of the storages of at least so many bytes.
    constexpr explicit arena_search(const module& m, std::int64_t least = 0) {
        const int count = static_cast<int>(m.storages.size());
        for (int i = 0; i < count; ++i) {
            const storage& s = m.storages[i];
            if (s.space != memory_space::arena || s.first < 0 || s.bytes < least) continue;
            storages.push_back(i);
            first.push_back(s.first);
            last.push_back(s.last);
            sizes.push_back(aligned(s.bytes, arena_alignment));
        }
        find_neighbours(static_cast<int>(m.launches.size()));
        position.resize(storages.size(), 0);
        met.resize(storages.size(), 0);
        waits.resize(storages.size(), 0);
        changed.resize(storages.size(), 0);
        before.resize(storages.size(), 0);
    }

    constexpr dynamic_array<int> by_birth() const {
        dynamic_array<int> out;
        for (std::size_t i = 0; i < storages.size(); ++i) out.push_back(static_cast<int>(i));
        return out;
    }
    constexpr bool is_done() const { return bytes >= 0 && bytes <= floor; }
    /// The bound: at most 1.05 times the floor.
    constexpr bool is_tight() const { return bytes >= 0 && bytes * 100 <= floor * 105; }

    /// Tries an order, and takes it if it is at least as good as the best.
    constexpr void attempt(const dynamic_array<int>& candidate) {
        if (is_done()) return;
        const dynamic_array<int> order_before = order, position_before = position;
        const dynamic_array<std::int64_t> offsets_before = offsets;
        order = candidate;
        offsets.assign(order.size(), -1);
        for (std::size_t k = 0; k < order.size(); ++k) position[order[k]] = static_cast<int>(k);
        std::int64_t top = 0;
        for (const int one : order) {
            offsets[one] = place(one, position.data());
            if (offsets[one] + sizes[one] > top) top = offsets[one] + sizes[one];
            if (bytes < 0 || top <= bytes) continue;
            order = order_before;
            position = position_before;
            offsets = offsets_before;
            return;
        }
        if (bytes < 0 || top < bytes) best = offsets;
        bytes = top;
    }

    /// Moves storages to other places of the order, every second time the last of those that reach the top of
    /// the smallest arena, until the bound holds. The search is deterministic.
    constexpr void improve(int attempts) {
        if (is_tight()) return;  // as where there are no storages
        std::uint32_t state = 12345;
        const auto below = [&](std::size_t count) {
            state = state * 1664525u + 1013904223u;
            return static_cast<int>(static_cast<std::size_t>(state >> 8) % count);
        };
        int at_top = find_at_top();
        for (int i = 0; i < attempts && !is_tight(); ++i) {
            int from = below(order.size());
            if (i % 2 == 0) from = at_top;
            if (move(from, below(order.size()))) at_top = find_at_top();
        }
    }

private:
    dynamic_array<int> neighbours, begins;  ///< those of number i: from begins[i] to begins[i + 1]
    dynamic_array<int> position;            ///< in the order
    dynamic_array<int> met;                 ///< room for place
    dynamic_array<char> waits;              ///< to be placed anew
    dynamic_array<int> changed;             ///< that lie elsewhere since the last move began
    dynamic_array<std::int64_t> before;     ///< where those lay
    /// Which storages are alive at the same time, and the floor.
    constexpr void find_neighbours(int steps) {
        const int count = static_cast<int>(storages.size());
        // Per step the last storage that is born there, per storage the one before it, and what is alive.
        dynamic_array<int> born(at(steps), -1), earlier(at(count), -1);
        dynamic_array<std::int64_t> alive(at(steps), 0);
        dynamic_array<int> pairs, degrees(at(count), 0);
        for (int one = 0; one < count; ++one) {
            earlier[one] = born[first[one]];
            born[first[one]] = one;
        }
        for (int one = 0; one < count; ++one)
            for (int step = first[one]; step <= last[one]; ++step) {
                alive[step] += sizes[one];
                for (int other = step == first[one] ? earlier[one] : born[step]; other >= 0;
                    other = earlier[other]) {
                    pairs.push_back(one);
                    pairs.push_back(other);
                    ++degrees[one];
                    ++degrees[other];
                }
            }
        for (const std::int64_t sum : alive) floor = sum > floor ? sum : floor;
        int sum = 0;
        for (const int degree : degrees) {
            begins.push_back(sum);
            sum += degree;
        }
        begins.push_back(sum);
        neighbours.resize(at(sum), 0);
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const int one = pairs[i];
            neighbours[begins[one] + --degrees[one]] = pairs[i ^ 1];
        }
    }

    /// Where a storage goes behind those with offsets whose `rank` is below its own.
    constexpr std::int64_t place(int one, const int* rank) {
        const std::int64_t* const placed = offsets.data();
        const std::int64_t* const size_of = sizes.data();
        const int* const others = neighbours.data();
        int* const sorted = met.data();  // by offset
        const std::int64_t size = size_of[one];
        const int own = rank[one];
        int count = 0;
        for (int i = begins[one], end = begins[one + 1]; i < end; ++i) {
            const int other = others[i];
            if (rank[other] >= own) continue;
            const std::int64_t offset = placed[other];
            int k = count++;
            for (; k > 0 && placed[sorted[k - 1]] > offset; --k) sorted[k] = sorted[k - 1];
            sorted[k] = other;
        }
        std::int64_t offset = 0, found = -1, found_gap = 0;
        for (int k = 0; k < count; ++k) {
            const std::int64_t start = placed[sorted[k]], gap = start - offset;
            if (gap >= size && (found < 0 || gap < found_gap)) {
                found = offset;
                found_gap = gap;
            }
            const std::int64_t end = start + size_of[sorted[k]];
            if (end > offset) offset = end;
        }
        return found >= 0 ? found : offset;
    }

    /// The place in the order of the last storage that reaches the top of the best arena.
    constexpr int find_at_top() const {
        const int* const all = order.data();
        const std::int64_t *const placed = best.data(), *const size_of = sizes.data();
        int k = static_cast<int>(order.size()) - 1;
        while (placed[all[k]] + size_of[all[k]] < bytes) --k;
        return k;
    }

    /// Moves a storage in the order, unless that makes a larger arena. Only what it passes, and what lies
    /// elsewhere because of that, is placed anew.
    constexpr bool move(int from, int to) {
        const int *const all = order.data(), *const places = position.data();
        const int *const others = neighbours.data(), *const begin_of = begins.data();
        char* const is_waiting = waits.data();
        std::int64_t* const placed = offsets.data();
        const std::int64_t* const size_of = sizes.data();
        const int moved = all[from], low = from < to ? from : to, high = from < to ? to : from;
        shift(from, to);
        int waiting = 0;
        for (int i = begin_of[moved], end = begin_of[moved + 1]; i < end; ++i) {
            const int place_of = places[others[i]];
            if (place_of < low || place_of > high) continue;
            is_waiting[others[i]] = 1;
            ++waiting;
        }
        if (!waiting) return true;
        is_waiting[moved] = 1;
        ++waiting;
        bool fits = true;
        int changes = 0;
        for (int k = low; waiting; ++k) {
            const int one = all[k];
            if (!is_waiting[one]) continue;
            is_waiting[one] = 0;
            --waiting;
            if (!fits) continue;
            const std::int64_t offset = place(one, places);
            if (offset == placed[one]) continue;
            changed[changes++] = one;
            before[one] = placed[one];
            placed[one] = offset;
            fits = offset + size_of[one] <= bytes;
            for (int i = begin_of[one], end = begin_of[one + 1]; i < end; ++i)
                if (places[others[i]] > k && !is_waiting[others[i]]) {
                    is_waiting[others[i]] = 1;
                    ++waiting;
                }
        }
        if (!fits) {
            for (int i = 0; i < changes; ++i) placed[changed[i]] = before[changed[i]];
            shift(to, from);
            return false;
        }
        if (!changes) return true;
        std::int64_t top = 0;
        for (std::size_t i = 0, count = offsets.size(); i < count; ++i)
            if (placed[i] + size_of[i] > top) top = placed[i] + size_of[i];
        if (top < bytes) best = offsets;
        bytes = top;
        return true;
    }
    constexpr void shift(int from, int to) {
        int* const all = order.data();
        int* const places = position.data();
        const int moved = all[from], step = from < to ? 1 : -1;
        for (int k = from; k != to; k += step) {
            all[k] = all[k + step];
            places[all[k]] = k;
        }
        all[to] = moved;
        places[moved] = to;
    }
};

}  // namespace lamina::planner
