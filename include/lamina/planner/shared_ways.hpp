// SPDX-License-Identifier: Apache-2.0
// Which ways to cut products the shapes of a network share, where kernels take sizes as arguments: a program has its way
// as constants, so that each layer keeps to a few, chosen over the shapes that stand for all. The gpu class's families
// call it with what they would list.
#pragma once
#include <lamina/planner/builder.hpp>

#include <cstdint>

namespace lamina::planner {

/// Kinds of ways, which are chosen apart: a device may have one of them.
enum class way_kind : unsigned char { mma, wgmma, tile, attention };

/// A way by a number of its kind, and its estimated time.
struct offered_way {
    int id = 0;
    std::int64_t cost = 0;
    bool kept = true;  ///< in the list of the step
};

/// A way that shapes share may take longer than a step's fastest by a twentieth.
constexpr bool is_about_as_fast(std::int64_t cost, std::int64_t least) {
    return cost * 20 <= least * 21;
}

constexpr const shared_way_list* find_ways(
    const dynamic_array<shared_way_list>& all, way_kind kind, int columns, int depth) {
    for (const shared_way_list& one : all)
        if (one.kind == static_cast<int>(kind) && one.columns == columns && one.depth == depth)
            return &one;
    return nullptr;
}

/// The index of the `k`th way in the order where that with index `first` goes before the others.
constexpr int first_then_others(int first, int k) {
    return k == 0 ? first : k <= first ? k - 1 : k;
}

/// Chooses among the ways of a product with so many columns and so deep, the numbers that its kernel has as constants.
/// Returns the index of the one to begin with, and leaves those that its layer has at all shapes.
/// `All`: of offered_way. Without dims, or with sizes as constants, all stay and the fastest is first.
template <class All>
constexpr int choose_shared_way(
    launch_builder& b, way_kind kind, int columns, int depth, All& ways, int count) {
    int fastest = 0;
    for (int i = 1; i < count; ++i)
        if (ways[i].cost < ways[fastest].cost) fastest = i;
    if (!count || !b.shares_shapes()) return fastest;
    const std::int64_t least = ways[fastest].cost;
    shared_way_list wanted{static_cast<int>(kind), columns, depth, {}};
    for (int i = 0; i < count; ++i)
        if (is_about_as_fast(ways[i].cost, least)) wanted.ids.push_back(ways[i].id);
    b.m.ways.push_back(wanted);
    const shared_way_list* const known
        = b.m.guide ? find_ways(b.m.guide->ways, kind, columns, depth) : nullptr;
    if (!known) return fastest;
    int first = -1, cheapest = -1;
    for (int i = 0; i < count; ++i) ways[i].kept = false;
    for (const int id : known->ids)
        for (int i = 0; i < count; ++i) {
            if (ways[i].id != id) continue;
            ways[i].kept = true;
            if (first < 0 && is_about_as_fast(ways[i].cost, least)) first = i;
            if (cheapest < 0 || ways[i].cost < ways[cheapest].cost) cheapest = i;
        }
    if (first >= 0) return first;
    if (cheapest >= 0) return cheapest;
    ways[fastest].kept = true;  // as none of the layer's can be chosen here
    return fastest;
}

}  // namespace lamina::planner
