// SPDX-License-Identifier: Apache-2.0
// How a step is cut into work-items for a number of threads: which of its tactics, and how much smaller than
// the tactic's own tile, by the costs that the plan states (Tactic.cost). Used when an engine is made.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <lamina/plan/records.hpp>

namespace lamina::detail {

using step_tile = std::array<std::uint32_t, 3>;

/// Plans' own tactics and tiles are made for so many threads.
inline constexpr unsigned threads_of_plans = 2;
/// A plan's own choice is left if another takes less time by more than this fraction.
inline constexpr double cut_margin = 0.04;
/// Threads are never equally fast: cores share caches and clocks, and run other programs too. The last one is
/// expected to be behind the others by this fraction of a work-item, which favours smaller ones. Of 0, 0.15, 0.3 and
/// 0.6, measured on 8 and 16 cores, the middle two were best: ViT-B/16 14 and 5 % faster, VGG-16 0 and 12 %.
inline constexpr double late_fraction = 0.25;
/// Steps are cut for no more threads; a launch may have more.
inline constexpr unsigned most_cut_threads = 256;

inline step_tile own_tile(const plan_tactic& t) { return {t.tile[0], t.tile[1], t.tile[2]}; }

/// Rounded up.
constexpr std::uint64_t pieces(std::uint64_t extent, std::uint64_t tile) {
    return (extent + tile - 1) / tile;
}

/// Work-items of a step along all of its dimensions.
inline std::uint64_t items_of(const plan_step& step, const step_tile& tile) {
    std::uint64_t items = 1;
    for (std::size_t d = 0; d < 3; ++d) items *= pieces(step.extents[d], tile[d]);
    return items;
}

/// A work-item's estimated time, in the tactic's unit.
inline double item_time(const plan_tactic& t, const step_tile& tile) {
    if (t.cost.size() != 5) return static_cast<double>(t.cost[0]);
    const double rows = tile[0], columns = tile[1];
    const double together = static_cast<double>(pieces(tile[0], t.cost[3]) * t.cost[3]);
    return t.cost[0] * rows + std::max(t.cost[1] * columns, t.cost[2] * together * columns);
}

/// A step's estimated time: that of the thread with the most work-items, or of an equal share and what the last
/// thread is behind.
inline double step_time_of(
    const plan_step& step, const plan_tactic& t, const step_tile& tile, unsigned threads) {
    const std::uint64_t items = items_of(step, tile);
    const double most = static_cast<double>(pieces(items, threads)),
                 even = static_cast<double>(items) / threads + late_fraction;
    return std::max(most, even) * item_time(t, tile);
}

/// The tile that a tactic has on so many threads: its own, or a smaller one that gives them more even work.
inline step_tile tile_for(const plan_step& step, const plan_tactic& t, unsigned threads) {
    step_tile best = own_tile(t);
    if (threads <= threads_of_plans || t.cost.size() != 5) return best;
    threads = std::min(threads, most_cut_threads);
    const double own = step_time_of(step, t, best, threads);
    double least = own * (1 - cut_margin);
    const std::uint64_t others = pieces(step.extents[2], t.tile[2]),
                        most = std::uint64_t{4} * threads;
    step_tile tile = best;
    for (std::uint64_t n = 1; n <= most; ++n) {
        tile[0] = static_cast<std::uint32_t>(pieces(step.extents[0], n));
        if (tile[0] > t.tile[0]) {  // on to the first number of pieces that are small enough
            n = std::max(n, pieces(step.extents[0], t.tile[0]) - 1);
            continue;
        }
        if (tile[0] < t.cost[3] && n > 1) break;
        tile[0] = std::max(tile[0], t.cost[3]);
        for (std::uint64_t m = pieces(step.extents[1], t.tile[1]); n * m * others <= most; ++m) {
            const std::uint64_t wide = pieces(pieces(step.extents[1], m), t.cost[4]) * t.cost[4];
            tile[1] = static_cast<std::uint32_t>(std::min<std::uint64_t>(wide, t.tile[1]));
            const double now = step_time_of(step, t, tile, threads);
            if (now < least) {
                least = now;
                best = tile;
            }
            if (tile[1] == t.cost[4]) break;
        }
    }
    return best;
}

/// The tactic of a step that takes the least time on so many threads, among those that need what its own
/// needs; its own where that is about as good.
inline std::uint32_t tactic_for(const plan_records& plan, const plan_step& step, unsigned threads) {
    const plan_tactic& own = plan.tactics[step.tactic];
    if (threads <= threads_of_plans || own.cost.empty()) return step.tactic;
    const auto time = [&](const plan_tactic& t) {
        return step_time_of(
            step, t, tile_for(step, t, threads), std::min(threads, most_cut_threads));
    };
    std::uint32_t best = step.tactic;
    double least = time(own) * (1 - cut_margin);
    for (const std::uint32_t index : plan.kernels[step.kernel].tactics) {
        const plan_tactic& t = plan.tactics[index];
        if (t.cost.empty() || t.needs != own.needs) continue;
        if (const double now = time(t); now < least) {
            least = now;
            best = index;
        }
    }
    return best;
}

/// Kernels that shapes share may be other than a step's own: the tactics that are looked at, in the plan's order, and how
/// many times as long as with its own a step may take by the costs. Neither says enough by itself: of Winograd's tiles in
/// registers, 2 by 4 cost the same as 10 by 2 and take half as long again, and 9 by 2, the fourth of the order, a quarter.
inline constexpr std::size_t most_fast = 8;
inline constexpr double fast_margin = 0.05;

/// A step's tactic `own` and, of the first `most` that the plan lists, those that are about as fast and need the same of
/// the device.
inline std::vector<std::uint32_t> fast_tactics(const plan_records& plan, const plan_step& step,
    std::uint32_t own, std::size_t most, unsigned threads) {
    std::vector<std::uint32_t> out{own};
    const plan_tactic& first = plan.tactics[own];
    if (first.cost.empty()) return out;
    threads = std::min(threads, most_cut_threads);
    const auto time = [&](const plan_tactic& t) {
        step_tile tile = tile_for(step, t, threads);
        // A work-item does no more rows than there are.
        for (std::size_t d = 0; d < 3; ++d) tile[d] = std::min(tile[d], step.extents[d]);
        return step_time_of(step, t, tile, threads);
    };
    const double longest = time(first) * (1 + fast_margin);
    const std::span<const std::uint32_t> all = plan.kernels[step.kernel].tactics;
    for (const std::uint32_t index : all.first(std::min(most, all.size()))) {
        const plan_tactic& t = plan.tactics[index];
        if (index != own && !t.cost.empty() && t.needs == first.needs && time(t) <= longest)
            out.push_back(index);
    }
    return out;
}

}  // namespace lamina::detail
